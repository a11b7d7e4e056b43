/* mailbox.h - where mail comes from, and what becomes of it
 *
 * SPDX-License-Identifier: MIT
 *
 * The mailbox is the queue: a mail stays in it until settle() has moved it,
 * and settle() is called only after every document of the mail has been
 * answered.  Order of use: open, then next until it gives NULL, settling in
 * between as often as one likes; then close, or wait and begin again with
 * next.  After an error of class RETRY the mailbox is closed and may be opened
 * again later.
 */
#ifndef MAILBOX_MAILBOX_H
#define MAILBOX_MAILBOX_H

#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "base/strbuf.h"

/* What becomes of a mail; all but KEEP move it to a folder below `archive`,
 * unless the settings have another disposition. */
enum mail_fate {
	MAIL_KEEP,	/* stays where it is, unread; met again in the next round */
	MAIL_AGGREGATE, /* Archive/Aggregate */
	MAIL_FAILURE,	/* Archive/Failure */
	MAIL_SMTP_TLS,	/* Archive/SMTP-TLS */
	MAIL_INVALID,	/* Archive/Invalid, still unread */
	MAIL_FATES
};

/* "Aggregate", "Failure", "SMTP-TLS", "Invalid"; NULL for KEEP. */
const char *mail_fate_folder(enum mail_fate fate);

struct mail {
	uint32_t id;	  /* IMAP: the UID; other sources: a number; void after close() */
	uint32_t epoch;	  /* IMAP: UIDVALIDITY; the same id of another epoch is another mail */
	const char *name; /* what a person finds it by: "uid 17", a file name */
	size_t size;	  /* in bytes as the source tells it */
	int64_t received; /* when it came, Unix seconds; 0: the source does not know */
	bool too_large;	  /* over the limit: raw is absent */
	/* Why the source cannot give its bytes, which are absent then; else
	 * NULL.  Such a mail is to be kept: the next round may find it well. */
	const char *unreadable;
	/* That has gone on for too long: it is to be set aside instead. */
	bool is_aside;
	struct slice raw;
};

struct mail_settlement {
	uint32_t id;
	enum mail_fate fate;
	/* Nothing in it looks like a report: it stays, and is not to be given
	 * again.  fate is KEEP. */
	bool unrelated;
	/* Set by settle(), valid until its next call: why the mail is still
	 * where it was; NULL: it is not. */
	const char *refusal;
};

struct mailbox;

/* name: as the settings take it, listed_folder of IMAP, below `path` of a Maildir. */
typedef void mailbox_folder_fn(void *context, const char *name);

struct mailbox_ops {
	const char *name; /* "imap", "maildir", "files" */
	/* Connects and selects; creates missing archive folders. */
	bool (*open)(struct mailbox *mailbox, struct error *err);
	/* Next unsettled mail, or *mail == NULL at the end of the round.  It
	 * stays valid until the next call of next or settle. */
	bool (*next)(struct mailbox *mailbox, const struct mail **mail, struct error *err);
	/* A mail that is gone meanwhile is no error, and neither is one that the
	 * server does not let go: the others are settled.  false: nobody knows
	 * what has become of them. */
	bool (*settle)(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count,
		       struct error *err);
	/* After next() gave NULL and all is settled: whether there is mail that
	 * next() has not given since open(); if so it is next.  NULL: there is
	 * none that the first round would not have met. */
	bool (*again)(struct mailbox *mailbox, bool *more, struct error *err);
	/* After next() gave NULL and all is settled: waits, the connection
	 * kept, until there may be new mail, the monotonic time `until` has
	 * come or the program is told to stop.  The next call of next() looks
	 * at the folder anew.  Mails that were kept are met again when the time
	 * of the first `until` after they were met has come, not sooner. */
	bool (*wait)(struct mailbox *mailbox, int64_t until, struct error *err);
	/* Calls back for the folder, "/" between levels, and each below it; there
	 * may be none.  Connects by itself: the mailbox is closed. */
	bool (*list)(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take,
		     void *context, struct error *err);
	void (*close)(struct mailbox *mailbox); /* also after a failed open */
	void (*free)(struct mailbox *mailbox);	/* closes first */
};

