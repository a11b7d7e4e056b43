/* descriptors.h - file descriptors and their limit
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

#include <stddef.h>

#include "base/error.h"

/* Opens descriptors 0 to 2 if they are closed: a file opened as standard error
 * would receive the log. */
void descriptors_open_standard(void);

/* Raises the soft limit to the hard limit: the usual soft limit of 1,024 is for
 * programs that use select(). */
void descriptors_raise_limit(void);

/* The soft limit. */
size_t descriptors_limit(void);

/* For a forked process: closes all descriptors except the standard ones and kept
 * (if not negative). */
void descriptors_keep(int kept);

/* Returns true, with RETRY and advice, if no descriptor is free.  Check it where a
 * library reports descriptor exhaustion as a missing file or an unreachable name
 * server. */
bool descriptors_used_up(struct error *err);

#endif
