/* strbuf.c - a growing buffer with a ceiling
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

char *strbuf_room(struct strbuf *sb, size_t size)
{
	size_t want, alloc;

	if (size > sb->limit - sb->len) {
		sb->overflowed = true;
		return NULL;
	}
	want = sb->len + size + 1;
	if (want > sb->alloc) {
		alloc = sb->alloc < 64 ? 64 : sb->alloc;
		while (alloc < want)
			alloc += alloc / 2;
		if (alloc > sb->limit + 1)
			alloc = sb->limit + 1;
		sb->buf = xreallocarray(sb->alloc > 0 ? sb->buf : NULL, alloc, 1);
		sb->alloc = alloc;
	}
	return sb->buf + sb->len;
}

void strbuf_add(struct strbuf *sb, const char *data, size_t size)
{
	char *room = strbuf_room(sb, size);

	if (!room)
		return;
	if (size > 0)
		memcpy(room, data, size);
	sb->len += size;
	sb->buf[sb->len] = '\0';
}

void strbuf_add_slice(struct strbuf *sb, struct slice text)
{
	strbuf_add(sb, text.data, text.size);
}

void strbuf_add_text(struct strbuf *sb, const char *text)
{
	strbuf_add(sb, text, strlen(text));
}

void strbuf_add_byte(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
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
