/* failure_report.h - a collected failure report, internal to failure/
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_FAILURE_FAILURE_REPORT_H
#define INGEST_FAILURE_FAILURE_REPORT_H

#include "base/hash.h"
#include "base/limits.h"
#include "ingest/document/document_writer.h"
#include "ingest/failure/failure.h"

/* Fields of the feedback part.  FAILURE_FIELD(id, name, alias) */
#define FAILURE_FIELDS(FAILURE_FIELD)                                              \
	FAILURE_FIELD(FEEDBACK_TYPE, "Feedback-Type", NULL)                        \
	FAILURE_FIELD(USER_AGENT, "User-Agent", NULL)                              \
	FAILURE_FIELD(VERSION, "Version", NULL)                                    \
	FAILURE_FIELD(ENVELOPE_ID, "Original-Envelope-Id", "Original-Envelope-ID") \
	FAILURE_FIELD(MAIL_FROM, "Original-Mail-From", NULL)                       \
	FAILURE_FIELD(RCPT_TO, "Original-Rcpt-To", NULL)                           \
	FAILURE_FIELD(ARRIVAL_DATE, "Arrival-Date", "Received-Date")               \
	FAILURE_FIELD(REPORTING_MTA, "Reporting-MTA", NULL)                        \
	FAILURE_FIELD(SOURCE_IP, "Source-IP", NULL)                                \
	FAILURE_FIELD(SOURCE_PORT, "Source-Port", NULL)                            \
	FAILURE_FIELD(INCIDENTS, "Incidents", NULL)                                \
	FAILURE_FIELD(AUTH_RESULTS, "Authentication-Results", NULL)                \
	FAILURE_FIELD(REPORTED_DOMAIN, "Reported-Domain", NULL)                    \
	FAILURE_FIELD(REPORTED_URI, "Reported-URI", NULL)                          \
	FAILURE_FIELD(AUTH_FAILURE, "Auth-Failure", NULL)                          \
	FAILURE_FIELD(DELIVERY_RESULT, "Delivery-Result", "Delivery-Results")      \
	FAILURE_FIELD(DKIM_DOMAIN, "DKIM-Domain", NULL)                            \
	FAILURE_FIELD(DKIM_IDENTITY, "DKIM-Identity", NULL)                        \
	FAILURE_FIELD(DKIM_SELECTOR, "DKIM-Selector", NULL)                        \
	FAILURE_FIELD(DKIM_SELECTOR_DNS, "DKIM-Selector-DNS", NULL)                \
	FAILURE_FIELD(SPF_DNS, "SPF-DNS", NULL)                                    \
	FAILURE_FIELD(ALIGNMENT, "Identity-Alignment", NULL)

enum failure_field {
#define FAILURE_FIELD(id, name, alias) FAILURE_##id,
	FAILURE_FIELDS(FAILURE_FIELD)
#undef FAILURE_FIELD
		FAILURE_FIELD_COUNT
};

/* A value in the feedback part; several fields may occur more than once. */
struct failure_value {
	struct failure_value *next;
	struct slice text; /* unfolded */
};

struct text_list {
	struct slice texts[LIMIT_LIST_VALUES];
	size_t count;
};

struct failure_sample {
	bool present, header_only;
	struct slice subject, message_id, from_domain, return_path_domain, list_id;
	int64_t date; /* 0: none */
	/* unmodified, for outputs that store addresses */
	struct slice from, to, cc, reply_to, subject_text, date_text, return_path;
	struct text_list recipient_domains;
	struct text_list dkim_domains, dkim_selectors;
	/* number of attachments, of which the first ones are listed */
	uint64_t attachments;
	struct text_list attachment_types, attachment_names, attachment_hashes;
};

struct failure {
	struct arena *arena;
	bool has_feedback, is_notice;
	struct failure_value *fields[FAILURE_FIELD_COUNT]; /* in the order of the text */
	struct failure_sample sample;
	struct quirk_set quirks;
	struct hash content;
};

/* Returns the first value of a field; absent if there is none. */
struct slice failure_text(const struct failure *failure, enum failure_field field);

/* Adds a value; fails if the arena is full. */
bool failure_add(struct failure *failure, enum failure_field field, struct slice value,
		 struct error *err);

bool failure_sample_read(struct failure_sample *sample, struct arena *arena, struct slice raw,
			 bool header_only, const struct ingest_limits *limits, struct error *err);

/* Returns the arrival date of the message; false: missing or implausible.  *no_zone: the
 * zone is a guess. */
bool failure_arrival(const struct failure *failure, int64_t now, int64_t *date, bool *no_zone);

/* The interpreted fields of the report. */
struct failure_facts {
	struct slice domain; /* whose policy failed: normalised, or as sent */
	struct slice header_from, envelope_from;
	uint64_t incidents;
	const char *delivery_result; /* NULL: unspecified */
	const char *dmarc_result;    /* "pass", "fail" or NULL */
	struct source_address source;
};

struct failure_reading {
	const struct failure *failure;
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct report_summary *summary;
	const char *tenant;
	struct failure_facts facts;
	bool passed;                /* the only run was returned */
	bool in_ecs, in_parsedmarc; /* the document in that schema is still to be written */
	struct document_writer writer;
	struct strbuf json, scratch; /* for a document in parsedmarc's schema */
	struct document_name name;   /* of the last document */
};

/* failure_write.c */
bool failure_write(struct failure_reading *reading, struct document *document, struct error *err);

#endif
