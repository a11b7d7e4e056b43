/* test_hash.c - SHA-256 over lists of values
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/hash.h"
#include "tests/lib/rows.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void is_sha_256(void **state)
{
	/* FIPS 180-2 appendix B, and the empty message */
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		char hex[2 * HASH_SIZE + 1];
		uint8_t digest[HASH_SIZE];
		struct hash hash;

		hash_init(&hash);
		hash_bytes(&hash, cases[i].text, strlen(cases[i].text));
		hash_end(&hash, digest);
		hash_hex(digest, hex);
		assert_string_equal(hex, cases[i].want);
	}
}

static void digest_of(const struct slice *fields, size_t count, uint8_t digest[static HASH_SIZE])
{
	struct hash hash;

	hash_init(&hash);
	for (size_t i = 0; i < count; i++)
		hash_field(&hash, fields[i]);
	hash_end(&hash, digest);
}

static void lists_do_not_run_together(void **state)
{
	static const struct slice lists[][2] = {
		{ { "ab", 2 }, { "c", 1 } },   { { "a", 1 }, { "bc", 2 } },
		{ { "abc", 3 }, { "", 0 } },   { { "", 0 }, { "abc", 3 } },
		{ { NULL, 0 }, { "abc", 3 } }, { { "abc", 3 }, { NULL, 0 } },
		{ { NULL, 0 }, { NULL, 0 } },  { { "", 0 }, { "", 0 } },
	};
	uint8_t a[HASH_SIZE], b[HASH_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++)
		for (size_t j = 0; j < i; j++) {
			digest_of(lists[i], 2, a);
			digest_of(lists[j], 2, b);
			assert_memory_not_equal(a, b, HASH_SIZE);
		}
}

static void ids_are_base64url(void **state)
{
	uint8_t digest[HASH_SIZE] = { 0 };
	char id[HASH_ID_SIZE];

	(void)state;
	for (unsigned i = 0; i < HASH_SIZE; i++)
		digest[i] = (uint8_t)(0xff - 8 * i);
	hash_id(digest, id);
	assert_string_equal(id, "__fv59_Xz8e_t6-nn5ePh393");
	assert_int_equal(strlen(id), HASH_ID_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_sha_256),
		cmocka_unit_test(lists_do_not_run_together),
		cmocka_unit_test(ids_are_base64url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
