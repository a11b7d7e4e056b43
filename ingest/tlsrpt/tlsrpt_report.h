/* tlsrpt_report.h - an SMTP TLS report in the words of RFC 8460
 *
 * SPDX-License-Identifier: MIT
 *
 * Members are as written until tlsrpt_policy_interpret() and
 * tlsrpt_failure_interpret() say what they mean.  Absent is {NULL, 0}; an
 * explicit null is absent too.
 */
#ifndef INGEST_TLSRPT_TLSRPT_REPORT_H
#define INGEST_TLSRPT_TLSRPT_REPORT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "ingest/report/report.h"

/* Together these keep a document below LIMIT_DOCUMENT_BYTES even when every
 * byte needs a six-byte escape, so no report is refused half-way. */
#define TLSRPT_REPORT_TEXT_BYTES (16 * KIB)
#define TLSRPT_POLICY_TEXT_BYTES (24 * KIB)
#define TLSRPT_FAILURE_TEXT_BYTES (48 * KIB)

/* The largest number that every JSON implementation holds exactly (RFC 7493). */
#define TLSRPT_COUNT_MAX ((UINT64_C(1) << 53) - 1)

struct tlsrpt_count {
	uint64_t number;
	bool given;
	struct slice raw; /* text that was no whole number in range */
};

struct tlsrpt_list {
	struct slice *values;
	size_t count, room;
	uint64_t total;	  /* with those over LIMIT_LIST_VALUES */
	struct hash rest; /* of those */
	bool is_text;	  /* one string in place of an array */
};

struct tlsrpt_failure {
	struct tlsrpt_failure *next;
	struct slice result_type, sending_mta_ip, receiving_mx_hostname, receiving_mx_helo;
	struct slice receiving_ip, additional_information, failure_reason_code;
	struct tlsrpt_count failed_session_count;
	/* interpreted */
	struct slice result; /* lower case; "unspecified" when there is none */
	struct slice receiving_mx_domain; /* absent when the hostname is no domain name */
	struct source_address source;		  /* the sending MTA */
	struct source_address server;		  /* the receiving host */
	bool synthetic; /* stands for failures the report gives no details of */
};

struct tlsrpt_policy {
	struct tlsrpt_policy *next;
	uint64_t index; /* in policies */
	struct slice type, domain;
	struct tlsrpt_list strings, mx_host;
	struct tlsrpt_count successful, failed;
	/* interpreted */
	struct slice type_word;	  /* lower case */
	struct slice domain_name; /* normalised, or what stands in for it */
	const char *tenant;
	struct slice mode;
	uint64_t max_age;
	bool has_max_age;
	struct slice *mx_hosts, *tlsa; /* of the policy string */
	size_t mx_host_count, tlsa_count;
	char digest[2 * HASH_SIZE + 1]; /* of the policy string; "" when there is none */
	/* its failure details */
	struct tlsrpt_failure *failures; /* when they are kept */
	uint64_t failure_count;
	uint64_t failure_sum; /* of their counts, never above INT64_MAX */
};

struct tlsrpt_report {
	struct slice organization, contact_info, report_id, start, end;
	struct slice submitter; /* domain in the mail's TLS-Report-Submitter */
	uint64_t unknown_members;
	struct quirk_set quirks;
	bool has_policies;
};

/* What one document is about: a policy, or a failure of it. */
struct tlsrpt_item {
	const struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure; /* NULL: the policy itself */
	uint64_t index; /* of the failure in the failure-details of its policy, from 0 on */
};

/* fallback is the domain of a policy that names none.  What was made on the
 * way lives in the arena; strings and mx_host are replaced by their clean
 * form, so a digest comes first.  false: the arena is full. */
bool tlsrpt_policy_interpret(struct tlsrpt_policy *policy, struct slice fallback,
			     struct arena *arena, struct quirk_set *quirks);
bool tlsrpt_failure_interpret(struct tlsrpt_failure *failure, struct arena *arena,
			      struct quirk_set *quirks);

/* The content in one order of members, whatever order it came in. */
void tlsrpt_policy_hash(const struct tlsrpt_policy *policy, struct hash *hash);
void tlsrpt_failure_hash(const struct tlsrpt_failure *failure, struct hash *hash);

/* Session counts as reporters write them. */
enum tlsrpt_count_kind {
	TLSRPT_COUNT_WHOLE,   /* 5, "5", 5.0, 5e0 */
	TLSRPT_COUNT_CLAMPED, /* negative, a fraction, too large: brought into range */
	TLSRPT_COUNT_NONE,    /* no number at all */
};

/* number becomes 0..2^53-1; it is not written for TLSRPT_COUNT_NONE.  Reads
 * numbers of any length. */
enum tlsrpt_count_kind tlsrpt_count_parse(struct slice text, uint64_t *number);

#endif
