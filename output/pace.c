/* pace.c - size and number of concurrent requests
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/pace.h"

/* Good answers before an increase, and the fraction by which a request grows. */
#define GOOD_FOR_A_STEP 16
#define STEP 8
/* A slow server gets no smaller requests than this: it would not help. */
#define LEAST_BYTES ((size_t)64 << 10)

void pace_init(struct pace *pace, size_t most_bytes, unsigned most_requests)
{
	*pace = (struct pace){
		.bytes = most_bytes,
		.most_bytes = most_bytes,
		.requests = most_requests,
		.most_requests = most_requests,
		.halved_bytes = INT64_MIN,
		.halved_requests = INT64_MIN,
	};
}

void pace_good(struct pace *pace)
{
	const size_t step = pace->bytes / STEP + 1;

	if (++pace->good < GOOD_FOR_A_STEP)
		return;
	pace->good = 0;
	pace->bytes = pace->most_bytes - pace->bytes > step ? pace->bytes + step : pace->most_bytes;
	if (pace->requests < pace->most_requests)
		pace->requests++;
}

void pace_busy(struct pace *pace, int64_t begun, int64_t now)
{
	pace->good = 0;
	if (begun <= pace->halved_requests)
		return;
	pace->halved_requests = now;
	pace->requests = (pace->requests + 1) / 2;
}

void pace_slow(struct pace *pace, int64_t begun, int64_t now)
{
	pace->good = 0;
	if (begun <= pace->halved_bytes)
		return;
	pace->halved_bytes = now;
	if (pace->bytes >= 2 * LEAST_BYTES)
		pace->bytes /= 2;
}

void pace_too_large(struct pace *pace, size_t bytes)
{
	pace->good = 0;
	if (bytes / 2 < pace->bytes)
		pace->bytes = bytes / 2;
}
