/* mailbox.h - common interface of all mail sources
 *
 * SPDX-License-Identifier: MIT
 *
 * The mailbox is the queue: a mail stays in it until settle() has moved it, and
 * settle() is called only after every document of the mail has been answered.
 * Order of use: open, then next until it returns NULL, with settle any number
 * of times in between; then close, or wait and start again with next.  After an
 * error of class RETRY the mailbox is closed and may be opened again later.
 */
#ifndef MAILBOX_MAILBOX_H
#define MAILBOX_MAILBOX_H

#include "base/error.h"
#include "base/kafka_connection.h"
#include "base/limits.h"
#include "base/slice.h"
#include "base/strbuf.h"

/* The outcome for a mail; all but KEEP move it to a folder below `archive`, unless
 * the settings have another disposition. */
enum mail_fate {
	MAIL_KEEP,      /* stays in place, unread; read again in the next round */
	MAIL_AGGREGATE, /* Archive/Aggregate */
	MAIL_FAILURE,   /* Archive/Failure */
	MAIL_SMTP_TLS,  /* Archive/SMTP-TLS */
	MAIL_INVALID,   /* Archive/Invalid, still unread */
	MAIL_FATES
};

/* "Aggregate", "Failure", "SMTP-TLS", "Invalid"; NULL for KEEP. */
const char *mail_fate_folder(enum mail_fate fate);

struct mail {
	uint32_t id;      /* IMAP: the UID; other sources: a number; invalid after close() */
	uint32_t epoch;   /* IMAP: UIDVALIDITY; the same id with another epoch is another mail */
	const char *name; /* for people: "uid 17", a file name */
	size_t size;      /* in bytes as reported by the source */
	int64_t received; /* arrival time, Unix seconds; 0: unknown */
	bool too_large;   /* over the limit: raw is absent */
	/* Why the source cannot read the mail, whose bytes are absent then; else
	 * NULL.  Keep such a mail: the next round may succeed. */
	const char *unreadable;
	/* Reading has failed for too long: set the mail aside. */
	bool is_aside;
	struct slice raw;
};

struct mail_settlement {
	uint32_t id;
	enum mail_fate fate;
	/* It does not look like a report: it stays and is not read again.  fate is
	 * KEEP. */
	bool unrelated;
	/* Set by settle(), valid until its next call: why the mail was not settled;
	 * NULL: it was. */
	const char *refusal;
};

struct mailbox;

/* name: as the settings expect it; IMAP: listed_folder, Maildir: below `path`. */
typedef void mailbox_folder_fn(void *context, const char *name);

struct mailbox_ops {
	const char *name; /* "imap", "maildir", "kafka" */
	/* Connects and selects; creates missing archive folders. */
	bool (*open)(struct mailbox *mailbox, struct error *err);
	/* Returns the next unsettled mail, or *mail == NULL at the end of the
	 * round.  It is valid until the next call of next or settle. */
	bool (*next)(struct mailbox *mailbox, const struct mail **mail, struct error *err);
	/* A mail that has left meanwhile is no error, nor is one that the server
	 * refuses to settle: the others are settled.  false: the state of the mails
	 * is unknown. */
	bool (*settle)(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count,
		       struct error *err);
	/* After next() returned NULL and all is settled: whether there is mail that
	 * next() has not returned since open(); next() then returns it.  NULL: the
	 * first round already returns all mail. */
	bool (*again)(struct mailbox *mailbox, bool *more, struct error *err);
	/* After next() returned NULL and all is settled: waits with the connection
	 * open until there may be new mail, the monotonic time `until` is reached
	 * or the program is stopping.  The next call of next() reads the folder
	 * again.  Kept mails are returned again at the first `until` after they
	 * were kept, not sooner. */
	bool (*wait)(struct mailbox *mailbox, int64_t until, struct error *err);
	/* Calls back for the folder, "/" between levels, and each folder below it;
	 * there may be none.  Opens its own connection: the mailbox is closed. */
	bool (*list)(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take,
		     void *context, struct error *err);
	void (*close)(struct mailbox *mailbox); /* also after a failed open */
	void (*free)(struct mailbox *mailbox);  /* closes first */
};

