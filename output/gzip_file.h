/* gzip_file.h - compresses files and reads compressed ones
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_GZIP_FILE_H
#define OUTPUT_GZIP_FILE_H

#include "base/error.h"
#include "base/slice.h"

/* Replaces path with path.gz, which is on disk before path is removed.  RETRY: path
 * is unchanged. */
bool gzip_file(const char *path, struct error *err);

/* Calls back for each line of a file, compressed or not, without its line end;
 * omits a last line without one.  false: the file cannot be read; a missing file has
 * no lines. */
typedef void gzip_line_fn(void *context, struct slice line);
bool gzip_file_lines(const char *path, gzip_line_fn *each, void *context, struct error *err);

#endif
