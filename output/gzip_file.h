/* gzip_file.h - compressed files, whole
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_GZIP_FILE_H
#define OUTPUT_GZIP_FILE_H

#include "base/error.h"
#include "base/slice.h"

/* Replaces path by path.gz, which is on disk before path goes.  RETRY: it is
 * as it was. */
bool gzip_file(const char *path, struct error *err);

/* Calls for each line of a file, compressed or not, without its line end; the
 * last one may lack it and is left out then.  false: it cannot be read; a file
 * that is not there has no lines. */
typedef void gzip_line_fn(void *context, struct slice line);
bool gzip_file_lines(const char *path, gzip_line_fn *each, void *context, struct error *err);

#endif
