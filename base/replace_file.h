/* replace_file.h - replaces a file atomically
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_REPLACE_FILE_H
#define BASE_REPLACE_FILE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"

/* Writes content to a temporary file ".NAME.new" beside it, syncs it, renames it and
 * syncs its directory, so that the new file survives a power failure after the
 * return.  path: relative to the directory, which may be AT_FDCWD.  Only one process at
 * a time may call it.  A symbolic link at the path is replaced, not followed.  RETRY: it
 * could not be written, and the old file is unchanged. */
bool replace_file(int directory, const char *path, struct slice content, mode_t mode,
		  struct error *err);

#endif
