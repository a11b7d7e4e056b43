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

enum octet { OCTET_OTHER, OCTET_DOT, OCTET_DIGIT, OCTET_SMALL, OCTET_CAPITAL };

/* Octets allowed in names.  A table, because every octet of every domain in a
 * report is checked. */
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

/* Copies an ASCII name in lower case and checks each label. */
static bool ascii_name(struct arena *arena, struct slice text, struct slice *domain)
{
	char name[DOMAIN_SIZE_MAX], *copy;
	size_t label = 0; /* start of the label */
	bool digits = true;

	if (text.size > DOMAIN_SIZE_MAX)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		const enum octet octet = octets[(unsigned char)text.data[i]];

		name[i] = text.data[i];
		if (octet == OCTET_DOT) {
			if (!label_fits(i - label))
				return false;
			label = i + 1;
			digits = true;
			continue;
		}
		if (octet == OCTET_OTHER)
			return false;
		if (octet == OCTET_CAPITAL)
			name[i] |= 0x20;
		digits &= octet == OCTET_DIGIT;
	}
	if (digits || !label_fits(text.size - label))
		return false;
	copy = arena_text(arena, (struct slice){ name, text.size });
	if (!copy)
		return false;
	*domain = (struct slice){ copy, text.size };
	return true;
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
