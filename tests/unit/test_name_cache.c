/* test_name_cache.c - bounded, and the same after a restart
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "enrich/name_cache.h"
#include "tests/lib/scratch.h"

#define NOW 1000

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", scratch_directory, name);
	return path;
}

static struct cached_name entry_of(const char *address, enum name_state state, char *name,
				   int64_t until)
{
	struct cached_name entry = { .state = state, .name = name, .until = until };

	assert_true(ip_address_parse(slice_of(address), &entry.address));
	return entry;
}

static void put(struct name_cache *cache, const char *address, enum name_state state,
		const char *name, int64_t until)
{
	const struct cached_name entry = entry_of(address, state, (char *)name, until);

	name_cache_put(cache, &entry);
}

static const struct cached_name *find(struct name_cache *cache, const char *address)
{
	const struct cached_name entry = entry_of(address, NAME_NONE, NULL, 0);

	return name_cache_find(cache, &entry.address);
}

static void used_longest_ago_goes(void **state)
{
	struct name_cache *cache = name_cache_new(3);

	(void)state;
	put(cache, "1.1.1.1", NAME_CONFIRMED, "one.example", 1);
	put(cache, "1.1.1.2", NAME_NONE, NULL, 1);
	put(cache, "::1.1.1.1", NAME_NONE, NULL, 1);
	assert_string_equal(find(cache, "1.1.1.1")->name, "one.example");
	put(cache, "1.1.1.4", NAME_UNCONFIRMED, "four.example", 1);
	assert_null(find(cache, "1.1.1.2"));
	assert_non_null(find(cache, "1.1.1.1"));
	put(cache, "1.1.1.1", NAME_CONFIRMED, "other.example", 2);
	assert_string_equal(find(cache, "1.1.1.1")->name, "other.example");
	assert_int_equal(name_cache_count(cache), 3);
	name_cache_free(cache);
}

static void many_entries(void **state)
{
	struct name_cache *cache = name_cache_new(1000);
	char address[32];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(address, sizeof(address), "1.%u.%u.1", i / 250, i % 250);
		put(cache, address, NAME_CONFIRMED, address, 1);
		if (i >= 400) {
			snprintf(address, sizeof(address), "1.%u.%u.1", (i - 400) / 250,
				 (i - 400) % 250);
			assert_string_equal(find(cache, address)->name, address);
		}
	}
	assert_int_equal(name_cache_count(cache), 1000);
	name_cache_free(cache);
}

static void survives_a_restart(void **state)
{
	const char *path = path_of("names");
	struct name_cache *cache = name_cache_new(10);
	struct error err;

	(void)state;
	assert_true(name_cache_load(cache, path, NOW, &err)); /* there is none yet */
	assert_false(name_cache_changed(cache));
	put(cache, "1.1.1.1", NAME_CONFIRMED, "one.example", NOW + 10);
	put(cache, "2a00::1", NAME_UNCONFIRMED, "six.example", NOW + 20);
	put(cache, "1.1.1.2", NAME_NONE, NULL, NOW + 30);
	put(cache, "1.1.1.3", NAME_FAILED, NULL, NOW + 40);
	put(cache, "1.1.1.4", NAME_NONE, NULL, NOW);
	assert_true(name_cache_changed(cache));
	assert_true(name_cache_save(cache, path, NOW, &err));
	assert_false(name_cache_changed(cache));
	name_cache_free(cache);

	cache = name_cache_new(10);
	put(cache, "1.1.1.2", NAME_CONFIRMED, "newer.example", NOW + 100);
	assert_true(name_cache_load(cache, path, NOW + 15, &err));
	assert_null(find(cache, "1.1.1.1")); /* expired meanwhile */
	assert_string_equal(find(cache, "2a00::1")->name, "six.example");
	assert_int_equal(find(cache, "2a00::1")->state, NAME_UNCONFIRMED);
	assert_int_equal(find(cache, "2a00::1")->until, NOW + 20);
	assert_string_equal(find(cache, "1.1.1.2")->name, "newer.example");
	assert_int_equal(find(cache, "1.1.1.3")->state, NAME_FAILED);
	assert_null(find(cache, "1.1.1.4"));
	name_cache_free(cache);
}

static size_t write_sample(const char *path)
{
	struct name_cache *cache = name_cache_new(10);
	struct error err;
	int fd;
	off_t size;

	put(cache, "1.1.1.1", NAME_CONFIRMED, "one.example", NOW + 10);
	put(cache, "1.1.1.2", NAME_NONE, NULL, NOW + 10);
	assert_true(name_cache_save(cache, path, NOW, &err));
	name_cache_free(cache);
	fd = open(path, O_RDONLY);
	size = lseek(fd, 0, SEEK_END);
	close(fd);
	return (size_t)size;
}

static void check_damaged(const char *path)
{
	struct name_cache *cache = name_cache_new(10);
	struct error err;

	assert_false(name_cache_load(cache, path, NOW, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_non_null(strstr(err.text, "is damaged; starting with an empty cache"));
	assert_int_equal(name_cache_count(cache), 0);
	name_cache_free(cache);
}

static void flip_a_bit(const char *path, size_t at)
{
	const int fd = open(path, O_RDWR);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void damaged_files(void **state)
{
	const char *path = path_of("damaged");
	const size_t size = write_sample(path);

	(void)state;
	for (size_t at = 0; at < size; at++) {
		write_sample(path);
		assert_int_equal(truncate(path, (off_t)at), 0);
		check_damaged(path);
		write_sample(path);
		flip_a_bit(path, at);
		check_damaged(path);
	}
}

static void cannot_be_written(void **state)
{
	struct name_cache *cache = name_cache_new(10);
	struct error err;

	(void)state;
	assert_false(name_cache_save(cache, path_of("no/such/directory"), NOW, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_non_null(strstr(err.text, "No such file or directory"));
	name_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(used_longest_ago_goes), cmocka_unit_test(many_entries),
		cmocka_unit_test(survives_a_restart),    cmocka_unit_test(damaged_files),
		cmocka_unit_test(cannot_be_written),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
