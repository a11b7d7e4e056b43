/* policy_digest.h - the digest that identifies a policy
 *
 * SPDX-License-Identifier: MIT
 *
 * The same function hashes the policy in a report and the policy that a domain
 * serves, so the two can be joined by equality.
 */
#ifndef INGEST_TLSRPT_POLICY_DIGEST_H
#define INGEST_TLSRPT_POLICY_DIGEST_H

#include "base/hash.h"
#include "base/slice.h"

/* SHA-256, in hex, of the lines of an MTA-STS policy (without line ends and surrounding
 * blanks) or of TLSA records, independent of their order; only the first LIMIT_LIST_VALUES
 * count.  "" if there are none. */
void tlsrpt_policy_digest(const struct slice *lines, size_t count,
			  char digest[static 2 * HASH_SIZE + 1]);

/* The same for a policy file. */
void tlsrpt_policy_file_digest(struct slice file, char digest[static 2 * HASH_SIZE + 1]);

#endif
