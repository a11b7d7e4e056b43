/* mmdb_value.h - can libmaxminddb safely read a record of an MMDB file?
 *
 * SPDX-License-Identifier: MIT
 *
 * libmaxminddb up to 1.7 recurses once per nested array or map that it skips,
 * without a limit, so a hostile file can overflow the stack.
 */
#ifndef ENRICH_MMDB_VALUE_H
#define ENRICH_MMDB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Real records nest four deep and have a few hundred values. */
#define MMDB_NESTING_MAX 12
#define MMDB_VALUES_MAX 4096

/* data is the data section, offset that of the record in it.  Follows pointers.  false:
 * nested too deep, too many values, or truncated. */
bool mmdb_value_is_bounded(const uint8_t *data, size_t size, size_t offset);

#endif
