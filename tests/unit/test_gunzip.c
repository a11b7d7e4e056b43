/* test_gunzip.c - gzip data as an input: members, trailers, bombs
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "ingest/unwrap/gunzip.h"
#include "tests/lib/drip.h"
#include "tests/lib/pack.h"

#define TEXT "what was packed comes out again, and again"

struct outcome {
	bool ok;
	struct error err;
	struct quirk_set quirks;
	struct strbuf content;
	uint64_t charged;
};

/* Data in memory is unpacked at once if it is small and undamaged, else streamed. */
#define IN_MEMORY 0

/* Reads all, in pieces of step bytes in and out, twice. */
static struct outcome unpack(struct slice packed, size_t step, uint64_t limit)
{
	struct budget budget = { .limit = limit };
	struct outcome out = { .ok = true };
	struct input *drip = step == IN_MEMORY ? input_from_memory(packed)
					       : drip_open(packed, step);
	struct input *input = gunzip_open(drip, &budget, &out.quirks);
	char buffer[1000];
	size_t got;

	strbuf_init(&out.content, 64 * MIB);
	for (int pass = 0; out.ok && pass < 2; pass++) {
		strbuf_reset(&out.content);
		do {
			out.ok = input_read(input, buffer,
					    step != IN_MEMORY && step < sizeof(buffer)
						    ? step
						    : sizeof(buffer),
					    &got, &out.err);
			if (out.ok)
				strbuf_add(&out.content, buffer, got);
		} while (out.ok && got > 0);
		if (out.ok)
			assert_true(input_rewind(input, &out.err));
	}
	out.charged = budget.used;
	input_close(input);
	input_close(drip);
	return out;
}

static struct strbuf gzip(const char *text)
{
	struct strbuf packed;

	strbuf_init(&packed, 64 * MIB);
	pack_gzip(&packed, slice_of(text));
	return packed;
}

static void expect(struct slice packed, const char *content, const char *reason, int quirk)
{
	static const size_t steps[] = { IN_MEMORY, 1, 7, 100000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct outcome out = unpack(packed, steps[i], MIB);

		assert_int_equal(out.ok, !reason);
		if (reason)
			assert_string_equal(out.err.reason, reason);
		else
			assert_true(slice_is(strbuf_slice(&out.content), content));
		if (quirk >= 0)
			assert_true(quirk_has(&out.quirks, (enum quirk)quirk));
		else if (!reason)
			assert_int_equal(out.quirks.bits[0] | out.quirks.bits[1], 0);
		strbuf_release(&out.content);
	}
}

static void members_are_one_content(void **state)
{
	struct strbuf packed = gzip(TEXT);

	(void)state;
	expect(strbuf_slice(&packed), TEXT, NULL, -1);
	pack_gzip(&packed, slice_of(""));
	pack_gzip(&packed, slice_of(TEXT));
	expect(strbuf_slice(&packed), TEXT TEXT, NULL, -1);
	strbuf_add_text(&packed, "\r\n");
	expect(strbuf_slice(&packed), TEXT TEXT, NULL, QUIRK_TRAILING_DATA);
	strbuf_add_text(&packed, "\x1f");
	expect(strbuf_slice(&packed), TEXT TEXT, NULL, QUIRK_TRAILING_DATA);
	strbuf_release(&packed);
}

static void header_options_are_skipped(void **state)
{
	/* FEXTRA, FNAME, FCOMMENT and FHCRC, then a stored block "ok" */
	static const char packed[] = "\x1f\x8b\x08\x1e\0\0\0\0\0\3"
				     "\4\0abcd"
				     "name.xml\0"
				     "why\0"
				     "\x12\x34"
				     "\1\2\0\xfd\xff"
				     "ok"
				     "\x47\xdd\xdc\x79\2\0\0\0";

	(void)state;
	expect((struct slice){ packed, sizeof(packed) - 1 }, "ok", NULL, -1);
}

