/* report.h - what the parsers of the three kinds have in common
 *
 * SPDX-License-Identifier: MIT
 *
 * A parser gets a report_source, reads its input once to the end (totals,
 * digest, oddities), fills a report_summary, and then gives the documents to
 * the sink: from memory when the report was small, from a second reading when
 * it was not.  No document leaves before the whole report has been understood.
 */
#ifndef INGEST_REPORT_REPORT_H
#define INGEST_REPORT_REPORT_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "ingest/report/document.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"
#include "ingest/report/tenant.h"

enum report_kind {
	REPORT_NONE = 0,
	REPORT_AGGREGATE,
	REPORT_FAILURE,
	REPORT_TLSRPT,
};

/* Limits that a user may move; ingest_limits_default() fills them from
 * base/limits.h. */
struct ingest_limits {
	size_t mail_bytes;
	uint64_t unpacked_bytes;
	unsigned nesting, mime_parts, archive_members;
};

/* What becomes of the local parts of addresses in failure reports. */
enum failure_personal {
	PERSONAL_MINIMAL, /* left out, and whole addresses with them */
	PERSONAL_HASHED,  /* the same person has the same word in one tenant */
	PERSONAL_FULL,
};

/* Adds the texts that stand in DNS under name, each with a NUL behind it, until
 * deadline (clock_ms) at the latest.  false: nobody tells them now. */
typedef bool key_lookup_fn(void *context, const char *name, int64_t deadline,
			   struct strbuf *texts, struct error *err);

/* For a whole run; read-only while mails are worked on. */
struct ingest_settings {
	const struct tenant_table *tenants;
	struct ingest_limits limits;
	/* The schemas to write, bits by enum document_schema; 0: SCHEMA_ECS. */
	unsigned schemas;
	/* Unix seconds for event.ingested, the only clock in a document. */
	int64_t now;
	/* Authentication-Results are believed from these hosts only;
	 * NULL-terminated, may be NULL. */
	const char *const *trusted_authserv;
	/* Where there is none of theirs, signatures are verified here, and their
	 * keys come from this; NULL: they are not verified. */
	key_lookup_fn *look_up_key;
	void *key_context;
	enum failure_personal failure_personal;
	struct slice personal_key; /* of PERSONAL_HASHED */
};

static inline bool ingest_writes(const struct ingest_settings *settings,
				 enum document_schema schema)
{
	return (settings->schemas ? settings->schemas : 1u << SCHEMA_ECS) & 1u << schema;
}

/* Signatures of one mail that are looked at. */
#define AUTH_SIGNERS_MAX 8

/* What the report mail says about itself.  All of it is foreign text and only
 * a hint: the report's own content wins.  Absent where there was no mail. */
struct mail_headers {
	struct slice from_domain;   /* of the From address, lower case */
	struct slice subject;	    /* decoded to UTF-8 */
	struct slice message_id;
	struct slice tls_report_domain, tls_report_submitter;
	int64_t received;	    /* of the last Received; 0: there is none */
	int64_t date;		    /* of Date, else the same */
	const char *dkim_verdict;   /* "pass", "fail", "none" or "unknown" */
	/* d= of the signatures the verdict is about */
	struct slice dkim_domains[AUTH_SIGNERS_MAX];
	size_t dkim_domain_count;
};

struct report_source {
	struct input *input; /* at its start */
	struct slice name;   /* of the attachment, archive member or file */
	struct slice charset; /* of the part that is the report; mostly absent */
	const struct mail_headers *headers; /* never NULL, may be empty */
	/* How it was wrapped; complete once the input has been read to its end. */
	const struct quirk_set *quirks;
};

/* Of two counts; a sum never passes what an index can hold. */
static inline uint64_t count_sum(uint64_t a, uint64_t b)
{
	return b > INT64_MAX - a ? INT64_MAX : a + b;
}

/* A share of a report: what one tenant gets from it. */
struct report_share {
	struct report_share *next;
	const char *tenant;
	struct slice domain; /* the first policy domain of this tenant in the report */
	uint64_t documents;
	uint64_t messages;			      /* aggregate: sum of counts; failure: incidents */
	uint64_t successful_sessions, failed_sessions; /* TLSRPT: over its policies */
};

/* What the feed document and the log say about a report.  Texts live in the
 * arena. */
struct report_summary {
	struct report_summary *next;
	enum report_kind kind;
	struct slice organization; /* normalised name or its fall-back */
	struct slice report_id;
	int64_t begin, end;
	uint8_t digest[HASH_SIZE]; /* of the normalised content */
	struct quirk_set quirks;   /* its own and those of its wrapping */
	struct report_share *shares;
};

/* Reads one report and gives its documents to the sink.  REJECT: the report
 * is unusable, nothing was given to the sink.  RETRY and FATAL come from the
 * sink or from reading. */
typedef bool report_read_fn(const struct ingest_settings *settings, struct arena *arena,
			    const struct report_source *source, struct document_sink *sink,
			    struct report_summary *summary, struct error *err);

report_read_fn dmarc_read;	/* ingest/dmarc/dmarc.c: aggregate XML */
report_read_fn tlsrpt_read;	/* ingest/tlsrpt/tlsrpt.c: SMTP TLS JSON */

/* The share of tenant, added when it is not there yet; NULL: arena full. */
struct report_share *report_share_of(struct report_summary *summary, struct arena *arena,
				     const char *tenant, struct slice domain);

#endif
