/* tlsrpt_count.c - session counts as reporters write them
 *
 * SPDX-License-Identifier: MIT
 *
 * A JSON number is digits with a decimal point somewhere, moved by the
 * exponent; no floating point, so that 2^53-1 stays what it is.
 */
#include "ingest/tlsrpt/tlsrpt_count.h"

#include "base/ascii.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

/* Further than any number can be long; keeps the sums below from overflowing. */
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
	*text = (struct slice){ text->data + digits.size, text->size - digits.size };
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

static bool split_decimal(struct slice text, struct decimal *d)
{
	*d = (struct decimal){ .fraction = { "", 0 } };
	text = slice_trim(text);
	d->negative = take(&text, '-');
	if (!d->negative)
		take(&text, '+');
	d->whole = take_digits(&text);
	if (take(&text, '.'))
		d->fraction = take_digits(&text);
	if (d->whole.size + d->fraction.size == 0)
		return false;
	if (take(&text, 'e') && !take_exponent(&text, &d->exponent))
		return false;
	return text.size == 0;
}

enum tlsrpt_count_kind tlsrpt_count_parse(struct slice text, uint64_t *number)
{
	struct decimal d;
	uint64_t n = 0;
	bool too_large = false, rest = false;
	int64_t place; /* of the digit, counted from the decimal point to the left */

	if (!split_decimal(text, &d))
		return TLSRPT_COUNT_NONE;
	place = (int64_t)d.whole.size + d.exponent;
	for (size_t i = 0; i < d.whole.size + d.fraction.size; i++, place--) {
		const unsigned digit = (unsigned)((i < d.whole.size
							   ? d.whole.data[i]
							   : d.fraction.data[i - d.whole.size]) -
						  '0');

		if (place <= 0)
			rest |= digit != 0;
		else if (n > (TLSRPT_COUNT_MAX - digit) / 10)
			too_large = true;
		else
			n = n * 10 + digit;
	}
	for (; place > 0 && n > 0 && !too_large; place--) {
		too_large = n > TLSRPT_COUNT_MAX / 10;
		n *= 10;
	}
	if (d.negative && (n > 0 || too_large || rest)) {
		*number = 0;
		return TLSRPT_COUNT_CLAMPED;
	}
	*number = too_large ? TLSRPT_COUNT_MAX : n;
	return too_large || rest ? TLSRPT_COUNT_CLAMPED : TLSRPT_COUNT_WHOLE;
}
