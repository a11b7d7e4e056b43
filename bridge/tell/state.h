/* state.h - notification state of a recipient, and the message in flight
 *
 * SPDX-License-Identifier: MIT
 *
 * A recipient is a tenant or the operator, for one section. Each finding has its current
 * severity and the severity that the recipient was last notified of; the difference is what
 * remains to be sent, so nothing is lost while a message cannot be sent. A message is stored
 * before it is sent and deleted once it has been accepted: if the program is killed in
 * between, the same bytes are sent again with the same id.
 */
#ifndef BRIDGE_TELL_STATE_H
#define BRIDGE_TELL_STATE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "bridge/tell/observation.h"

struct told {
	struct observed what;  /* as last seen; `seen` is the current severity */
	bool present;          /* in the current observation */
	enum severity seen;    /* OK: it has ended */
	int64_t since;         /* when it became so, Unix seconds */
	enum severity told;    /* notified of; OK: never, or of its end */
	enum severity pending; /* becomes told once the message is accepted; UNKNOWN: not in it */
	bool due;              /* it should have been sent and could not be yet */
};

/* The message in flight. */
struct outgoing {
	struct slice id;     /* absent: none */
	struct slice target; /* digest of channel and recipients: tells whether they changed */
	struct slice body;   /* the mail, or the body of the request */
	int64_t period;      /* of a digest */
};

struct tell_state {
	struct arena arena; /* holds all texts */
	struct told *list;
	size_t count, alloc;
	struct outgoing message;
	int64_t period; /* of the digest accepted last; 0: none */
	int64_t sent;   /* when the last message was accepted; 0: never */
	int64_t number; /* count of accepted messages */
};

void tell_state_init(struct tell_state *state);
void tell_state_release(struct tell_state *state);

/* Adds an empty entry. */
struct told *tell_state_add(struct tell_state *state);

/* Converts from and to the text of the state file. FATAL: the file was not written by this
 * program. */
bool tell_state_read(struct tell_state *state, struct slice text, struct error *err);
void tell_state_write(const struct tell_state *state, struct strbuf *out);
/* Limit of that text: a digest with a page, and findings of all tenants. */
#define TELL_STATE_BYTES ((size_t)64 << 20)

/* Takes over the current findings. Forgets scopes that are not in the observation: their
 * tenant has been removed. */
void tell_state_observe(struct tell_state *state, const struct observation *observation,
			int64_t now);

/* In the order of the bits of notify_config.state_bits. */
enum change_kind { CHANGE_NEW, CHANGE_WORSE, CHANGE_BETTER, CHANGE_RESOLVED, CHANGE_KINDS };

struct change {
	enum change_kind kind;
	struct told *told;
};

struct change_rule {
	int64_t now, min_age; /* seconds; younger changes wait */
	enum severity least;  /* changes below it are not sent */
	unsigned kinds;       /* bits */
};

/* Lists the changes to send, the worst first, up to `most`; the others wait. Changes that
 * the rule excludes count as sent. */
size_t tell_state_changes(struct tell_state *state, const struct change_rule *rule,
			  struct change *list, size_t most);

/* Records that a message with these changes is in flight; copies the texts. */
void tell_state_begin(struct tell_state *state, const struct change *list, size_t count,
		      const struct outgoing *message);
/* Records that it was accepted. */
void tell_state_accept(struct tell_state *state, int64_t now);
/* Drops a message that can no longer be sent; its changes become due again. */
void tell_state_withdraw(struct tell_state *state);

#endif
