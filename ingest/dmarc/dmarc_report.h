/* dmarc_report.h - a DMARC aggregate report, RFC 7489 and RFC 9990 alike
 *
 * SPDX-License-Identifier: MIT
 *
 * Both generations and every mixture of them are read by one table of
 * elements (dmarc_element.h); a "version" decides nothing.  Elements may come
 * in any order at every level, so only the end of the document tells that
 * metadata and policy are complete; records come one by one as their end tags
 * pass.
 *
 * Texts are as written, blanks around them cut; absent when the element is
 * missing, empty when it is there and empty.
 */
#ifndef INGEST_DMARC_DMARC_REPORT_H
#define INGEST_DMARC_DMARC_REPORT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "ingest/report/report.h"

/* The reason of an error that is none where each report is read on its own. */
#define DMARC_SEVERAL "several"

struct dmarc_reason {
	struct slice text; /* written into the element itself */
	struct slice type, comment;
	/* interpreted */
	const char *type_word;
	struct slice remark; /* the comment, or text that is no known type */
	struct slice raw;    /* such text where there is a comment too */
};

/* One dkim or spf element of auth_results. */
struct dmarc_auth {
	struct slice domain, selector, scope, result, human_result;
	/* interpreted */
	struct slice domain_name;
	const char *result_word; /* "" when there is no result */
	bool result_differs;	 /* the word means something else than the text */
};

struct dmarc_record {
	struct dmarc_record *next;
	struct slice source_ip, count, disposition, aligned_dkim, aligned_spf;
	struct slice header_from, envelope_from, envelope_to;
	struct dmarc_reason *reasons;
	struct dmarc_auth *dkim, *spf;
	size_t reason_count, dkim_count, spf_count;
	uint64_t cut; /* elements of the three lists over LIMIT_LIST_VALUES */
	/* interpreted */
	struct source_address source;
	uint64_t messages;
	bool count_differs; /* messages is not what count says */
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
	/* skipped, with all that is inside them */
	uint64_t extensions;	   /* where RFC 9990 allows them */
	uint64_t unknown_elements; /* elsewhere */
	uint64_t records;
	struct quirk_set quirks;
};

struct dmarc_reader;

/* Reads the input to its end, record by record.  The report's texts live in
 * the first arena, each record in the second, which may be reset whenever no
 * record is needed any more. */
struct dmarc_reader *dmarc_reader_new(struct dmarc_report *report, struct input *input,
				      struct arena *texts, struct arena *records);
void dmarc_reader_free(struct dmarc_reader *reader);

/* The next record; NULL at the end, when the report is complete.  Errors: those
 * of xml_reader_next(); REJECT "not-a-report" (another root element); REJECT
 * "too-large".  After an error the report holds what came before it. */
bool dmarc_reader_next(struct dmarc_reader *reader, struct dmarc_record **record,
		       struct error *err);

/* What the record's texts mean, under the policy of the report as read so far:
 * fills the interpreted members and notes the oddities.  false: the arena is
 * full. */
bool dmarc_record_interpret(struct dmarc_record *record, const struct dmarc_report *report,
			    struct arena *arena, struct quirk_set *quirks);

/* The content as written, each value with its length in front: formatting,
 * namespaces and the order of elements inside a record do not matter. */
void dmarc_record_hash(const struct dmarc_record *record, struct hash *hash);
void dmarc_report_hash(const struct dmarc_report *report, struct hash *hash);

#endif
