/* inflate_whole.h - unpacks small data at once
 *
 * SPDX-License-Identifier: MIT
 *
 * libdeflate takes half the time of zlib, but it needs input and output whole and in memory,
 * and their sizes in advance. Nearly every report is small and undamaged. Everything else is
 * streamed (gunzip.h, zip.h): these functions return NULL unless the data is complete, its
 * checksum is right and nothing follows it. So they report no faults, and add no quirks.
 */
#ifndef INGEST_UNWRAP_INFLATE_WHOLE_H
#define INGEST_UNWRAP_INFLATE_WHOLE_H

#include "base/limits.h"
#include "ingest/report/budget.h"
#include "ingest/report/input.h"

/* Some thousand records; fits on the stack. */
#define INFLATE_WHOLE_PACKED_MAX (12 * KIB)

/* gzip data (RFC 1952) of one member. packed is at its start, and must be rewound after NULL;
 * the budget must outlive the result, and is charged for what is read from it. */
struct input *gunzip_whole(struct input *packed, struct budget *budget);

/* Deflate data (RFC 1951) of up to INFLATE_WHOLE_PACKED_MAX bytes. */
struct input *inflate_whole(struct slice packed, uint64_t size, uint32_t crc,
			    struct budget *budget);

#endif
