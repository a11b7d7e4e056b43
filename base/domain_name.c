/* domain_name.c - normalised spelling of domain names
 *
 * SPDX-License-Identifier: MIT
 *
 * Nearly all names are plain ASCII and never reach the IDN library.
 */
#include "base/domain_name.h"

#include <idn2.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#define LABEL_SIZE_MAX 63
/* The longest U-label form of a name is shorter than four bytes per octet. */
#define TEXT_SIZE_MAX (4 * DOMAIN_SIZE_MAX)

static void a_label_free(char *text)
{
	idn2_free(text);
}
DEFINE_CLEANUP(char *, a_label_free)

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return false;
	return true;
}

/* Kinds of octets in names, as bits; 0: all others. */
enum { OCTET_DIGIT = 1, OCTET_SMALL = 2, OCTET_CAPITAL = 4, OCTET_DOT = 8 };
#define OCTET_OF_LABEL (OCTET_DIGIT | OCTET_SMALL | OCTET_CAPITAL)

/* A table, because every octet of every domain in a report is checked. */
/* clang-format off */
static const uint8_t octets[256] = {
	['.'] = OCTET_DOT,
	['0' ... '9'] = OCTET_DIGIT,
	['a' ... 'z'] = OCTET_SMALL,
	['-'] = OCTET_SMALL,
	['_'] = OCTET_SMALL,
	['A' ... 'Z'] = OCTET_CAPITAL,
};
/* clang-format on */

static bool label_fits(size_t size)
{
	return size > 0 && size <= LABEL_SIZE_MAX;
}

/* Is it an ASCII name whose last label is not a number?  Sets *any to the kinds of octets in
 * it. */
static bool is_ascii_name(struct slice text, unsigned *any)
{
	size_t at = 0;

	if (text.size > DOMAIN_SIZE_MAX)
		return false;
	for (*any = 0;; at++) {
		const size_t label = at;
		unsigned kinds = 0, octet = 0;

		for (; at < text.size; at++) {
			octet = octets[(unsigned char)text.data[at]];
			if (!(octet & OCTET_OF_LABEL))
				break;
			kinds |= octet;
		}
		*any |= kinds;
		if (!label_fits(at - label))
			return false;
		if (at == text.size)
			return kinds != OCTET_DIGIT;
		if (octet != OCTET_DOT)
			return false;
	}
}

static bool ascii_name(struct arena *arena, struct slice text, struct slice *domain)
{
	unsigned any;
	struct slice copy;

	if (!is_ascii_name(text, &any))
		return false;
	copy = any & OCTET_CAPITAL ? arena_lower(arena, text) : arena_slice(arena, text);
	if (!copy.data)
		return false;
	*domain = copy;
	return true;
}

bool domain_is_normal(struct slice text)
{
	unsigned any;

	return is_ascii_name(text, &any) && !(any & OCTET_CAPITAL);
}

bool domain_normalise(struct arena *arena, struct slice text, struct slice *domain)
{
	char u_form[TEXT_SIZE_MAX + 1];
	cleanup(a_label_free) char *a_form = NULL;

	text = slice_trim(text);
	if (text.size > 0 && text.data[text.size - 1] == '.')
		text.size--;
	if (text.size == 0 || text.size > TEXT_SIZE_MAX)
		return false;
	if (ascii_name(arena, text, domain))
		return true;
	if (is_ascii(text) || !utf8_valid(text) || memchr(text.data, '\0', text.size))
		return false;
	memcpy(u_form, text.data, text.size);
	u_form[text.size] = '\0';
	if (idn2_to_ascii_8z(u_form, &a_form, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
		return false;
	text = slice_of(a_form);
	/* The IDN library turns an ideographic full stop at the end into a dot. */
	if (text.size > 0 && text.data[text.size - 1] == '.')
		text.size--;
	return ascii_name(arena, text, domain);
}