/* Complete data with a cut trailer is whole; data that is cut is not. */
/* What could be unpacked is given, and that something is missing is noted. */
static size_t expect_start(struct slice cut)
{
	struct outcome out = unpack(cut, 7, MIB);
	const size_t size = out.content.len;

	assert_int_equal(out.ok, size > 0);
	if (out.ok) {
		assert_true(slice_starts_with(slice_of(TEXT), out.content.buf));
		assert_true(quirk_has(&out.quirks, QUIRK_GZIP_CUT));
	} else {
		assert_string_equal(out.err.reason, "bad-gzip");
	}
	strbuf_release(&out.content);
	return size;
}

static void cut_at_every_byte(void **state)
{
	struct strbuf packed = gzip(TEXT);
	size_t most = 0;

	(void)state;
	for (size_t size = 0; size < packed.len; size++) {
		const struct slice cut = { packed.buf, size };

		if (size >= packed.len - 8)
			expect(cut, TEXT, NULL, QUIRK_GZIP_TRAILER);
		else
			most = expect_start(cut);
	}
	assert_true(most > strlen(TEXT) / 2);
	strbuf_release(&packed);
}

static void damage_is_found(void **state)
{
	struct strbuf packed = gzip(TEXT);

	(void)state;
	packed.buf[packed.len - 1] ^= 1; /* size */
	expect(strbuf_slice(&packed), NULL, "bad-gzip", -1);
	packed.buf[packed.len - 1] ^= 1;
	packed.buf[packed.len - 8] ^= 1; /* checksum */
	expect(strbuf_slice(&packed), NULL, "bad-gzip", -1);
	packed.buf[2] = 7; /* method */
	expect(strbuf_slice(&packed), NULL, "bad-gzip", -1);
	expect(slice_of("no gzip at all"), NULL, "bad-gzip", -1);
	strbuf_release(&packed);
}

static void small_data_is_charged_when_it_is_read(void **state)
{
	static const char zeros[200 * KIB];
	struct strbuf packed;
	struct outcome out;

	(void)state;
	strbuf_init(&packed, MIB);
	pack_gzip(&packed, (struct slice){ zeros, sizeof(zeros) });
	out = unpack(strbuf_slice(&packed), IN_MEMORY, sizeof(zeros));
	assert_true(out.ok);
	assert_int_equal(out.charged, sizeof(zeros)); /* once, though read twice */
	strbuf_release(&out.content);
	out = unpack(strbuf_slice(&packed), IN_MEMORY, 64 * KIB);
	assert_false(out.ok);
	assert_string_equal(out.err.reason, "too-large");
	assert_true(out.content.len <= 64 * KIB);
	strbuf_release(&out.content);
	strbuf_release(&packed);
}

static void the_budget_ends_a_bomb(void **state)
{
	const size_t size = 16 * MIB;
	char *zeros = calloc(1, size);
	struct strbuf packed;
	struct outcome out;

	(void)state;
	strbuf_init(&packed, MIB);
	pack_gzip(&packed, (struct slice){ zeros, size });
	assert_true(size / packed.len > 1000);

	out = unpack(strbuf_slice(&packed), 4096, size);
	assert_true(out.ok);
	assert_int_equal(out.charged, size); /* once, though read twice */
	strbuf_release(&out.content);

	out = unpack(strbuf_slice(&packed), 4096, size - 1);
	assert_false(out.ok);
	assert_string_equal(out.err.reason, "too-large");
	strbuf_release(&out.content);

	out = unpack(strbuf_slice(&packed), 4096, 64 * KIB);
	assert_false(out.ok);
	assert_true(out.content.len <= 64 * KIB);
	strbuf_release(&out.content);
	strbuf_release(&packed);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_one_content),
		cmocka_unit_test(header_options_are_skipped),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(small_data_is_charged_when_it_is_read),
		cmocka_unit_test(the_budget_ends_a_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
