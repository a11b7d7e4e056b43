/* xalloc.c - allocate or abort
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_abort(void *memory)
{
	if (!memory) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *xmalloc(size_t size)
{
	return or_abort(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return or_abort(calloc(count ? count : 1, size ? size : 1));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	return or_abort(reallocarray(old, count ? count : 1, size ? size : 1));
}

void *xgrow(void *old, size_t count, size_t *alloc, size_t size)
{
	if (count < *alloc)
		return old;
	*alloc = *alloc > 0 ? 2 * *alloc : 16;
	return xreallocarray(old, *alloc, size);
}

char *xstrdup(const char *text)
{
	return or_abort(strdup(text));
}

char *xmemdup(const char *data, size_t size)
{
	char *copy = xmalloc(size + 1);

	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}
