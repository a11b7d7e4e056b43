/* report.h - what the parsers of the three kinds have in common
 *
 * SPDX-License-Identifier: MIT
 *
 * A parser opens a report by reading its input once to the end (totals,
 * digest, quirks) and filling a report_summary: ids and documents need the
 * whole report.  Then it is asked for one run of records after the other, and
 * for the documents of each: from memory when the report was small, from a
 * second reading when it was not.
 */
#ifndef INGEST_REPORT_REPORT_H
#define INGEST_REPORT_REPORT_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "ingest/report/document.h"
#include "ingest/report/quirk.h"
#include "ingest/report/source.h"
#include "ingest/report/tenant.h"

struct input;

enum report_kind {
	REPORT_NONE = 0,
	REPORT_AGGREGATE,
	REPORT_FAILURE,
	REPORT_TLSRPT,
};

/* As documents, metrics and the log have it. */
static inline const char *report_kind_name(enum report_kind kind)
{
	static const char *const names[] = {
		[REPORT_NONE] = "none",
		[REPORT_AGGREGATE] = "aggregate",
		[REPORT_FAILURE] = "failure",
		[REPORT_TLSRPT] = "tlsrpt",
	};

	return names[kind];
}

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

/* For all mails; read-only while they are read. */
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
	/* Where there is none of theirs, signatures are verified here. */
	bool verify_dkim;
	enum failure_personal failure_personal;
	struct slice personal_key; /* of PERSONAL_HASHED */
	size_t run_records; /* most records of a run; 0: RUN_RECORDS */
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
	struct slice folder;	    /* that it was read from */
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

struct report_domain {
	struct report_domain *next;
	struct slice name;
};

/* A share of a report: what one tenant gets from it. */
struct report_share {
	struct report_share *next;
	const char *tenant;
	struct slice domain; /* the first policy domain of this tenant in the report */
	/* its further ones, as many as a list holds; in the arena of the share */
	struct report_domain *domains;
	unsigned domain_count;
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

#define RUN_RECORDS 500

/* Some records of a report: valid until the next run is asked for.  A policy
 * of an SMTP TLS report counts as a record of its own. */
struct run {
	enum report_kind kind;
	size_t count; /* 0: the report has no more */
	const char *tenant; /* whose records they are; of TLS reports NULL */
	struct source_address *sources[RUN_RECORDS]; /* one per record; NULL: it has none */
	struct source_address *servers[RUN_RECORDS]; /* of TLS reports: the receiving hosts */
};

static inline size_t run_records(const struct ingest_settings *settings)
{
	const size_t most = settings->run_records;

	return most > 0 && most < RUN_RECORDS ? most : RUN_RECORDS;
}

/* The share of tenant, added when it is not there yet, with the domain, which is
 * copied, among those of the report; NULL: arena full. */
struct report_share *report_share_of(struct report_summary *summary, struct arena *arena,
				     const char *tenant, struct slice domain);

#endif
