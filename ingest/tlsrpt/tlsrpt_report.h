/* tlsrpt_report.h - the data of an SMTP TLS report (RFC 8460)
 *
 * SPDX-License-Identifier: MIT
 *
 * Members are as written until tlsrpt_policy_interpret() and
 * tlsrpt_failure_interpret() interpret them.  An absent member, or an explicit
 * null, is {NULL, 0}.
 */
#ifndef INGEST_TLSRPT_TLSRPT_REPORT_H
#define INGEST_TLSRPT_TLSRPT_REPORT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"
#include "ingest/report/report.h"

/* These limits keep a document below LIMIT_DOCUMENT_BYTES even if every byte needs a
 * six-byte escape, so a report is never refused midway. */
#define TLSRPT_REPORT_TEXT_BYTES (16 * KIB)
#define TLSRPT_POLICY_TEXT_BYTES (24 * KIB)
#define TLSRPT_FAILURE_TEXT_BYTES (48 * KIB)

struct tlsrpt_count {
	uint64_t number;
	bool given;
	struct slice raw; /* original text, if it was not an integer in range */
};

struct tlsrpt_list {
	struct slice *values;
	size_t count, room;
	uint64_t total;   /* including those above LIMIT_LIST_VALUES */
	struct hash rest; /* of the values above the limit */
	bool is_text;     /* one string in place of an array */
};

struct tlsrpt_failure {
	struct tlsrpt_failure *next;
	struct slice result_type, sending_mta_ip, receiving_mx_hostname, receiving_mx_helo;
	struct slice receiving_ip, additional_information, failure_reason_code;
	struct tlsrpt_count failed_session_count;
	/* interpreted */
	struct slice result;              /* lower case; "unspecified" if missing */
	struct slice receiving_mx_domain; /* absent if the hostname is not a domain name */
	struct source_address source;     /* the sending MTA */
	struct source_address server;     /* the receiving host */
	bool synthetic;                   /* in place of failures without details */
};

struct tlsrpt_policy {
	struct tlsrpt_policy *next;
	uint64_t index; /* position in policies */
	struct slice type, domain;
	struct slice key; /* of the policy, where policies are an object; may be its domain */
	struct tlsrpt_list strings, mx_host;
	struct tlsrpt_count successful, failed;
	/* interpreted */
	struct slice type_word;   /* lower case */
	struct slice domain_name; /* normalised, or a substitute */
	const char *tenant;
	struct slice mode;
	uint64_t max_age;
	bool has_max_age;
	struct slice *mx_hosts, *tlsa; /* from the policy string */
	size_t mx_host_count, tlsa_count;
	char digest[2 * HASH_SIZE + 1]; /* of the policy string; "" if there is none */
	/* its failure details */
	struct tlsrpt_failure *failures; /* if they are kept */
	uint64_t failure_count;
	uint64_t failure_sum; /* of their counts, at most INT64_MAX */
};

struct tlsrpt_report {
	struct slice organization, contact_info, report_id, start, end;
	struct slice submitter; /* domain in the mail's TLS-Report-Submitter */
	uint64_t unknown_members;
	struct quirk_set quirks;
	bool has_policies;
};

/* The subject of one document: a policy, or one of its failures. */
struct tlsrpt_item {
	const struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure; /* NULL: the policy itself */
	uint64_t index;                 /* position in the failure-details of its policy, from 0 */
};

/* fallback: domain for a policy that names none.  Derived data lives in the arena.  strings
 * and mx_host are replaced by their normalised form, so hash the policy first.  false: the
 * arena is full. */
bool tlsrpt_policy_interpret(struct tlsrpt_policy *policy, struct slice fallback,
			     struct arena *arena, struct quirk_set *quirks);
bool tlsrpt_failure_interpret(struct tlsrpt_failure *failure, struct arena *arena,
			      struct quirk_set *quirks);

/* Hashes the content in a fixed order of members. */
void tlsrpt_policy_hash(const struct tlsrpt_policy *policy, struct hash *hash);
void tlsrpt_failure_hash(const struct tlsrpt_failure *failure, struct hash *hash);

#endif
