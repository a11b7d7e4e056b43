/* test_zip.c - archives: every member, nothing believed
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "ingest/unwrap/zip.h"
#include "tests/lib/pack.h"

static const struct pack_member three[] = {
	{ .name = "folder/" },
	{ .name = "folder/one.xml", .content = { "first", 5 } },
	{ .name = "two.xml", .content = { "second", 6 } },
	{ .name = "secret.xml", .content = { "third", 5 }, .password = "x" },
};

static bool read_member(struct input *input, char *text, size_t size, struct error *err)
{
	size_t used = 0, got;

	do {
		if (!input_read(input, text + used, size - used, &got, err))
			return false;
		used += got;
	} while (got > 0 && used < size);
	text[used < size ? used : size - 1] = '\0';
	return true;
}

static void expect_three(struct input *packed)
{
	struct budget budget = { .limit = MIB };
	struct quirk_set none = { 0 };
	struct unzip *unzip;
	struct unzip_member member;
	char text[20];
	struct error err;

	assert_true(unzip_open(packed, &budget, 4, &unzip, &err));
	for (int i = 1; i < 3; i++) {
		assert_true(unzip_next(unzip, &none, &member));
		assert_true(slice_is(member.name, three[i].name));
		for (int pass = 0; pass < 2; pass++) {
			assert_true(read_member(member.input, text, sizeof(text), &err));
			assert_true(slice_is(three[i].content, text));
			assert_true(input_rewind(member.input, &err));
		}
		input_close(member.input);
	}
	assert_true(unzip_next(unzip, &none, &member));
	assert_null(member.input);
	assert_string_equal(member.refusal.reason, "unsupported");
	assert_false(unzip_next(unzip, &none, &member));
	assert_int_equal(budget.used, 11); /* once, though read twice */
	unzip_close(unzip);
	input_close(packed);
}

static void members_in_memory_and_on_disk(void **state)
{
	struct strbuf packed;
	const int fd = memfd_create("zip", 0);

	(void)state;
	strbuf_init(&packed, MIB);
	pack_zip(&packed, three, 4);
	expect_three(input_from_memory(strbuf_slice(&packed)));
	assert_int_equal(write(fd, packed.buf, packed.len), packed.len);
	expect_three(input_from_file(fd));
	strbuf_release(&packed);
}

/* Of the members reason_of() has read. */
static struct quirk_set quirks;

/* Opens and reads all members; the reason of the first failure, or NULL. */
static const char *reason_of(struct slice packed, unsigned max_members, uint64_t limit)
{
	struct budget budget = { .limit = limit };
	struct input *input = input_from_memory(packed);
	const char *reason = NULL;
	char text[64 * KIB];
	struct unzip *unzip;
	struct unzip_member member;
	struct error err;

	quirks = (struct quirk_set){ 0 };
	if (!unzip_open(input, &budget, max_members, &unzip, &err)) {
		input_close(input);
		return err.reason;
	}
	while (unzip_next(unzip, &quirks, &member)) {
		size_t got = 1;

		if (!member.input)
			reason = member.refusal.reason;
		while (!reason && got > 0)
			if (!input_read(member.input, text, sizeof(text), &got, &err))
				reason = err.reason;
		input_close(member.input);
		assert_true(budget.used <= limit);
	}
	unzip_close(unzip);
	input_close(input);
	return reason;
}

static void too_many_members(void **state)
{
	struct strbuf packed;
	struct pack_member *many = calloc(10000, sizeof(*many));
	static char names[10000][8];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i);
		many[i] = (struct pack_member){ .name = names[i], .content = slice_of("x") };
	}
	strbuf_init(&packed, 16 * MIB);
	pack_zip(&packed, many, 10000);
	assert_string_equal(reason_of(strbuf_slice(&packed), 1000, MIB), "too-many-parts");
	strbuf_reset(&packed);
	pack_zip(&packed, many, 1001);
	assert_string_equal(reason_of(strbuf_slice(&packed), 1000, MIB), "too-many-parts");
	strbuf_reset(&packed);
	pack_zip(&packed, many, 1000);
	assert_null(reason_of(strbuf_slice(&packed), 1000, MIB));
	strbuf_release(&packed);
	free(many);
}

