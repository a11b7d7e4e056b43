/* state.h - what one recipient has been told, and what is under way to them
 *
 * SPDX-License-Identifier: MIT
 *
 * A recipient is a tenant, or the operator, of one section.  Each finding has
 * the severity it has now and the one that was told; the difference is what
 * there is to tell, so nothing is lost while a message cannot be sent.  A
 * message is written down before it is handed over and struck out once it was
 * accepted: after a kill between the two the same bytes go out again, with the
 * same id.
 */
#ifndef BRIDGE_TELL_STATE_H
#define BRIDGE_TELL_STATE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "bridge/tell/observation.h"

struct told {
	struct observed what;  /* as it was seen last; its severity is `seen` */
	bool present;	       /* in the observation in hand */
	enum severity seen;    /* OK: it is over */
	int64_t since;	       /* it has been so since, Unix seconds */
	enum severity told;    /* OK: nothing, or that it is over */
	enum severity pending; /* told once the message is accepted; UNKNOWN: not in it */
	bool due;	       /* it was to be told and could not be yet */
};

/* A message under way. */
struct outgoing {
	struct slice id;     /* absent: there is none */
	struct slice target; /* a digest of how and where to; another one: it is made anew */
	struct slice body;   /* the mail, or the body of the request */
	int64_t period;	     /* of a digest */
};

struct tell_state {
	struct arena arena; /* has all texts */
	struct told *list;
	size_t count, alloc;
	struct outgoing message;
	int64_t period; /* of the digest that was accepted last; 0: none was */
	int64_t sent;	/* when a message was accepted last; 0: never */
	int64_t number; /* of messages that were accepted */
};

void tell_state_init(struct tell_state *state);
void tell_state_release(struct tell_state *state);

/* A further one, with nothing in it. */
struct told *tell_state_add(struct tell_state *state);

/* From and to the text of its file.  FATAL: it is not one that was written here. */
bool tell_state_read(struct tell_state *state, struct slice text, struct error *err);
void tell_state_write(const struct tell_state *state, struct strbuf *out);
/* Most bytes of that text: a digest with a page, and findings of all tenants. */
#define TELL_STATE_BYTES ((size_t)64 << 20)

/* Takes over what is found now.  Scopes that are not in the observation are
 * forgotten: their tenant is gone. */
void tell_state_observe(struct tell_state *state, const struct observation *observation,
			int64_t now);

/* In the order of the bits of notify_config.state_bits. */
enum change_kind { CHANGE_NEW, CHANGE_WORSE, CHANGE_BETTER, CHANGE_RESOLVED, CHANGE_KINDS };

struct change {
	enum change_kind kind;
	struct told *told;
};

struct change_rule {
	int64_t now, min_age; /* seconds; a change that is younger waits */
	enum severity least;  /* of what is told at all */
	unsigned kinds;	      /* bits */
};

/* What there is to tell, the worst first, up to `most`; the others wait.  What
 * the rule leaves out counts as told. */
size_t tell_state_changes(struct tell_state *state, const struct change_rule *rule,
			  struct change *list, size_t most);

/* A message with these changes is under way; texts are copied. */
void tell_state_begin(struct tell_state *state, const struct change *list, size_t count,
		      const struct outgoing *message);
/* It was accepted. */
void tell_state_accept(struct tell_state *state, int64_t now);
/* It cannot be sent any more as it is: its changes are told anew. */
void tell_state_withdraw(struct tell_state *state);

#endif
