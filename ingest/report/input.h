/* input.h - a byte stream that can be rewound
 *
 * SPDX-License-Identifier: MIT
 *
 * Parsers read inputs: bytes in memory, a file, or the unpacked contents of another
 * input.  Reports of any size are read in constant memory; a parser that needs two
 * passes (totals and digest first, then documents) rewinds.
 *
 * Ownership: input_close() frees the input and what it holds open, but never the
 * memory or the input it reads from.
 */
#ifndef INGEST_REPORT_INPUT_H
#define INGEST_REPORT_INPUT_H

#include "base/error.h"
#include "base/slice.h"

struct input;

/* Reads up to size bytes; *got == 0 is the end.  Errors: REJECT (the data is broken: reason
 * "bad-gzip", "too-large", ...) or RETRY (read error). */
bool input_read(struct input *input, char *buffer, size_t size, size_t *got, struct error *err);
bool input_rewind(struct input *input, struct error *err);
void input_close(struct input *input);

/* Random access for zip, whose central directory is at the end.  Neither function moves the
 * position of input_read(); both require a seekable input. */
bool input_is_seekable(const struct input *input);
bool input_size(struct input *input, uint64_t *size, struct error *err);
bool input_read_at(struct input *input, uint64_t at, char *buffer, size_t size, size_t *got,
		   struct error *err);

/* Bytes in memory; they must outlive the input. */
struct input *input_from_memory(struct slice bytes);

/* A regular file from its start; input_close() closes fd. */
struct input *input_from_file(int fd);

#endif
