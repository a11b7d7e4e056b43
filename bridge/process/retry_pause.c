/* retry_pause.c - pause after a failed visit to a mailbox
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/retry_pause.h"

#include "base/backoff.h"

#define FIRST_AWAY_MS 5000
#define LONGEST_AWAY_MS (2 * 60 * 1000)
#define FIRST_FATAL_MS (60 * 1000)
#define LONGEST_FATAL_MS (15 * 60 * 1000)

int64_t retry_pause_ms(struct retry_failures *failures, enum error_class class, uint32_t random)
{
	if (class == ERROR_FATAL)
		return backoff_ms(failures->fatal++, FIRST_FATAL_MS, LONGEST_FATAL_MS, random);
	return backoff_ms(failures->away++, FIRST_AWAY_MS, LONGEST_AWAY_MS, random);
}
