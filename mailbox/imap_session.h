/* imap_session.h - one connection to an IMAP server
 *
 * SPDX-License-Identifier: MIT
 *
 * Between imap.c, which knows what a mailbox is for, and libetpan, which knows
 * the protocol.  Order of use: open, folders, select, then search, fetch and
 * move as often as one likes, then close, which is also right after any
 * failure.  After a failure only close may follow.
 *
 *   imap_session.c  connecting, greeting, TLS, capabilities, leaving
 *   imap_login.c    who we are
 *   imap_folder.c   names, creating, selecting, searching
 *   imap_settle.c   moving, deleting, marking
 *   imap_fetch.c    sizes and bodies
 *   imap_idle.c     waiting for new mail
 */
#ifndef MAILBOX_IMAP_SESSION_H
#define MAILBOX_IMAP_SESSION_H

#include "base/strbuf.h"
#include "mailbox/imap_error.h"
#include "mailbox/imap_name.h"
#include "mailbox/imap_uidset.h"
#include "mailbox/mailbox.h"
#include "mailbox/transport.h"

struct mailimap;
struct mailimap_set;

struct imap_session {
	const struct imap_settings *settings;
	struct transport_settings transport_settings;
	struct transport *transport; /* belongs to the stream of im */
	struct mailimap *im;	     /* NULL: not connected */
	bool broken;		     /* out of step: leave without a word */
	bool preauthenticated;	     /* the greeting was PREAUTH */
	struct imap_namespace space;
	bool has_move, has_idle;
	bool keeps_unrelated; /* the selected folder keeps the keyword of unrelated mail */
	bool token_refused; /* the last one; kept over connections */
	uint32_t exists, uidvalidity; /* of the selected folder */
	/* The number of mails for sure; UNKNOWN once some have left, which is
	 * not counted: select tells it anew. */
	uint32_t announced;
};

#define IMAP_UNKNOWN UINT32_MAX

/* Mails of one FETCH: the first figure bounds memory, the second the damage
 * of a lost connection. */
#define IMAP_BATCH_BYTES (4 * MIB)
#define IMAP_BATCH_MAILS 500

enum imap_body_state {
	IMAP_BODY_WANTED,    /* not fetched yet, or not sent when asked for */
	IMAP_BODY_GONE,	     /* no longer in the folder */
	IMAP_BODY_TOO_LARGE, /* by its size or, whatever that said, by its bytes */
	IMAP_BODY_REFUSED,   /* the server stumbles over it */
	IMAP_BODY_RECEIVED,
};

struct imap_body {
	uint32_t uid;
	uint32_t size; /* as the server tells it (RFC822.SIZE), 0 when it does not */
	enum imap_body_state state;
	bool alone;    /* not among others: the server has stumbled over it before */
	bool answered; /* without a body */
	bool certain;  /* TOO_LARGE, and not by the server's word alone */
	size_t offset, length; /* in the buffer, when received */
};

/* What came of one FETCH. */
struct imap_fetched {
	size_t asked, received;
	size_t passed; /* mails looked at, wanted or not */
	bool failed;   /* refused, or the connection is lost: why */
	struct error why;
};

/* Connects, starts TLS, logs in.  session is zeroed. */
bool imap_session_open(struct imap_session *session, const struct imap_settings *settings,
		       struct error *err);
void imap_session_close(struct imap_session *session);

bool imap_login(struct imap_session *session, struct error *err);

/* What unrelated mail is marked with. */
#define IMAP_UNRELATED_KEYWORD "$NoReport"

/* Whether any fate is MAILBOX_MARK. */
bool imap_marks(const struct imap_settings *settings);
/* FATAL: the server lacks what the settings need, so that no mail could leave
 * the folder without taking along what other clients have marked. */
