/* summary_tables.h - the tables of a summary, shared by summing and printing
 *
 * SPDX-License-Identifier: MIT
 *
 * A table has sums by key. Its memory is limited (summary.c); further keys are summed as
 * "others".
 */
#ifndef BRIDGE_REPORT_SUMMARY_TABLES_H
#define BRIDGE_REPORT_SUMMARY_TABLES_H

#include "bridge/report/document_view.h"
#include "bridge/report/report_set.h"
#include "bridge/report/sender.h"
#include "bridge/report/summary.h"
#include "bridge/report/tally.h"

enum summary_table {
	SUMMARY_DOMAINS,       /* documents; texts: domain of the reports */
	SUMMARY_REPORTERS,     /* enum reporter_count; texts: organisation */
	SUMMARY_DMARC_DAYS,    /* enum dmarc_count; the day is first */
	SUMMARY_DMARC_DOMAINS, /* enum dmarc_count; texts: domain, p */
	SUMMARY_SENDERS,       /* SENDER_CLASSES tables: enum dmarc_count; enum sender_text */
	SUMMARY_ADDRESSES = SUMMARY_SENDERS + SENDER_CLASSES, /* of senders: already counted */
	SUMMARY_SOURCES,      /* all mail by name and author: enum dmarc_count; enum service_text */
	SUMMARY_SERVICES,     /* the same, only of SENDER_FOREIGN */
	SUMMARY_STOPPED,      /* passed and was stopped: enum dmarc_count; enum stopped_text */
	SUMMARY_TRENDS,       /* enum trend_count; enum trend_text; the day is first */
	SUMMARY_TLS_DAYS,     /* by enum tls_type: encrypted, failed */
	SUMMARY_TLS_POLICIES, /* enum tls_count; texts: domain, type, mode */
	SUMMARY_TLS_REPORTERS,   /* enum tls_count; texts: organisation, type */
	SUMMARY_TLS_AS_SEEN,     /* policy documents; texts: domain, type, mode, the policy */
	SUMMARY_TLS_FAILURES,    /* failed; enum failure_text */
	SUMMARY_TLS_HOSTS,       /* failed; texts: name, address, result */
	SUMMARY_SINGLE_FAILURES, /* incidents; texts: source, From domain, what failed, delivery */
	SUMMARY_QUIRKS,          /* reports; texts: organisation, code, meaning */
	SUMMARY_REJECTS,         /* parts; texts: reason, an example of where */
	SUMMARY_REPEATS,         /* duplicate reports; texts: organisation */
	SUMMARY_CONFLICTS,       /* reports with the id of another; texts: organisation */
	SUMMARY_RECORDS,         /* checks of domains: enum record_count; enum record_text */
	SUMMARY_TABLES
};

/* The latest state of a domain; times are Unix seconds. */
enum record_count {
	RECORD_CRITICAL,  /* findings */
	RECORD_CHECKED,   /* when */
	RECORD_NOT_AFTER, /* when the first MX certificate expires; 0: unknown */
	RECORD_CHANGED,   /* when a change was last found; 0: never */
	RECORD_SINCE,     /* since when the broken record is published; 0: unknown */
};
enum record_text { RECORD_DOMAIN, RECORD_CODES, RECORD_PARTS };

enum reporter_count { REPORTER_REPORTS, REPORTER_MESSAGES, REPORTER_ENCRYPTED, REPORTER_FAILED };

enum dmarc_count {
	DMARC_MESSAGES,
	DMARC_PASSED,
	DMARC_DKIM, /* aligned */
	DMARC_SPF,
	DMARC_DELIVERED, /* delivered although DMARC failed */
	DMARC_QUARANTINED,
	DMARC_REJECTED,
	DMARC_REFUSABLE, /* failed: p=reject would stop it */
	DMARC_PASSED_DELIVERED,
	DMARC_ADDRESSES, /* number of source addresses */
};

/* Type, status and help as in source.sender, kind as in sender_kind_of(); absent: unknown. */
enum service_text {
	SERVICE_NAME,
	SERVICE_AUTHOR,
	SERVICE_IDENTITY,
	SERVICE_TYPE,
	SERVICE_KIND,
	SERVICE_STATUS,
	SERVICE_HELP,
	SERVICE_SENDS, /* "yes": sends for others, is not a forwarder */
};
enum stopped_text { STOPPED_NAME, STOPPED_AUTHOR, STOPPED_REPORTER, STOPPED_REASON };

