/* input.h - a stream of bytes that can be read again from its start
 *
 * SPDX-License-Identifier: MIT
 *
 * What the parsers read: bytes in memory, a file, or either of them unpacked.
 * Reports of any size pass through in constant memory; a parser that needs
 * two passes (first the totals and the digest, then the documents) rewinds.
 *
 * Ownership: input_close() frees the input and what it holds open, but never
 * the memory or the input it reads from.
 */
#ifndef INGEST_REPORT_INPUT_H
#define INGEST_REPORT_INPUT_H

#include "base/error.h"
#include "base/slice.h"

struct input;

/* Fills up to size bytes; *got == 0 is the end.  Errors are REJECT (the data
 * is broken: reason "bad-gzip", "too-large", ...) or RETRY (it could not be
 * read). */
bool input_read(struct input *input, char *buffer, size_t size, size_t *got, struct error *err);
bool input_rewind(struct input *input, struct error *err);
void input_close(struct input *input);

/* Reading anywhere, which zip needs: its table of contents is at its end.
 * Neither moves the position of input_read(); both are for inputs that are
 * seekable alone. */
bool input_is_seekable(const struct input *input);
bool input_size(struct input *input, uint64_t *size, struct error *err);
bool input_read_at(struct input *input, uint64_t at, char *buffer, size_t size, size_t *got,
		   struct error *err);

/* Bytes in memory; they must outlive the input. */
struct input *input_from_memory(struct slice bytes);

/* A regular file from its start; closes fd at the end. */
struct input *input_from_file(int fd);

#endif
