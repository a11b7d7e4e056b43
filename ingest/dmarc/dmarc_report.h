/* dmarc_report.h - reads DMARC aggregate reports (RFC 7489, RFC 9990)
 *
 * SPDX-License-Identifier: MIT
 *
 * One table of elements (dmarc_element.h) reads both generations of the format and
 * any mixture; "version" has no effect.  Elements may come in any order at every
 * level, so metadata and policy are complete only at the end of the document;
 * records are returned at their end tags.
 *
 * Texts are as written, without surrounding blanks; absent if the element is
 * missing, empty if it is empty.
 */
#ifndef INGEST_DMARC_DMARC_REPORT_H
#define INGEST_DMARC_DMARC_REPORT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "ingest/report/report.h"

/* Reason of an error that does not occur if each report is read on its own. */
#define DMARC_SEVERAL "several"

struct dmarc_reason {
	struct slice text; /* text directly in the element */
	struct slice type, comment;
	/* interpreted */
	const char *type_word;
	struct slice remark; /* the comment, or text that is not a known type */
	struct slice raw;    /* such text if there is a comment too */
};

/* One dkim or spf element of auth_results. */
struct dmarc_auth {
	struct slice domain, selector, scope, result, human_result;
	/* interpreted */
	struct slice domain_name;
	const char *result_word; /* "" if there is no result */
	bool result_differs;     /* the word differs from the text */
};

struct dmarc_record {
	struct dmarc_record *next;
	struct slice source_ip, count, disposition, aligned_dkim, aligned_spf;
	struct slice header_from, envelope_from, envelope_to;
	struct dmarc_reason *reasons;
	struct dmarc_auth *dkim, *spf;
	size_t reason_count, dkim_count, spf_count;
	uint64_t cut; /* elements of the three lists above LIMIT_LIST_VALUES */
	/* interpreted */
	struct source_address source;
	uint64_t messages;
	bool count_differs;                                  /* messages differs from count */
	const char *disposition_word, *dkim_word, *spf_word; /* NULL: absent */
	bool passed;
	bool null_sender;
	struct slice header_domain, envelope_domain, recipient_domain;
};

struct dmarc_report {
	struct slice namespace, version;
	struct slice org_name, email, extra_contact, report_id, begin, end, generator;
	struct slice errors[LIMIT_LIST_VALUES];
	size_t error_count;
	struct slice domain, adkim, aspf, p, sp, np, pct, fo, testing, discovery_method;
	bool has_metadata, has_policy;
	/* skipped elements */
	uint64_t extensions;       /* where RFC 9990 allows them */
	uint64_t unknown_elements; /* elsewhere */
	uint64_t records;
	struct quirk_set quirks;
};

struct dmarc_reader;

/* Reads the input to its end, record by record.  The report's texts live in the first
 * arena, records in the second, which may be reset when no record is needed any more. */
struct dmarc_reader *dmarc_reader_new(struct dmarc_report *report, struct input *input,
				      struct arena *texts, struct arena *records);
void dmarc_reader_free(struct dmarc_reader *reader);

/* Returns the next record, or a list of one for each of its rows if there are several; NULL at
 * the end, when the report is complete.  Errors: those of xml_reader_next(); REJECT
 * "not-a-report" (another root element) or "too-large".  After an error the report contains the
 * data before it. */
bool dmarc_reader_next(struct dmarc_reader *reader, struct dmarc_record **record,
		       struct error *err);

/* Interprets the record's texts under the policy read so far: fills the interpreted members
 * and adds quirks.  false: the arena is full. */
bool dmarc_record_interpret(struct dmarc_record *record, const struct dmarc_report *report,
			    struct arena *arena, struct quirk_set *quirks);

/* Hashes the content as written, each value with its length: formatting, namespaces and the
 * order of elements inside a record have no effect. */
void dmarc_record_hash(const struct dmarc_record *record, struct hash *hash);
void dmarc_report_hash(const struct dmarc_report *report, struct hash *hash);

#endif
