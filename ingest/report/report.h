/* report.h - types shared by the parsers of the three kinds
 *
 * SPDX-License-Identifier: MIT
 *
 * A parser opens a report by reading its input once to the end and filling a
 * report_summary with totals, digest and quirks, since IDs and documents need the
 * whole report.  It then returns runs of records and the documents of each run:
 * from memory if the report is small, else by a second reading.
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

/* The name in documents, metrics and the log. */
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

/* Configurable limits; ingest_limits_default() sets them from base/limits.h. */
struct ingest_limits {
	size_t mail_bytes;
	uint64_t unpacked_bytes;
	unsigned nesting, mime_parts, archive_members;
};

/* How to store the local parts of addresses in failure reports. */
enum failure_personal {
	PERSONAL_MINIMAL, /* omit them, and whole addresses too */
	PERSONAL_HASHED,  /* pseudonyms, which are the same for one address of a tenant */
	PERSONAL_FULL,
};

/* For all mails; constant while they are read. */
struct ingest_settings {
	const struct tenant_table *tenants;
	struct ingest_limits limits;
	/* Schemas to write, as bits of enum document_schema; 0: SCHEMA_ECS. */
	unsigned schemas;
	/* Unix seconds for event.ingested, the only clock in a document. */
	int64_t now;
	/* Trust Authentication-Results only from these hosts; NULL-terminated, may be NULL. */
	const char *const *trusted_authserv;
	/* Verify signatures if there are no trusted Authentication-Results. */
	bool verify_dkim;
	enum failure_personal failure_personal;
	struct slice personal_key; /* for PERSONAL_HASHED */
	size_t run_records;        /* maximum number of records per run; 0: RUN_RECORDS */
};

static inline bool ingest_writes(const struct ingest_settings *settings,
				 enum document_schema schema)
{
	return (settings->schemas ? settings->schemas : 1u << SCHEMA_ECS) & 1u << schema;
}

/* Maximum number of signatures considered per mail. */
#define AUTH_SIGNERS_MAX 8

/* The header of the report mail.  All of it is untrusted and only a hint: the report's own
 * contents take precedence.  Absent without a mail. */
struct mail_headers {
	struct slice from_domain; /* of the From address, lower case */
	struct slice subject;     /* decoded to UTF-8 */
	struct slice message_id;
	struct slice mailbox, folder; /* from which it was read */
	struct slice tls_report_domain, tls_report_submitter;
	int64_t received;         /* from the topmost Received; 0: none */
	int64_t date;             /* from Date, else the same */
	const char *dkim_verdict; /* "pass", "fail", "none" or "unknown" */
	/* d= of the signatures that the verdict is about */
	struct slice dkim_domains[AUTH_SIGNERS_MAX];
	size_t dkim_domain_count;
};

struct report_source {
	struct input *input;                /* at its start */
	struct slice name;                  /* of the attachment, archive member or file */
	struct slice charset;               /* of the MIME part that is the report; mostly absent */
	const struct mail_headers *headers; /* never NULL, may be empty */
	/* Quirks of its containers; complete after the input has been read to its end. */
	const struct quirk_set *quirks;
};

/* Saturating sum: never exceeds what an index can hold. */
static inline uint64_t count_sum(uint64_t a, uint64_t b)
{
	return b > INT64_MAX - a ? INT64_MAX : a + b;
}

struct report_domain {
	struct report_domain *next;
	struct slice name;
};

/* The part of a report that belongs to one tenant. */
struct report_share {
	struct report_share *next;
	const char *tenant;
	struct slice domain; /* the first policy domain of this tenant in the report */
	/* its further domains, up to the list limit; in the arena of the share */
	struct report_domain *domains;
	unsigned domain_count;
	uint64_t documents;
	uint64_t messages; /* aggregate: sum of counts; failure: incidents */
	uint64_t successful_sessions, failed_sessions; /* TLSRPT: sum over its policies */
};

/* Summary of a report for the feed document and the log.  Texts live in the arena. */
struct report_summary {
	struct report_summary *next;
	enum report_kind kind;
	struct slice organization; /* normalised name or its fallback */
	struct slice report_id;
	int64_t begin, end;
	uint8_t digest[HASH_SIZE]; /* of the normalised content */
	struct quirk_set quirks;   /* of the report and its containers */
	struct report_share *shares;
};

#define RUN_RECORDS 500

/* Some records of a report, valid until the next run is read.  A policy of an SMTP TLS
 * report counts as a record. */
struct run {
	enum report_kind kind;
	size_t count;       /* 0: no more records */
	const char *tenant; /* tenant of the records; NULL for TLS reports */
	struct source_address *sources[RUN_RECORDS]; /* one per record; NULL: none */
	struct source_address *servers[RUN_RECORDS]; /* for TLS reports: the receiving hosts */
};

static inline size_t run_records(const struct ingest_settings *settings)
{
	const size_t most = settings->run_records;

	return most > 0 && most < RUN_RECORDS ? most : RUN_RECORDS;
}

/* Returns the tenant's share, which is added if missing, and adds the domain, which is
 * copied, to it; NULL: the arena is full. */
struct report_share *report_share_of(struct report_summary *summary, struct arena *arena,
				     const char *tenant, struct slice domain);

#endif
