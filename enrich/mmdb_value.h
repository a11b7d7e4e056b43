/* mmdb_value.h - is a record of an MMDB file safe to be read by libmaxminddb?
 *
 * SPDX-License-Identifier: MIT
 *
 * libmaxminddb up to 1.7 calls itself once per nested array or map that it skips,
 * however many there are, which a hostile file can make more than a stack holds.
 */
#ifndef ENRICH_MMDB_VALUE_H
#define ENRICH_MMDB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Real records nest four deep and have some hundred values. */
#define MMDB_NESTING_MAX 12
#define MMDB_VALUES_MAX 4096

/* data: the data section; offset: of the record in it.  Pointers are followed.
 * false: it nests too deep, has too many values, or is cut off. */
bool mmdb_value_is_bounded(const uint8_t *data, size_t size, size_t offset);

#endif
