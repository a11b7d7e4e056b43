/* strbuf.h - growing buffer with a limit
 *
 * SPDX-License-Identifier: MIT
 *
 * Invariants: buf is never NULL after strbuf_init and always NUL-terminated at
 * buf[len]; embedded NULs are allowed.  An append that would exceed the limit
 * is dropped as a whole and sets overflowed, which stays set until strbuf_reset
 * or strbuf_cut: write everything, then check once.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/printf_like.h"
#include "base/slice.h"

struct strbuf {
	char *buf;
	size_t len; /* bytes in use, without the NUL */
	size_t alloc;
	size_t limit; /* most bytes len may reach */
	bool overflowed;
};

void strbuf_init(struct strbuf *sb, size_t limit);
/* Frees the buffer, which may be initialised again; a zeroed struct is allowed. */
void strbuf_release(struct strbuf *sb);
/* Empties the buffer and keeps its memory. */
void strbuf_reset(struct strbuf *sb);
/* Truncates to an earlier length; clears overflowed. */
void strbuf_cut(struct strbuf *sb, size_t len);

PRINTF_LIKE(2, 3)
void strbuf_add_format(struct strbuf *sb, const char *format, ...);
/* Appends decimal digits; ten times as fast as a format. */
void strbuf_add_uint(struct strbuf *sb, uint64_t number);

/* Slow path of strbuf_room(). */
char *strbuf_grow(struct strbuf *sb, size_t size);

/* Makes room for size more bytes at buf + len; the caller writes them, adds to len
 * and writes the NUL.  NULL (and overflowed): above the limit. */
static inline char *strbuf_room(struct strbuf *sb, size_t size)
{
	return size < sb->alloc - sb->len ? sb->buf + sb->len : strbuf_grow(sb, size);
}

static inline void strbuf_add(struct strbuf *sb, const char *data, size_t size)
{
	char *room = strbuf_room(sb, size);

	if (!room)
		return;
	if (size > 0)
		memcpy(room, data, size);
	sb->len += size;
	sb->buf[sb->len] = '\0';
}

static inline void strbuf_add_slice(struct strbuf *sb, struct slice text)
{
	strbuf_add(sb, text.data, text.size);
}

static inline void strbuf_add_text(struct strbuf *sb, const char *text)
{
	strbuf_add(sb, text, strlen(text));
}

static inline void strbuf_add_byte(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

static inline struct slice strbuf_slice(const struct strbuf *sb)
{
	return (struct slice){ sb->buf, sb->len };
}

#endif
