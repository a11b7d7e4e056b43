/* sink.h - where documents go, and what was said of each
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_SINK_H
#define OUTPUT_SINK_H

#include "base/error.h"
#include "output/bulk.h"

struct sink;

struct sink_ops {
	const char *name; /* "elasticsearch", "file" */
	/* Begins to post the bulk and returns without waiting; the bulk stays as
	 * it is until finish().  One bulk at a time. */
	void (*start)(struct sink *sink, struct bulk *bulk);
	/* Goes on as far as can be without waiting; called often, so cheap.
	 * true: finish() will not wait. */
	bool (*ready)(struct sink *sink);
	/* Waits for what start() began and fills the verdict of every item:
	 * STORED, DUPLICATE, REFUSED (by then a dead letter is on disk), RETRY
	 * or HOLD (not now; the mail stays, and bulk->trouble says why).
	 * false: nothing can be said about any item; RETRY when the server is
	 * away, FATAL when it must not be asked again as things are (wrong
	 * password, not a search server).  The next start() may follow. */
	bool (*finish)(struct sink *sink, struct error *err);
	/* Is the server there, may we write?  Touches no document.  For the
	 * command "check" alone: it may block outside base/wait.h. */
	bool (*check)(struct sink *sink, struct error *err);
	void (*free)(struct sink *sink);
};

/* start() and finish() in one. */
bool sink_post(struct sink *sink, struct bulk *bulk, struct error *err);

enum sink_notice {
	SINK_WAITS, /* documents have to wait, and why */
	SINK_WARNS, /* documents are taken all the same */
};

/* Embedded as first member by each kind of sink. */
struct sink {
	const struct sink_ops *ops;
	/* Called for what a person should know, each time it is so, so perhaps
	 * often; set by the bridge, NULL: nobody listens. */
	void (*notice)(enum sink_notice kind, const struct error *what);
	uint64_t backoffs; /* pauses because the server was busy or away, so far */
};

static inline void sink_notice(const struct sink *sink, enum sink_notice kind,
			       const struct error *what)
{
	if (sink->notice)
		sink->notice(kind, what);
}

/* How a search server knows us: one of the four ways, or none, and with each
 * of them a client certificate.  NULL: not given. */
struct elastic_login {
	const char *user, *password;
	const char *api_key;   /* "id:key" or its base64 form */
	const char *token;     /* a bearer token */
	const char *aws_sigv4; /* "region/service": requests are signed with the keys */
	const char *aws_access_key, *aws_secret_key;
	const char *aws_session_token; /* of keys that are good for a while only; or NULL */
	const char *client_cert_file, *client_key_file; /* PEM */
	/* What a person is to check when the server does not take it; for errors. */
	const char *hint;
};

struct elastic_settings {
	const char *const *urls; /* NULL-terminated, in order of preference */
	const char *ca_file;	 /* NULL: the system's trust store */
	struct elastic_login login;
	const char *dead_letter_file;
	bool needs_templates;	 /* nothing is posted to an index that no template makes */
	unsigned connections;	 /* most requests at once; at least 1 */
	unsigned gzip_level; /* 0: not compressed */
	int64_t timeout_ms;  /* of one request */
	int64_t reconnect_ms; /* an older connection is not used again, so that a load
			       * balancer can spread them; 0: it is */
	int64_t retry_ms;    /* how long post() goes on trying before it leaves items to RETRY */
};

/* Settings and their texts are not copied and must outlive the sink. */
struct sink *elastic_sink_new(const struct elastic_settings *settings);

enum file_format {
	FILE_BULK,   /* each document after its action line: curl --data-binary @FILE .../_bulk */
	FILE_NDJSON, /* each document a line, with "_index" and "_id" in front */
};

struct file_settings {
	const char *directory;
	enum file_format format;
	const char *one_file;	 /* the name of the only file; NULL: INDEX.ndjson for each index */
	uint64_t rotate_bytes;	 /* 0: not by size */
	int64_t rotate_after_ms; /* 0: not by age */
	uint64_t keep;		 /* rotated files; at least 1 where files are rotated */
	bool compress;		 /* them */
};

/* A document that its file or a kept rotated one holds is a DUPLICATE.
 * Settings are copied, the directory's name is not. */
struct sink *file_sink_new(const struct file_settings *settings);

#endif
