/* replace_file.h - a file that is there whole, the old one or the new one
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_REPLACE_FILE_H
#define BASE_REPLACE_FILE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"

/* Writes content beside the file, makes it durable, and renames it; then the
 * directory is made durable too, so that what was returned from is there after
 * a power failure.  The file beside it is called ".NAME.new": one process at a
 * time.  A link that stands at the name is replaced, not followed.  RETRY: it
 * could not be written, and the old file stands. */
bool replace_file(int directory, const char *name, struct slice content, mode_t mode,
		  struct error *err);

#endif
