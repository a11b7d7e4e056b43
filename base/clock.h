/* clock.h - the two clocks of the program
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Monotonic milliseconds, for deadlines and durations; never displayed. */
int64_t clock_ms(void);

/* Unix seconds, UTC: for event.ingested and log lines, never for an id. */
int64_t clock_unix(void);

#endif
