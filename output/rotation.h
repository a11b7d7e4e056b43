/* rotation.h - a file and its forerunners: NAME, NAME.1, NAME.2.gz, ...
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ROTATION_H
#define OUTPUT_ROTATION_H

#include "output/gzip_file.h"

/* NAME becomes NAME.1, compressed if wanted, each older one gets the next number,
 * and the one above keep is removed.  From the oldest to the youngest: stopped
 * anywhere, nothing is lost, but the numbers have a gap.  RETRY: NAME is where
 * it was. */
bool rotate_file(const char *path, uint64_t keep, bool compress, struct error *err);

/* The lines of forerunner number, compressed or not; none where it is not there. */
bool rotated_file_lines(const char *path, uint64_t number, gzip_line_fn *each, void *context,
			struct error *err);

#endif
