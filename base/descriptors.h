/* descriptors.h - open files and sockets, and when there are none left
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

#include "base/error.h"

/* 0 to 2 are open from here on: a file that got the number of standard error
 * would get the log. */
void descriptors_open_standard(void);

/* As many as the system allows: the usual soft limit of 1,024 is for programs that
 * use select(). */
void descriptors_raise_limit(void);

/* For a process that was forked: closes all but the standard ones and this one,
 * where it is not negative. */
void descriptors_keep(int kept);

/* True, with RETRY and what to do about it, when none is left.  To be asked where a
 * library does not say: to it a file is missing then, or a name server away. */
bool descriptors_used_up(struct error *err);

#endif