static void bombs_and_lies(void **state)
{
	const size_t size = 8 * MIB;
	char *zeros = calloc(1, size);
	const struct pack_member bomb = { .name = "bomb", .content = { zeros, size } };
	const struct pack_member small = { .name = "small", .content = { zeros, 1000 } };
	struct strbuf packed;
	size_t at;

	(void)state;
	strbuf_init(&packed, MIB);
	pack_zip(&packed, &bomb, 1);
	assert_null(reason_of(strbuf_slice(&packed), 1, size));
	assert_string_equal(reason_of(strbuf_slice(&packed), 1, size - 1), "too-large");
	/* the uncompressed size in the table of contents: 10 bytes */
	at = (size_t)((char *)memmem(packed.buf, packed.len, "PK\1\2", 4) - packed.buf);
	memcpy(packed.buf + at + 24, "\12\0\0\0", 4);
	assert_string_equal(reason_of(strbuf_slice(&packed), 1, size - 1), "too-large");
	/* the checksum of a small member */
	strbuf_reset(&packed);
	pack_zip(&packed, &small, 1);
	at = (size_t)((char *)memmem(packed.buf, packed.len, "PK\1\2", 4) - packed.buf);
	assert_null(reason_of(strbuf_slice(&packed), 1, size));
	packed.buf[at + 16] ^= 1;
	assert_string_equal(reason_of(strbuf_slice(&packed), 1, size), "bad-zip");
	strbuf_release(&packed);
	free(zeros);
}

/* A table of contents that says it has a billion entries must not be
 * believed before memory is taken for them; the members are there for all that. */
static void a_billion_entries(void **state)
{
	struct rlimit before;
	struct strbuf packed;
	size_t at;

	(void)state;
	strbuf_init(&packed, MIB);
	pack_zip(&packed, three, 3);
	at = (size_t)((char *)memmem(packed.buf, packed.len, "PK\5\6", 4) - packed.buf);
	packed.buf[at + 8] = packed.buf[at + 9] = '\xfe';
	packed.buf[at + 10] = packed.buf[at + 11] = '\xfe';
	assert_null(reason_of(strbuf_slice(&packed), 10, MIB));
	assert_true(quirk_has(&quirks, QUIRK_ZIP_CUT));

	/* zip64: record, locator, and an end record that points to them */
	strbuf_cut(&packed, at);
	strbuf_add(&packed, "PK\6\6\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0", 24);
	strbuf_add(&packed, "\0\0\0\x40\0\0\0\0\0\0\0\x40\0\0\0\0", 16);
	strbuf_add(&packed, "\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	strbuf_add(&packed, "PK\6\7\0\0\0\0", 8);
	strbuf_add(&packed, (const char *)&(uint64_t){ at }, 8);
	strbuf_add(&packed, "\1\0\0\0", 4);
	strbuf_add(&packed, "PK\5\6\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
		   22);
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
#if !defined(__SANITIZE_ADDRESS__)
	assert_int_equal(setrlimit(RLIMIT_AS, &(struct rlimit){ 512 * MIB, before.rlim_max }), 0);
#endif
	assert_null(reason_of(strbuf_slice(&packed), 10, MIB));
	assert_true(quirk_has(&quirks, QUIRK_ZIP_CUT));
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	strbuf_release(&packed);
}

static void cut_and_damaged_at_every_byte(void **state)
{
	struct strbuf packed;

	(void)state;
	strbuf_init(&packed, MIB);
	pack_zip(&packed, three + 1, 2);
	for (size_t size = 1; size < packed.len; size++) {
		char *exact = malloc(size + 1); /* so that a sanitizer sees an overrun */

		memcpy(exact, packed.buf, size);
		assert_true(reason_of((struct slice){ exact, size }, 10, MIB) ||
			    quirk_has(&quirks, QUIRK_ZIP_CUT));
		free(exact);
	}
	for (size_t i = 0; i < packed.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			packed.buf[i] ^= (char)(1 << bit);
			reason_of(strbuf_slice(&packed), 10, MIB);
			packed.buf[i] ^= (char)(1 << bit);
		}
	}
	assert_null(reason_of(strbuf_slice(&packed), 10, MIB));
	assert_false(quirk_has(&quirks, QUIRK_ZIP_CUT));
	strbuf_release(&packed);
}

static void without_a_table_of_contents_limits_hold(void **state)
{
	const size_t size = 8 * MIB;
	char *zeros = calloc(1, size);
	const struct pack_member bombs[] = { { .name = "a", .content = { zeros, size } },
					     { .name = "b", .content = { zeros, size } } };
	struct strbuf packed;

	(void)state;
	strbuf_init(&packed, MIB);
	pack_zip(&packed, bombs, 2);
	strbuf_cut(&packed,
		   (size_t)((char *)memmem(packed.buf, packed.len, "PK\1\2", 4) - packed.buf));
	assert_null(reason_of(strbuf_slice(&packed), 2, 2 * size));
	assert_true(quirk_has(&quirks, QUIRK_ZIP_CUT));
	assert_string_equal(reason_of(strbuf_slice(&packed), 2, 2 * size - 1), "too-large");
	assert_string_equal(reason_of(strbuf_slice(&packed), 1, 2 * size), "too-many-parts");
	strbuf_release(&packed);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_in_memory_and_on_disk),
		cmocka_unit_test(too_many_members),
		cmocka_unit_test(bombs_and_lies),
		cmocka_unit_test(a_billion_entries),
		cmocka_unit_test(without_a_table_of_contents_limits_hold),
		cmocka_unit_test(cut_and_damaged_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
