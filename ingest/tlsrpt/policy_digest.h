/* policy_digest.h - one policy, told from the next
 *
 * SPDX-License-Identifier: MIT
 *
 * The same function makes it of the policy that a report names and of the one
 * that a domain serves, so the two join by equality.
 */
#ifndef INGEST_TLSRPT_POLICY_DIGEST_H
#define INGEST_TLSRPT_POLICY_DIGEST_H

#include "base/hash.h"
#include "base/slice.h"

/* SHA-256, in hex, of the lines of an MTA-STS policy (without line ends and
 * blanks around) or of TLSA records, whatever their order; of the first
 * LIMIT_LIST_VALUES.  "" when there is none. */
void tlsrpt_policy_digest(const struct slice *lines, size_t count,
			  char digest[static 2 * HASH_SIZE + 1]);

/* The same of a policy file. */
void tlsrpt_policy_file_digest(struct slice file, char digest[static 2 * HASH_SIZE + 1]);

#endif
