/* utf8.c - UTF-8 validation
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/utf8.h"

size_t utf8_sequence(const char *text, size_t size)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t length;

	if (size == 0)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xc2 && byte[0] <= 0xdf)
		length = 2;
	else if (byte[0] >= 0xe0 && byte[0] <= 0xef)
		length = 3;
	else if (byte[0] >= 0xf0 && byte[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (size < length)
		return 0;
	switch (byte[0]) {
	case 0xe0: low = 0xa0; break;  /* overlong */
	case 0xed: high = 0x9f; break; /* surrogates */
	case 0xf0: low = 0x90; break;  /* overlong */
	case 0xf4: high = 0x8f; break; /* above U+10FFFF */
	}
	if (byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool utf8_valid(struct slice text)
{
	for (size_t at = 0; at < text.size;) {
		const size_t length = utf8_sequence(text.data + at, text.size - at);

		if (length == 0)
			return false;
		at += length;
	}
	return true;
}

struct slice utf8_prefix(struct slice text, size_t size)
{
	if (text.size <= size)
		return text;
	while (size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
		size--;
	return (struct slice){ text.data, size };
}

uint32_t utf8_code_point(const char *sequence, size_t length)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)sequence[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		c = c << 6 | ((unsigned char)sequence[i] & 0x3f);
	return c;
}

struct range {
	uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

#define IS_IN(c, ranges) is_in(c, ranges, sizeof(ranges) / sizeof(ranges[0]))

unsigned utf8_columns(const char *sequence, size_t length)
{
	static const struct range none[] = {
		{ 0x300, 0x36f },   { 0x483, 0x489 },   { 0x591, 0x5bd },   { 0x610, 0x61a },
		{ 0x64b, 0x65f },   { 0xe31, 0xe31 },   { 0xe34, 0xe3a },   { 0xe47, 0xe4e },
		{ 0x1ab0, 0x1aff }, { 0x200b, 0x200d }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
		{ 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
	};
	static const struct range wide[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
		{ 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff },
		{ 0x20000, 0x3fffd },
	};
	const uint32_t c = utf8_code_point(sequence, length);

	if (c < 0x300)
		return 1;
	return IS_IN(c, none) ? 0 : IS_IN(c, wide) ? 2 : 1;
}

bool utf8_is_control(const char *sequence, size_t length)
{
	static const struct range controls[] = {
		{ 0, 0x1f },        { 0x7f, 0x9f },     { 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
	};

	return IS_IN(utf8_code_point(sequence, length), controls);
}
