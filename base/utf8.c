/* utf8.c - is it UTF-8, and how far
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
