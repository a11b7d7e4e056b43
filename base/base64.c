/* base64.c - base64 (RFC 4648) as found in mail
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/base64.h"

/* Value of each letter of the alphabet plus one; 0 marks all other bytes. */
/* clang-format off */
static const uint8_t value_plus_one[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
	['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29,
	['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43,
	['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
	['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};
/* clang-format on */

/* Decodes a group of count letters (2 to 4). */
static size_t put_group(uint32_t bits, unsigned count, char *out)
{
	if (count < 2)
		return 0;
	bits <<= 6 * (4 - count);
	out[0] = (char)(bits >> 16);
	if (count > 2)
		out[1] = (char)(bits >> 8);
	if (count > 3)
		out[2] = (char)bits;
	return count - 1;
}

/* Decodes groups of four letters up to any other byte; returns the number of letters. */
static size_t put_groups(struct slice text, char *out)
{
	size_t at = 0;

	for (; text.size - at >= 4; at += 4) {
		const unsigned char *in = (const unsigned char *)text.data + at;
		const uint32_t a = value_plus_one[in[0]] - 1U, b = value_plus_one[in[1]] - 1U,
			       c = value_plus_one[in[2]] - 1U, d = value_plus_one[in[3]] - 1U;

		if ((a | b | c | d) > 63)
			break;
		put_group(a << 18 | b << 12 | c << 6 | d, 4, out);
		out += 3;
	}
	return at;
}

size_t base64_step(struct base64 *state, struct slice text, char *out)
{
	uint32_t bits = state->bits;
	unsigned count = state->count;
	size_t used = 0, i = 0;

	while (i < text.size) {
		unsigned char c;

		if (count == 0) {
			const size_t letters = put_groups(slice_skip(text, i), out + used);

			used += letters / 4 * 3;
			i += letters;
			if (i == text.size)
				break;
		}
		c = (unsigned char)text.data[i++];

		if (c == '=') {
			used += put_group(bits, count, out + used);
			count = 0;
			bits = 0;
		} else if (value_plus_one[c]) {
			bits = bits << 6 | (uint32_t)(value_plus_one[c] - 1);
			if (++count == 4) {
				used += put_group(bits, count, out + used);
				count = 0;
				bits = 0;
			}
		}
	}
	*state = (struct base64){ bits, count };
	return used;
}

size_t base64_finish(const struct base64 *state, char *out)
{
	return put_group(state->bits, state->count, out);
}

size_t base64_decode(struct slice text, char *out)
{
	struct base64 state = { 0 };
	const size_t used = base64_step(&state, text, out);

	return used + base64_finish(&state, out + used);
}

void base64_encode(struct strbuf *out, struct slice bytes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.size; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 |
			       (i + k < bytes.size ? (unsigned char)bytes.data[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			strbuf_add_byte(out, i + k > bytes.size
						     ? '='
						     : letters[bits >> (18 - 6 * k) & 63]);
	}
}
