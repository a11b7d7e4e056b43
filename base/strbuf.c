/* strbuf.c - growing buffer with a limit
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

static char empty[1];

void strbuf_init(struct strbuf *sb, size_t limit)
{
	*sb = (struct strbuf){ .buf = empty, .limit = limit };
}

void strbuf_release(struct strbuf *sb)
{
	if (sb->alloc > 0)
		free(sb->buf);
	*sb = (struct strbuf){ .buf = empty, .limit = sb->limit };
}

void strbuf_reset(struct strbuf *sb)
{
	strbuf_cut(sb, 0);
}

void strbuf_cut(struct strbuf *sb, size_t len)
{
	if (sb->alloc > 0) {
		sb->len = len;
		sb->buf[len] = '\0';
	}
	sb->overflowed = false;
}

char *strbuf_grow(struct strbuf *sb, size_t size)
{
	size_t want, alloc;

	if (size > sb->limit - sb->len) {
		sb->overflowed = true;
		return NULL;
	}
	want = sb->len + size + 1;
	if (want > sb->alloc) {
		alloc = sb->alloc < 128 ? 128 : sb->alloc;
		while (alloc < want)
			alloc *= 2;
		if (alloc > sb->limit + 1)
			alloc = sb->limit + 1;
		sb->buf = xreallocarray(sb->alloc > 0 ? sb->buf : NULL, alloc, 1);
		sb->alloc = alloc;
	}
	return sb->buf + sb->len;
}

void strbuf_add_format(struct strbuf *sb, const char *format, ...)
{
	va_list args, again;
	int size;
	char *room;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	room = size < 0 ? NULL : strbuf_room(sb, (size_t)size);
	if (room) {
		vsnprintf(room, (size_t)size + 1, format, again);
		sb->len += (size_t)size;
	}
	va_end(again);
}

void strbuf_add_uint(struct strbuf *sb, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	strbuf_add(sb, digits + at, sizeof(digits) - at);
}
