/* tlsrpt_digest.c - the content of policies and failure details, as written
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_report.h"

static void hash_count(struct hash *hash, const struct tlsrpt_count *count)
{
	hash_uint(hash, count->given);
	hash_uint(hash, count->number);
	hash_field(hash, count->raw);
}

static void hash_list(struct hash *hash, const struct tlsrpt_list *list)
{
	hash_uint(hash, list->total);
	for (size_t i = 0; i < list->count; i++)
		hash_field(hash, list->values[i]);
	if (list->total > list->count) {
		struct hash rest = list->rest;
		uint8_t digest[HASH_SIZE];

		hash_end(&rest, digest);
		hash_bytes(hash, digest, sizeof(digest));
	}
}

void tlsrpt_policy_hash(const struct tlsrpt_policy *policy, struct hash *hash)
{
	hash_field(hash, policy->type);
	hash_field(hash, policy->domain);
	hash_list(hash, &policy->strings);
	hash_list(hash, &policy->mx_host);
	hash_count(hash, &policy->successful);
	hash_count(hash, &policy->failed);
}

void tlsrpt_failure_hash(const struct tlsrpt_failure *failure, struct hash *hash)
{
	hash_field(hash, failure->result_type);
	hash_field(hash, failure->sending_mta_ip);
	hash_field(hash, failure->receiving_mx_hostname);
	hash_field(hash, failure->receiving_mx_helo);
	hash_field(hash, failure->receiving_ip);
	hash_count(hash, &failure->failed_session_count);
	hash_field(hash, failure->additional_information);
	hash_field(hash, failure->failure_reason_code);
}
