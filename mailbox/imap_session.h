/* imap_session.h - one connection to an IMAP server
 *
 * SPDX-License-Identifier: MIT
 *
 * Sits between imap.c, which implements the mailbox, and libetpan, which
 * implements the protocol.  Order of use: open, folders, select, then search,
 * fetch and move any number of times, then close.  After a failure only close
 * is allowed.
 *
 *   imap_session.c  connecting, greeting, TLS, capabilities, logout
 *   imap_login.c    authentication
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
	struct transport *transport; /* owned by the stream of im */
	struct mailimap *im;         /* NULL: not connected */
	bool broken;                 /* out of step: close without LOGOUT */
	bool preauthenticated;       /* the greeting was PREAUTH */
	struct imap_namespace space;
	bool has_move, has_idle;
	bool keeps_unrelated;         /* the selected folder keeps the keyword of unrelated mail */
	bool omits_empty;             /* the server sends no SEARCH line if nothing matches */
	bool token_refused;           /* the last token; kept across connections */
	uint32_t exists, uidvalidity; /* of the selected folder */
	/* The exact number of mails; UNKNOWN after mails were removed without being
	 * counted, until the next select. */
	uint32_t announced;
};

#define IMAP_UNKNOWN UINT32_MAX

/* Limits of one FETCH: the bytes limit memory, the mails limit the loss when the
 * connection breaks. */
#define IMAP_BATCH_BYTES (4 * MIB)
#define IMAP_BATCH_MAILS 500

enum imap_body_state {
	IMAP_BODY_WANTED,    /* not fetched yet, or missing in the answer */
	IMAP_BODY_GONE,      /* no longer in the folder */
	IMAP_BODY_TOO_LARGE, /* by its size or, whatever the size, by its bytes */
	IMAP_BODY_REFUSED,   /* the server fails to send it */
	IMAP_BODY_RECEIVED,
};

struct imap_body {
	uint32_t uid;
	uint32_t size; /* RFC822.SIZE; 0: not reported */
	enum imap_body_state state;
	bool alone;            /* fetch it alone: it has failed before */
	bool answered;         /* there was an answer without a body */
	bool certain;          /* TOO_LARGE by its bytes, not only by the reported size */
	size_t offset, length; /* in the buffer, when received */
};

/* The result of one FETCH. */
struct imap_fetched {
	size_t asked, received;
	size_t passed; /* mails considered, wanted or not */
	bool failed;   /* refused, or the connection is lost: see why */
	struct error why;
};

/* Connects, starts TLS, logs in.  session is zeroed. */
bool imap_session_open(struct imap_session *session, const struct imap_settings *settings,
		       struct error *err);
void imap_session_close(struct imap_session *session);

bool imap_login(struct imap_session *session, struct error *err);

/* The keyword of unrelated mail. */
#define IMAP_UNRELATED_KEYWORD "$NoReport"

/* Whether any fate is MAILBOX_MARK. */
bool imap_marks(const struct imap_settings *settings);
/* FATAL: the server lacks an extension that the settings need, so that removing
 * mail would also expunge mail that other clients have marked. */
bool imap_can_settle(struct imap_session *session, struct error *err);
/* Queries the namespace and delimiter of folder names. */
bool imap_namespace_read(struct imap_session *session, struct error *err);
/* Creates a folder; name as from imap_name_encode().  An existing one is no
 * error. */
bool imap_create(struct imap_session *session, const char *name, struct error *err);
/* Selects for reading and settling; with `examine` in the settings only for
 * reading. */
bool imap_select(struct imap_session *session, const char *name, struct error *err);
/* Returns the sorted UIDs, from `least` on, of all mails to be read; free()
 * them. */
bool imap_search(struct imap_session *session, uint32_t least, uint32_t **uids, size_t *count,
		 struct error *err);
/* Returns the UIDs of at most `most` mails that arrived before that day. */
bool imap_search_before(struct imap_session *session, int64_t unix_seconds, size_t most,
			uint32_t **uids, size_t *count, struct error *err);

/* Settles *done mails from the start of the sorted UIDs: as many as fit one
 * command.  name is the target folder or the keyword. */
typedef bool imap_settle_fn(struct imap_session *session, const uint32_t *uids, size_t count,
			    const char *name, size_t *done, struct error *err);
imap_settle_fn imap_move, imap_delete, imap_mark;
/* Returns how many mails left the folder according to the last answer. */
size_t imap_count_left(const struct imap_session *session);
/* Reduces the sorted UIDs to those still in the folder. */
bool imap_still_there(struct imap_session *session, uint32_t *uids, size_t *count,
		      struct error *err);

/* Fetches the sizes of mails sorted by UID, at most `most` of them and as many as
 * fit one command.  Mails without a size afterwards are still WANTED. */
void imap_fetch_sizes(struct imap_session *session, struct imap_body *mails, size_t count,
		      size_t most, struct imap_fetched *fetched);
/* Appends to buffer the bodies of mails that are WANTED and not to be fetched
 * alone, at most `most` of them and as many as fit one batch.  Mails still WANTED
 * afterwards were not sent. */
void imap_fetch_bodies(struct imap_session *session, struct imap_body *mails, size_t count,
		       size_t most, struct strbuf *buffer, struct imap_fetched *fetched);
/* The same for a single mail. */
void imap_fetch_body(struct imap_session *session, struct imap_body *mail, struct strbuf *buffer,
		     struct imap_fetched *fetched);
/* Verifies a reported size above the limit by fetching one byte beyond the limit:
 * if there is none, the mail is WANTED. */
void imap_fetch_probe(struct imap_session *session, struct imap_body *mail,
		      struct imap_fetched *fetched);
/* Sets those WANTED mails to GONE that have left the folder. */
bool imap_find_gone(struct imap_session *session, struct imap_body *mails, size_t count,
		    struct error *err);

/* Polls for changes with NOOP and updates exists. */
bool imap_noop(struct imap_session *session, struct error *err);
/* Waits until the number of mails changes, the monotonic time `until` is reached or
 * the program is stopping; uses IDLE if the server supports it. */
bool imap_idle(struct imap_session *session, int64_t until, struct error *err);

/* --- internal to the session's files ---------------------------------------- */

/* Sets the byte budget and the time limit of the next answer. */
void imap_session_allow(struct imap_session *session, uint64_t bytes);
/* The same, with the time limit of an answer of `expected` bytes. */
void imap_session_allow_more(struct imap_session *session, uint64_t expected, uint64_t bytes);
/* Describes a libetpan call that did not return MAILIMAP_NO_ERROR. */
bool imap_session_failed(struct imap_session *session, enum imap_step step, int code,
			 struct error *err);
bool imap_session_capability(struct imap_session *session, struct error *err);
/* Whether the last answer carries this response code (RFC 5530). */
bool imap_session_has_code(const struct imap_session *session, const char *code);
/* Builds the set of ranges; mailimap_set_free() frees it. */
struct mailimap_set *imap_session_set(const struct uid_range *ranges, size_t count);

/* Answers other than bodies are short; libetpan uses ten times their size. */
#define IMAP_ANSWER_BYTES (1 * MIB)

#endif
