/* output_log.c - what is said of an output that makes us wait
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/wiring/output_log.h"

#include "base/clock.h"
#include "base/log.h"

#define QUIET_MS 60000

void output_log_waiting(const struct error *why)
{
	static int64_t quiet_until;
	static uint64_t times;
	const int64_t now = clock_ms();

	times++;
	if (now < quiet_until)
		return;
	log_event(LOG_LEVEL_WARNING, "output-waits", LOG_TEXT("error", why->text),
		  LOG_NUMBER("times", times));
	quiet_until = now + QUIET_MS;
	times = 0;
}
