/* fuzz_unpack.c - any bytes as gzip data and as an archive: never more than
 * the budget, and the same again after a rewind
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/hash.h"
#include "base/limits.h"
#include "ingest/unwrap/gunzip.h"
#include "ingest/unwrap/zip.h"
#include "tests/fuzz/fuzz.h"

#define UNPACKED_MAX (256 * KIB)
#define MEMBERS_MAX 20

/* Reads to the end or to the first error; how many bytes came. */
static uint64_t read_all(struct input *input, size_t step, uint8_t digest[static HASH_SIZE])
{
	static char buffer[64 * KIB];
	uint64_t total = 0;
	size_t got = 1;
	struct error err;
	struct hash hash;

	hash_init(&hash);
	while (got > 0 && input_read(input, buffer, step, &got, &err)) {
		hash_bytes(&hash, buffer, got);
		total += got;
		check(total <= UNPACKED_MAX);
	}
	if (got > 0)
		check(err.class == ERROR_REJECT && err.reason);
	hash_end(&hash, digest);
	return total;
}

static void read_twice(struct input *input, const struct budget *budget)
{
	uint8_t first[HASH_SIZE], second[HASH_SIZE];
	const uint64_t total = read_all(input, 64 * KIB, first);
	const uint64_t used = budget->used;
	struct error err;

	check(used <= UNPACKED_MAX);
	check(input_rewind(input, &err));
	if (read_all(input, 64 * KIB, second) == total)
		check(memcmp(first, second, HASH_SIZE) == 0);
	check(budget->used == used);
}

static void gunzip_bytes(struct slice bytes)
{
	struct budget budget = { .limit = UNPACKED_MAX };
	struct quirk_set quirks = { { 0, 0 } };
	struct input *packed = input_from_memory(bytes);
	struct input *input = gunzip_open(packed, &budget, &quirks);

	read_twice(input, &budget);
	input_close(input);
	input_close(packed);
}

static void unzip_bytes(struct slice bytes)
{
	struct budget budget = { .limit = UNPACKED_MAX };
	struct quirk_set quirks = { { 0, 0 } };
	struct input *packed = input_from_memory(bytes);
	struct unzip_member member;
	struct unzip *unzip;
	unsigned members = 0;
	struct error err;

	if (unzip_open(packed, &budget, MEMBERS_MAX, &unzip, &err)) {
		while (unzip_next(unzip, &quirks, &member)) {
			check(++members <= MEMBERS_MAX);
			if (member.input)
				read_twice(member.input, &budget);
			else
				check(member.refusal.class == ERROR_REJECT);
			input_close(member.input);
		}
		unzip_close(unzip);
	} else {
		check(err.class == ERROR_REJECT && err.reason);
	}
	input_close(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice bytes = { (const char *)data, size };

	gunzip_bytes(bytes);
	unzip_bytes(bytes);
	return 0;
}