/* A source of mail on one day, to find sources that changed. Each source is recorded in
 * several ways, since services change their addresses. */
enum trend_kind { TREND_SERVICE, TREND_NETWORK, TREND_SIGNATURE, TREND_AUTHOR, TREND_KINDS };
enum trend_text {
	TREND_TEXT_KIND,
	TREND_AUTHOR_DOMAIN,
	TREND_NAME,
	TREND_DAY,
	TREND_PROOF,
	TREND_STATUS, /* of the sender */
};
enum trend_count {
	TREND_PASSED,     /* DMARC passed */
	TREND_STOPPED,    /* failed, quarantined or rejected, without an override reason */
	TREND_REJECTED,   /* of these: rejected */
	TREND_FAILED,     /* DMARC failed, with any disposition */
	TREND_SIGNED,     /* an aligned signature passed */
	TREND_MIS_SIGNED, /* a signature of the author's domain is present and fails */
};

enum tls_count { TLS_ENCRYPTED, TLS_FAILED };

/* A session may count under both MTA-STS and DANE, so the two are never added. */
enum tls_type { TLS_STS, TLS_DANE, TLS_OTHER, TLS_TYPES };

enum sender_text {
	SENDER_SOURCE, /* sender_label_of() */
	SENDER_AUTHOR,
	SENDER_IDENTITY,
	SENDER_RELAY,
	SENDER_PROOF,
	SENDER_STATUS,
	SENDER_ADDRESSES, /* the first ones; DMARC_ADDRESSES is their number */
};
#define SENDER_ADDRESSES_SHOWN 3

enum failure_text {
	FAILURE_RESULT,
	FAILURE_HOST,
	FAILURE_DOMAIN,
	FAILURE_TYPE,
	FAILURE_MODE,
	FAILURE_CAUSE,
	FAILURE_EFFECT,
	FAILURE_ADVICE,
};

struct summary {
	struct document_view *view; /* of the document being added */
	int64_t start;              /* of its period, if it has one that could be read */
	bool has_start;
	struct tally_table tables[SUMMARY_TABLES];
	struct report_set versions;
	uint64_t last_content; /* of the last report added to versions */
	int64_t now, since;
	uint64_t documents, reports, incidents, repeats; /* repeats: duplicate reports */
	uint64_t conflicts;                              /* reports with the id of another */
	uint64_t senders[SENDER_CLASSES];                /* messages */
	bool has_approved;                               /* the tenant has approved senders */
	uint64_t sessions[TLS_TYPES][TLS_FAILED + 1];
	struct tally dmarc;              /* enum dmarc_count, in total */
	int64_t first, last;             /* starts of the periods; 0 and 0: none could be read */
	int64_t first_tls, last_tls;     /* of SMTP TLS reports only */
	int64_t first_dmarc, last_dmarc; /* of DMARC aggregate reports only */
};

static inline const struct tally_table *summary_table(const struct summary *s,
						      enum summary_table table)
{
	return &s->tables[table];
}

static inline const struct tally_table *summary_senders(const struct summary *s,
							enum sender_class class)
{
	return &s->tables[SUMMARY_SENDERS + (unsigned)class];
}

/* The first addresses of a row of summary_senders(), and the number of others; absent:
 * none. */
struct slice sender_addresses(struct arena *arena, const struct tally *row);

/* A sender is new in its first week, if the reports began before that. */
#define SUMMARY_NEW_DAYS 7
static inline bool summary_is_new(const struct summary *s, int64_t first)
{
	const int64_t days = SUMMARY_NEW_DAYS * INT64_C(86400);

	return first > s->last_dmarc - days && s->last_dmarc - s->first_dmarc > days;
}

static inline bool summary_has_period(const struct summary *s)
{
	return s->last != 0;
}

static inline bool summary_has_dmarc(const struct summary *s)
{
	return s->tables[SUMMARY_DMARC_DOMAINS].count > 0;
}

static inline bool summary_has_tls(const struct summary *s)
{
	return s->tables[SUMMARY_TLS_POLICIES].count > 0;
}

#endif
