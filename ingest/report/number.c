/* SPDX-License-Identifier: MIT */
#include "ingest/report/number.h"

#include "base/ascii.h"

#define GROUP_SIZE 3

/* A number is digits with a decimal point or comma, shifted by the exponent.  Floating point is
 * avoided, so that 2^53-1 stays exact. */

/* Longer than any number; prevents overflow of the sums below. */
#define EXPONENT_MAX 1000000

struct decimal {
	struct slice whole, fraction;
	int64_t exponent;
	bool negative;
};

static struct slice take_digits(struct slice *text)
{
	struct slice digits = { text->data, 0 };

	while (digits.size < text->size && ascii_is_digit(text->data[digits.size]))
		digits.size++;
	*text = slice_skip(*text, digits.size);
	return digits;
}

static bool take(struct slice *text, char c)
{
	if (text->size == 0 || ascii_lower(text->data[0]) != c)
		return false;
	*text = (struct slice){ text->data + 1, text->size - 1 };
	return true;
}

static bool take_exponent(struct slice *text, int64_t *exponent)
{
	const bool negative = take(text, '-');
	struct slice digits;

	if (!negative)
		take(text, '+');
	digits = take_digits(text);
	if (digits.size == 0)
		return false;
	for (size_t i = 0; i < digits.size; i++)
		if (*exponent < EXPONENT_MAX)
			*exponent = *exponent * 10 + (digits.data[i] - '0');
	if (negative)
		*exponent = -*exponent;
	return true;
}

static bool is_zeros(struct slice digits)
{
	for (size_t i = 0; i < digits.size; i++)
		if (digits.data[i] != '0')
			return false;
	return true;
}

static bool split_decimal(struct slice text, struct decimal *d)
{
	*d = (struct decimal){ .fraction = { "", 0 } };
	d->negative = take(&text, '-');
	if (!d->negative)
		take(&text, '+');
	d->whole = take_digits(&text);
	if (take(&text, '.')) {
		d->fraction = take_digits(&text);
	} else if (take(&text, ',')) {
		/* "5,0" is a whole number, "1,5" and "1,000" may be either */
		d->fraction = take_digits(&text);
		if (d->fraction.size == 0 || d->fraction.size == GROUP_SIZE ||
		    !is_zeros(d->fraction))
			return false;
	}
	if (d->whole.size + d->fraction.size == 0)
		return false;
	if (take(&text, 'e') && !take_exponent(&text, &d->exponent))
		return false;
	return text.size == 0;
}

static enum number_form decimal_parse(struct slice text, uint64_t *number)
{
	struct decimal d;
	uint64_t n = 0;
	bool too_large = false, rest = false;
	int64_t place; /* position of the digit, counted left from the decimal point */

	if (!split_decimal(text, &d))
		return NUMBER_NONE;
	place = (int64_t)d.whole.size + d.exponent;
	for (size_t i = 0; i < d.whole.size + d.fraction.size; i++, place--) {
		const unsigned digit = (unsigned)((i < d.whole.size
							   ? d.whole.data[i]
							   : d.fraction.data[i - d.whole.size]) -
						  '0');

		if (place <= 0)
			rest |= digit != 0;
		else if (n > (NUMBER_MAX - digit) / 10)
			too_large = true;
		else
			n = n * 10 + digit;
	}
	for (; place > 0 && n > 0 && !too_large; place--) {
		too_large = n > NUMBER_MAX / 10;
		n *= 10;
	}
	if (d.negative && (n > 0 || too_large || rest)) {
		*number = 0;
		return NUMBER_CLAMPED;
	}
	*number = too_large ? NUMBER_MAX : n;
	return too_large || rest ? NUMBER_CLAMPED : NUMBER_WHOLE;
}

/* Returns the size of a separator of thousands at the front of the text; 0: none. */
static size_t separator_size(struct slice text)
{
	static const char *const separators[] = {
		",", "'", ".", " ", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x99",
	}; /* the last: no-break, narrow no-break and thin space, typographic apostrophe */

	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
		if (slice_starts_with(text, separators[i]))
			return strlen(separators[i]);
	return 0;
}

/* Reads "1,234" and "1.234.567", which can only be whole numbers.  "1.234" may have a
 * fraction. */
static bool grouped_parse(struct slice text, uint64_t *number)
{
	struct slice digits = take_digits(&text);
	struct slice separator = { text.data, separator_size(text) };
	unsigned groups = 0;
	uint64_t n, group;

	if (digits.size == 0 || digits.size > GROUP_SIZE || digits.data[0] == '0' ||
	    separator.size == 0 || !slice_to_uint(digits, NUMBER_MAX, &n))
		return false;
	for (; text.size > 0; groups++) {
		if (text.size < separator.size ||
		    memcmp(text.data, separator.data, separator.size) != 0)
			return false;
		text = slice_skip(text, separator.size);
		digits = take_digits(&text);
		if (digits.size != GROUP_SIZE || !slice_to_uint(digits, NUMBER_MAX, &group) ||
		    n > (NUMBER_MAX - group) / 1000)
			return false;
		n = n * 1000 + group;
	}
	if (separator.data[0] == '.' && groups < 2)
		return false;
	*number = n;
	return true;
}

/* Blanks, and no-break spaces as web pages have them. */
static struct slice without_blanks(struct slice text)
{
	static const char space[] = "\xc2\xa0";
	const size_t size = strlen(space);
	size_t before;

	do {
		text = slice_trim(text);
		before = text.size;
		if (slice_starts_with(text, space))
			text = slice_skip(text, size);
		if (text.size >= size && memcmp(text.data + text.size - size, space, size) == 0)
			text.size -= size;
	} while (text.size < before);
	return text;
}

enum number_form number_parse(struct slice text, uint64_t *number)
{
	enum number_form form;

	text = without_blanks(text);
	form = decimal_parse(text, number);
	return form == NUMBER_NONE && grouped_parse(text, number) ? NUMBER_GROUPED : form;
}
