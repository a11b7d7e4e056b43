/* fuzz.h - what the fuzz targets have in common
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FUZZ_NOW INT64_C(1795478400) /* 2026-11-24T00:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assert that no build leaves out. */
static inline void check(bool true_always)
{
	if (!true_always)
		abort();
}

#endif
