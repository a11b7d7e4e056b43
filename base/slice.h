/* slice.h - read-only view of bytes
 *
 * SPDX-License-Identifier: MIT
 *
 * A slice does not own its bytes, and they need not end in NUL.  {NULL, 0} means
 * "absent"; {"", 0} means "present and empty".
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *data;
	size_t size;
};

/* Returns the bytes of a C string without its NUL; NULL gives the absent slice. */
static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

/* Returns the bytes from start up to, not including, end. */
static inline struct slice slice_between(const char *start, const char *end)
{
	return (struct slice){ start, (size_t)(end - start) };
}

/* Removes spaces, tabs, line ends and NULs from both ends. */
struct slice slice_trim(struct slice text);

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_is(struct slice text, const char *word)
{
	return slice_equal(text, slice_of(word));
}

/* Compares byte by byte; a prefix sorts before a longer slice.  Negative, 0 or positive. */
int slice_compare(struct slice a, struct slice b);
/* The same for qsort(): both point to slices. */
int slice_compare_items(const void *a, const void *b);

/* FNV-1a: fast, but an attacker can construct collisions. */
uint32_t slice_hash(struct slice bytes);

/* Compares ASCII letters without case, in every locale. */
bool slice_same_letters(const char *a, const char *b, size_t size);

static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.size == b.size && slice_same_letters(a.data, b.data, a.size);
}

static inline bool slice_is_nocase(struct slice text, const char *word)
{
	return slice_equal_nocase(text, slice_of(word));
}

/* Whether text is name in another spelling: "sourceIp", "Source-IP",
 * "source_ip". */
bool slice_is_spelling(struct slice text, struct slice name);
bool slice_starts_with(struct slice text, const char *prefix);
bool slice_starts_with_nocase(struct slice text, const char *prefix);
bool slice_ends_with_nocase(struct slice text, const char *suffix);

/* Returns the position of the first byte c, or text.size if there is none. */
size_t slice_find(struct slice text, char c);
/* Returns the position of the first occurrence of word, or text.size. */
size_t slice_find_text(struct slice text, const char *word);

/* Returns the part before the first separator and sets *rest to the part after it,
 * or to the absent slice if there is no separator. */
struct slice slice_split(struct slice text, char separator, struct slice *rest);

/* Returns all but the first size bytes; if there are fewer, an empty slice at the
 * end. */
struct slice slice_skip(struct slice text, size_t size);

/* Copies up to size bytes from *at, advances *at and returns their number; 0: the
 * end. */
size_t slice_read(struct slice text, size_t *at, char *buffer, size_t size);

/* Parses digits only, no sign, no spaces; false if empty, not a number or above
 * max.  *number is set on success only. */
bool slice_to_uint(struct slice text, uint64_t max, uint64_t *number);

#endif