bool imap_can_settle(struct imap_session *session, struct error *err);
/* Asks how the server writes folder names. */
bool imap_namespace_read(struct imap_session *session, struct error *err);
/* name as the server writes it (imap_name_encode); existing is fine. */
bool imap_create(struct imap_session *session, const char *name, struct error *err);
/* For reading and settling; with `examine` in the settings for reading. */
bool imap_select(struct imap_session *session, const char *name, struct error *err);
/* The UIDs, from `least` on, of all mails that are to be read, sorted; free()
 * them. */
bool imap_search(struct imap_session *session, uint32_t least, uint32_t **uids, size_t *count,
		 struct error *err);
/* The UIDs of the mails that arrived before that day, at most `most` of them. */
bool imap_search_before(struct imap_session *session, int64_t unix_seconds, size_t most,
			uint32_t **uids, size_t *count, struct error *err);

/* Each settles sorted UIDs, as many as one command takes: *done of them.  name
 * is the target's, or the keyword. */
typedef bool imap_settle_fn(struct imap_session *session, const uint32_t *uids, size_t count,
			    const char *name, size_t *done, struct error *err);
imap_settle_fn imap_move, imap_delete, imap_mark;
/* How many mails left the folder with the last answer, as the server tells it. */
size_t imap_count_left(const struct imap_session *session);
/* Which of the sorted UIDs are still in the folder: they stay in the list. */
bool imap_still_there(struct imap_session *session, uint32_t *uids, size_t *count,
		      struct error *err);

/* The sizes of mails sorted by UID, at most `most` of them and as many as one
 * command takes.  What has no size afterwards is WANTED all the same. */
void imap_fetch_sizes(struct imap_session *session, struct imap_body *mails, size_t count,
		      size_t most, struct imap_fetched *fetched);
/* Appends to buffer the bodies of those mails that are WANTED and not to be
 * asked for alone, at most `most` of them and as many as one batch takes.  What
 * is WANTED afterwards was not sent. */
void imap_fetch_bodies(struct imap_session *session, struct imap_body *mails, size_t count,
		       size_t most, struct strbuf *buffer, struct imap_fetched *fetched);
/* The same for one mail. */
void imap_fetch_body(struct imap_session *session, struct imap_body *mail, struct strbuf *buffer,
		     struct imap_fetched *fetched);
/* Whether a mail is as large as its size says, which is over the limit, by
 * asking for one byte behind the limit: if not, it is WANTED. */
void imap_fetch_probe(struct imap_session *session, struct imap_body *mail,
		      struct imap_fetched *fetched);
/* Which of the WANTED mails are GONE. */
bool imap_find_gone(struct imap_session *session, struct imap_body *mails, size_t count,
		    struct error *err);

/* Asks whether there is anything new: exists is up to date afterwards. */
bool imap_noop(struct imap_session *session, struct error *err);
/* Waits until the number of mails has changed, the monotonic time `until` has
 * come or the program is told to stop; in IDLE where the server has it. */
bool imap_idle(struct imap_session *session, int64_t until, struct error *err);

/* --- for the files of the session alone ------------------------------------- */

/* Before a command: what its answer may be. */
void imap_session_allow(struct imap_session *session, uint64_t bytes);
/* The same where most of it is expected to be less. */
void imap_session_allow_more(struct imap_session *session, uint64_t expected, uint64_t bytes);
/* The error of a libetpan call that did not return MAILIMAP_NO_ERROR. */
bool imap_session_failed(struct imap_session *session, enum imap_step step, int code,
			 struct error *err);
bool imap_session_capability(struct imap_session *session, struct error *err);
/* Whether the last answer carries this response code (RFC 5530). */
bool imap_session_has_code(const struct imap_session *session, const char *code);
/* The set of ranges, which mailimap_set_free() frees. */
struct mailimap_set *imap_session_set(const struct uid_range *ranges, size_t count);

/* Answers other than bodies are short; libetpan keeps ten times their size. */
#define IMAP_ANSWER_BYTES (1 * MIB)

#endif
