/* slice.c - read-only view of bytes
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/slice.h"

#include "base/ascii.h"

static bool is_edge(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0' || c == '\f' ||
	       c == '\v';
}

struct slice slice_trim(struct slice text)
{
	while (text.size > 0 && is_edge(text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 && is_edge(text.data[text.size - 1]))
		text.size--;
	return text;
}

uint32_t slice_hash(struct slice bytes)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < bytes.size; i++)
		hash = (hash ^ (unsigned char)bytes.data[i]) * 16777619;
	return hash;
}

bool slice_same_letters(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (a[i] != b[i] && ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

/* Returns the next character except "-" and "_", in lower case; '\0': the end. */
static char next_letter(struct slice *text)
{
	while (text->size > 0) {
		const char c = ascii_lower(*text->data);

		*text = (struct slice){ text->data + 1, text->size - 1 };
		if (c != '-' && c != '_')
			return c;
	}
	return '\0';
}

bool slice_is_spelling(struct slice text, struct slice name)
{
	char c;

	do {
		c = next_letter(&text);
		if (c != next_letter(&name))
			return false;
	} while (c != '\0');
	return true;
}

int slice_compare(struct slice a, struct slice b)
{
	const size_t size = a.size < b.size ? a.size : b.size;
	const int order = size > 0 ? memcmp(a.data, b.data, size) : 0;

	return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

int slice_compare_items(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

bool slice_starts_with(struct slice text, const char *prefix)
{
	const size_t size = strlen(prefix);

	return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

bool slice_starts_with_nocase(struct slice text, const char *prefix)
{
	const size_t size = strlen(prefix);

	return text.size >= size && slice_is_nocase((struct slice){ text.data, size }, prefix);
}

bool slice_ends_with_nocase(struct slice text, const char *suffix)
{
	const size_t size = strlen(suffix);

	if (text.size < size)
		return false;
	return slice_is_nocase((struct slice){ text.data + text.size - size, size }, suffix);
}

size_t slice_find(struct slice text, char c)
{
	const char *at = text.size > 0 ? memchr(text.data, c, text.size) : NULL;

	return at ? (size_t)(at - text.data) : text.size;
}

size_t slice_find_text(struct slice text, const char *word)
{
	const char *at = text.size > 0 ? memmem(text.data, text.size, word, strlen(word)) : NULL;

	return at ? (size_t)(at - text.data) : text.size;
}

struct slice slice_split(struct slice text, char separator, struct slice *rest)
{
	const size_t at = slice_find(text, separator);

	if (at == text.size)
		*rest = (struct slice){ NULL, 0 };
	else
		*rest = (struct slice){ text.data + at + 1, text.size - at - 1 };
	return (struct slice){ text.data, at };
}

struct slice slice_skip(struct slice text, size_t size)
{
	if (size > text.size)
		size = text.size;
	/* an absent text stays absent */
	return text.data ? (struct slice){ text.data + size, text.size - size } : text;
}

size_t slice_read(struct slice text, size_t *at, char *buffer, size_t size)
{
	const size_t left = text.size - *at;
	const size_t got = size < left ? size : left;

	if (got > 0)
		memcpy(buffer, text.data + *at, got);
	*at += got;
	return got;
}

bool slice_to_uint(struct slice text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;

	if (text.size == 0)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		const unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';

		if (digit > 9 || digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}
