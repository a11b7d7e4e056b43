/* sink.h - common interface of all outputs
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
	/* Begins to post the bulk and returns without waiting; the bulk must not
	 * change until finish().  One bulk at a time. */
	void (*start)(struct sink *sink, struct bulk *bulk);
	/* Continues as far as possible without waiting; called often, so it must be
	 * cheap.  true: finish() will not wait. */
	bool (*ready)(struct sink *sink);
	/* Waits for the result of start() and sets the verdict of every item:
	 * STORED, DUPLICATE, REFUSED (a dead letter is on disk), RETRY or HOLD (not
	 * now; the mail stays, see bulk->trouble).  false: no verdict on any item;
	 * RETRY: the server is unavailable; FATAL: it must not be used with this
	 * configuration (wrong password, not a search server).  start() may be
	 * called again. */
	bool (*finish)(struct sink *sink, struct error *err);
	/* Checks whether the server is reachable and accepts writes; changes no
	 * document.  Only for the command "check": it may block outside
	 * base/wait.h. */
	bool (*check)(struct sink *sink, struct error *err);
	void (*free)(struct sink *sink);
};

/* Calls start() and finish(). */
bool sink_post(struct sink *sink, struct bulk *bulk, struct error *err);

enum sink_notice {
	SINK_WAITS, /* documents must wait */
	SINK_WARNS, /* documents are accepted anyway */
};

/* First member of each kind of sink. */
struct sink {
	const struct sink_ops *ops;
	/* Called each time there is something to report, so perhaps often; set by
	 * the bridge; NULL: not reported. */
	void (*notice)(enum sink_notice kind, const struct error *what);
	uint64_t backoffs; /* pauses so far because the server was busy or unavailable */
	bool holds;        /* its circuit breaker is open: documents that it refuses are held */
};

static inline void sink_notice(const struct sink *sink, enum sink_notice kind,
			       const struct error *what)
{
	if (sink->notice)
		sink->notice(kind, what);
}

/* Login to a search server: one of four methods or none, with an optional client
 * certificate.  NULL: not given. */
struct elastic_login {
	const char *user, *password;
	const char *api_key;   /* "id:key" or its base64 form */
	const char *token;     /* a bearer token */
	const char *aws_sigv4; /* "region/service": requests are signed with the keys below */
	const char *aws_access_key, *aws_secret_key;
	const char *aws_session_token;                  /* of temporary keys; or NULL */
	const char *client_cert_file, *client_key_file; /* PEM */
	/* Advice if the server refuses the login; for errors. */
	const char *hint;
};

struct elastic_settings {
	const char *const *urls; /* NULL-terminated, in order of preference */
	const char *ca_file;     /* NULL: the system's trust store */
	struct elastic_login login;
	const char *dead_letter_file;
	bool needs_templates; /* post only to indices with an index template */
	unsigned connections; /* limit of concurrent requests; at least 1 */
	unsigned gzip_level;  /* 0: no compression */
	int64_t timeout_ms;   /* of one request */
	/* maximum age of a connection, so that a load balancer can distribute them;
	 * 0: none */
	int64_t reconnect_ms;
	int64_t retry_ms; /* time limit of retries in a post; then items become RETRY */
};

/* Does not copy the settings or their texts, which must outlive the sink. */
struct sink *elastic_sink_new(const struct elastic_settings *settings);

enum file_format {
	FILE_BULK,   /* each document after its action line: curl --data-binary @FILE .../_bulk */
	FILE_NDJSON, /* one line per document, starting with "_index" and "_id" */
};

struct file_settings {
	const char *directory;
	enum file_format format;
	const char *one_file;    /* name of the only file; NULL: INDEX.ndjson for each index */
	uint64_t rotate_bytes;   /* 0: no limit */
	int64_t rotate_after_ms; /* 0: no limit */
	uint64_t keep;           /* rotated files; at least 1 if files are rotated */
	bool compress;           /* rotated files */
};

/* A document that its file or a kept rotated file holds is a DUPLICATE.  Copies the
 * settings, but not the directory's name. */
struct sink *file_sink_new(const struct file_settings *settings);

#endif
