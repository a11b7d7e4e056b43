/* rotation.h - file rotation: NAME, NAME.1, NAME.2.gz, ...
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ROTATION_H
#define OUTPUT_ROTATION_H

#include "output/gzip_file.h"

/* Renames NAME to NAME.1, compresses it if requested, increments the number of each
 * older file and removes those above keep.  Starts with the oldest: an interruption
 * loses nothing, but leaves a gap in the numbers.  RETRY: NAME was not renamed. */
bool rotate_file(const char *path, uint64_t keep, bool compress, struct error *err);

/* Calls back for the lines of a rotated file, compressed or not; a missing one has
 * none. */
bool rotated_file_lines(const char *path, uint64_t number, gzip_line_fn *each, void *context,
			struct error *err);

#endif