/* Embedded as first member by each kind of source. */
struct mailbox {
	const struct mailbox_ops *ops;
	/* As of the last next(): mails of this round that are still to come; only
	 * new mail is looked for, and kept mails have their turn later. */
	size_t waiting;
	bool partial;
};

/* What settling a fate means. */
enum mailbox_disposition {
	MAILBOX_MOVE,	/* to its folder below `archive` */
	MAILBOX_DELETE,
	MAILBOX_MARK,	/* it stays and gets a keyword; marked mail is not read again */
};

/* What becomes of mail in which nothing looks like a report. */
enum mailbox_unrelated {
	MAILBOX_UNRELATED_MOVE, /* the same as of what could not be read: MAIL_INVALID */
	MAILBOX_UNRELATED_LEAVE, /* it stays where it is and is remembered */
};

enum mailbox_tls {
	MAILBOX_TLS_IMPLICIT, /* from the first byte, port 993 */
	MAILBOX_TLS_STARTTLS, /* required, never opportunistic, port 143 */
	MAILBOX_TLS_NONE,     /* the password crosses the network in the clear */
};

enum mailbox_auth {
	MAILBOX_AUTH_AUTO, /* the best that the server and what we have allow */
	MAILBOX_AUTH_LOGIN,
	MAILBOX_AUTH_PLAIN,
	MAILBOX_AUTH_SCRAM_SHA_256,
	MAILBOX_AUTH_XOAUTH2,
	MAILBOX_AUTH_OAUTHBEARER,
	MAILBOX_AUTH_EXTERNAL,
};

struct imap_settings {
	const char *host; /* must match the certificate */
	uint16_t port;
	enum mailbox_tls tls;
	const char *ca_file; /* NULL: the system's trust store */
	const char *client_cert_file, *client_key_file; /* PEM; NULL: none */
	enum mailbox_auth auth;
	const char *user, *password; /* NULL: a token, or the certificate alone */
	/* Appends a token, asked for at every login; refused: the server did
	 * not take the one before, a fresh one is wanted. */
	bool (*token)(void *context, bool refused, struct strbuf *token, struct error *err);
	void *token_context;
	const char *folder;  /* "/" between levels, UTF-8 */
	const char *listed_folder; /* in its place: as the server has listed it; or NULL */
	const char *archive; /* the same */
	enum mailbox_disposition dispositions[MAIL_FATES];
	const char *keyword;	/* of MAILBOX_MARK */
	enum mailbox_unrelated unrelated;
	const char *memory_file; /* of unrelated mails, where the server keeps no keyword */
	const char *stumbles_file; /* of mails that the server fails to give */
	bool examine;		/* nothing in the mailbox is changed, whatever is settled */
	int64_t since;		/* Unix seconds: older mail is not read, to the day; 0: all */
	int64_t since_age_ms;	/* the same as an age; 0: all */
	int64_t retention_ms;	/* mail of this age is deleted from the archive; 0: never */
	uint32_t shard, shards; /* only mails with uid % shards == shard; shards 0: all */
	size_t max_mail_bytes;
	int64_t timeout_ms; /* longest silence of the server */
	int64_t idle_ms;    /* IDLE is renewed after this long; 0: never used */
};

/* Settings and their texts are not copied and must outlive the mailbox. */
struct mailbox *imap_mailbox_new(const struct imap_settings *settings);

struct maildir_settings {
	const char *path;    /* of the Maildir: holds cur, new and tmp */
	const char *archive; /* Maildir++ folder, "/" between levels */
	/* As of IMAP; nothing can be marked. */
	enum mailbox_disposition dispositions[MAIL_FATES];
	enum mailbox_unrelated unrelated;
	const char *memory_file; /* of unrelated mails */
	bool examine;
	int64_t since, since_age_ms; /* by the file's time */
	size_t max_mail_bytes;
};

struct mailbox *maildir_mailbox_new(const struct maildir_settings *settings);

#endif
