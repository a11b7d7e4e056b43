/* xalloc.h - allocate or abort
 *
 * SPDX-License-Identifier: MIT
 *
 * External sizes are limited before they reach these functions (base/limits.h),
 * so running out of memory is the machine's fault, not an input's: the process
 * aborts, and the mailbox still holds the mail.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* Aborts if count * size overflows. */
void *xreallocarray(void *old, size_t count, size_t size);
/* Makes room for item number count: returns old if *alloc items suffice, else a reallocated
 * array, and at least doubles *alloc.  size: bytes of one item. */
void *xgrow(void *old, size_t count, size_t *alloc, size_t size);
char *xstrdup(const char *text);
/* Returns a copy of size bytes plus NUL. */
char *xmemdup(const char *data, size_t size);

#endif
