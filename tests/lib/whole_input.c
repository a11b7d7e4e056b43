/* whole_input.c - all that an input holds
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/whole_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

void whole_input(struct input *input, size_t size, struct strbuf *out)
{
	char piece[64];
	struct error err;
	size_t got;

	strbuf_reset(out);
	do {
		assert_true(input_read(input, piece, size, &got, &err));
		assert_true(got <= size);
		strbuf_add(out, piece, got);
	} while (got > 0);
}