/* First member of each kind of source. */
struct mailbox {
	const struct mailbox_ops *ops;
	/* As of the last next(): mails left in this round; and whether the round is
	 * of new mail only, kept mails being returned later. */
	size_t waiting;
	bool partial;
};

/* What settling does with a mail of a fate. */
enum mailbox_disposition {
	MAILBOX_MOVE, /* to its folder below `archive` */
	MAILBOX_DELETE,
	MAILBOX_MARK, /* stays and gets a keyword; marked mail is not read again */
};

/* What to do with mail that does not look like a report. */
enum mailbox_unrelated {
	MAILBOX_UNRELATED_MOVE,  /* treat as MAIL_INVALID */
	MAILBOX_UNRELATED_LEAVE, /* leave it in place and remember it */
};

enum mailbox_tls {
	MAILBOX_TLS_IMPLICIT, /* from the first byte, port 993 */
	MAILBOX_TLS_STARTTLS, /* required, never opportunistic, port 143 */
	MAILBOX_TLS_NONE,     /* the password crosses the network in the clear */
};

enum mailbox_auth {
	MAILBOX_AUTH_AUTO, /* the best mechanism that server and credentials allow */
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
	const char *ca_file;                            /* NULL: the system's trust store */
	const char *client_cert_file, *client_key_file; /* PEM; NULL: none */
	enum mailbox_auth auth;
	const char *user, *password; /* NULL: a token, or only the certificate */
	/* Appends a token, called at every login; refused: the server refused the
	 * previous token, get a new one. */
	bool (*token)(void *context, bool refused, struct strbuf *token, struct error *err);
	void *token_context;
	const char *folder;        /* "/" between levels, UTF-8 */
	const char *listed_folder; /* replaces folder: name as listed by the server; or NULL */
	const char *archive;       /* the same */
	enum mailbox_disposition dispositions[MAIL_FATES];
	const char *keyword; /* for MAILBOX_MARK */
	enum mailbox_unrelated unrelated;
	const char *memory_file;   /* for unrelated mail on servers without a keyword */
	const char *stumbles_file; /* for mails that the server fails to send */
	bool examine;              /* read-only: settling changes nothing in the mailbox */
	int64_t since;             /* Unix seconds: older mail is not read, by date; 0: all */
	int64_t since_age_ms;      /* the same as an age; 0: all */
	int64_t retention_ms;      /* mail of this age is deleted from the archive; 0: never */
	uint32_t shard, shards;    /* read only UIDs with uid % shards == shard; shards 0: all */
	size_t max_mail_bytes;
	int64_t timeout_ms; /* longest silence of the server */
	int64_t idle_ms;    /* interval of IDLE renewal; 0: IDLE is not used */
};

const char *imap_library_version(void);

/* Does not copy the settings or their texts, which must outlive the mailbox. */
struct mailbox *imap_mailbox_new(const struct imap_settings *settings);

struct maildir_settings {
	const char *path;    /* of the Maildir: holds cur, new and tmp */
	const char *archive; /* Maildir++ folder, "/" between levels */
	/* As for IMAP; marking is not supported. */
	enum mailbox_disposition dispositions[MAIL_FATES];
	enum mailbox_unrelated unrelated;
	const char *memory_file; /* for unrelated mail */
	bool examine;
	int64_t since, since_age_ms; /* by the file's modification time */
	size_t max_mail_bytes;
};

struct mailbox *maildir_mailbox_new(const struct maildir_settings *settings);

/* A topic whose records are mails, read as a member of a consumer group.  Finished mail
 * stays in the topic, and the group's offset moves past it. */
struct kafka_mailbox_settings {
	struct kafka_connection connection;
	const char *topic, *group;
	/* A Maildir, created when needed: keeps mails of MAIL_INVALID, which the topic
	 * deletes some day. */
	const char *invalid_directory;
	bool examine; /* does not join the group, and settling changes nothing */
	size_t max_mail_bytes;
	int64_t timeout_ms; /* longest wait for the brokers */
};

/* Aborts in a program without librdkafka (kafka_version()). */
struct mailbox *kafka_mailbox_new(const struct kafka_mailbox_settings *settings);

#endif
