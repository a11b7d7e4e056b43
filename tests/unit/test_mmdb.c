/* test_mmdb.c - every layout, and files that are broken, cut off or replaced
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "enrich/databases.h"
#include "enrich/mmdb_value.h"
#include "tests/lib/mmdb_file.h"
#include "tests/lib/scratch.h"

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", scratch_directory, name);
	return path;
}

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(slice_of(text), &address));
	return address;
}

struct layout {
	const char *record;
	const char *country;
	uint32_t as_number;
	const char *as_name, *as_domain, *city;
};

static const struct layout layouts[] = {
	/* MaxMind and DB-IP: country, city, network, enterprise */
	{ "{\"country\":{\"iso_code\":\"DE\",\"names\":{\"en\":\"Germany\"}}}", "DE", 0, NULL, NULL,
	  NULL },
	{ "{\"registered_country\":{\"iso_code\":\"US\"}}", "US", 0, NULL, NULL, NULL },
	{ "{\"country\":{\"iso_code\":\"GB\"},\"registered_country\":{\"iso_code\":\"US\"}}", "GB",
	  0, NULL, NULL, NULL },
	{ "{\"city\":{\"names\":{\"en\":\"Boxford\"}},\"country\":{\"iso_code\":\"GB\"},"
	  "\"location\":{\"latitude\":51.75,\"longitude\":-1.25}}",
	  "GB", 0, NULL, NULL, "Boxford" },
	{ "{\"autonomous_system_number\":15169,\"autonomous_system_organization\":\"GOOGLE\"}", "",
	  15169, "GOOGLE", NULL, NULL },
	{ "{\"country\":{\"iso_code\":\"FR\"},\"traits\":{\"autonomous_system_number\":3215,"
	  "\"autonomous_system_organization\":\"Orange\"}}",
	  "FR", 3215, "Orange", NULL, NULL },
	/* IPinfo, today and before */
	{ "{\"asn\":\"AS15169\",\"as_name\":\"Google LLC\",\"as_domain\":\"google.com\","
	  "\"country\":\"United States\",\"country_code\":\"US\"}",
	  "US", 15169, "Google LLC", "google.com", NULL },
	{ "{\"asn\":\"AS7018\",\"as_name\":\"AT&T\",\"as_domain\":\"att.com\",\"country\":\"US\"}",
	  "US", 7018, "AT&T", "att.com", NULL },
	/* ip-location-db, GeoOpen */
	{ "{\"country_code\":\"jp\"}", "JP", 0, NULL, NULL, NULL },
	{ "{\"country\":{\"iso_code\":\"LU\",\"AutonomousSystemNumber\":\"197869\","
	  "\"AutonomousSystemOrganization\":\"CIRCL\"}}",
	  "LU", 197869, "CIRCL", NULL, NULL },
	/* nothing that can be used */
	{ "{}", "", 0, NULL, NULL, NULL },
	{ "{\"country_code\":\"ZZ\",\"country\":{\"iso_code\":\"EU\"}}", "", 0, NULL, NULL, NULL },
	{ "{\"country\":\"United States\"}", "", 0, NULL, NULL, NULL },
	{ "{\"country_code\":49,\"asn\":\"ASx\"}", "", 0, NULL, NULL, NULL },
	{ "{\"autonomous_system_number\":0,\"autonomous_system_organization\":\"none\"}", "", 0,
	  NULL, NULL, NULL },
	{ "{\"location\":{\"latitude\":51.0,\"longitude\":9.0},\"country_code\":\"DE\"}", "DE", 0,
	  NULL, NULL, NULL },
};
#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static void check_text(size_t i, struct slice text, const char *want)
{
	if (!slice_equal(text, slice_of(want)))
		fail_msg("layout %zu: %.*s", i, (int)text.size, text.data);
}

static void all_layouts(void **state)
{
	struct mmdb_entry entries[LAYOUTS];
	char networks[LAYOUTS][32];
	struct error err;
	struct mmdb *mmdb;

	(void)state;
	for (size_t i = 0; i < LAYOUTS; i++) {
		snprintf(networks[i], sizeof(networks[i]), "1.0.%zu.0/24", i);
		entries[i] = (struct mmdb_entry){ networks[i], layouts[i].record };
	}
	mmdb_file_write(path_of("layouts.mmdb"), "any", entries, LAYOUTS);
	mmdb = mmdb_open(path_of("layouts.mmdb"), &err);
	assert_non_null(mmdb);
	assert_int_equal(mmdb_built(mmdb), 1795478400);
	for (size_t i = 0; i < LAYOUTS; i++) {
		struct mmdb_facts facts = { .as_number = 0 };
		struct ip_address address = address_of("1.0.0.77");

		address.bytes[2] = (uint8_t)i;
		mmdb_look_up(mmdb, &address, &facts);
		assert_string_equal(facts.country, layouts[i].country);
		assert_int_equal(facts.as_number, layouts[i].as_number);
		check_text(i, facts.as_name, layouts[i].as_name);
		check_text(i, facts.as_domain, layouts[i].as_domain);
		check_text(i, facts.city, layouts[i].city);
		assert_int_equal(facts.has_place, layouts[i].city != NULL);
		if (facts.has_place)
			assert_true(facts.latitude == 51.75 && facts.longitude == -1.25);
	}
	mmdb_close(mmdb);
}

static const char *country_of(const struct databases *databases, const char *text)
{
	static struct mmdb_facts facts;
	const struct ip_address address = address_of(text);

	databases_look_up(databases, &address, &facts);
	return facts.country;
}

static void first_file_that_knows_wins(void **state)
{
	static const struct mmdb_entry one[] = { { "1.1.1.0/24", "{\"country_code\":\"AU\"}" },
						 { "2a00::/16", "{\"country_code\":\"NL\"}" },
						 { "10.0.0.0/8", "{\"country_code\":\"US\"}" } };
	static const struct mmdb_entry two[] = {
		{ "1.1.0.0/16", "{\"country_code\":\"CN\",\"asn\":\"AS1\"}" },
	};
	char a[256], b[256];
	const char *const paths[] = { a, b, NULL };
	struct mmdb_facts facts;
	struct ip_address address = address_of("1.1.1.1");
	struct databases *databases;
	struct error err;

	(void)state;
	memcpy(a, path_of("one.mmdb"), sizeof(a));
	memcpy(b, path_of("two.mmdb"), sizeof(b));
	mmdb_file_write(a, "country", one, 3);
	mmdb_file_write(b, "country and network", two, 1);
	databases = databases_open(paths, &err);
	assert_non_null(databases);
	databases_look_up(databases, &address, &facts);
	assert_string_equal(facts.country, "AU");
	assert_int_equal(facts.as_number, 1);
	assert_string_equal(country_of(databases, "1.1.2.1"), "CN");
	assert_string_equal(country_of(databases, "::ffff:1.1.1.1"), "AU");
	assert_string_equal(country_of(databases, "64:ff9b::1.1.1.1"), "AU");
	assert_string_equal(country_of(databases, "2a00::1"), "NL");
	assert_string_equal(country_of(databases, "2b00::1"), "");
	assert_string_equal(country_of(databases, "10.1.1.1"), ""); /* private */
	databases_close(databases);
}

static void old_file_has_ipv4_alone(void **state)
{
	static const struct mmdb_entry entry = { "1.1.1.0/24", "{\"country_code\":\"AU\"}" };
	const char *const paths[] = { path_of("ipv4.mmdb"), NULL };
	struct databases *databases;
	struct strbuf bytes;
	struct error err;
	FILE *file = fopen(paths[0], "w");

	(void)state;
	strbuf_init(&bytes, MIB);
	mmdb_file_bytes(&bytes, "ipv4", 4, 1, &entry, 1);
	assert_int_equal(fwrite(bytes.buf, 1, bytes.len, file), bytes.len);
	fclose(file);
	databases = databases_open(paths, &err);
	assert_non_null(databases);
	assert_string_equal(country_of(databases, "1.1.1.1"), "AU");
	assert_string_equal(country_of(databases, "2a00::1"), "");
	assert_int_equal(databases_built(databases), 1);
	databases_close(databases);
	strbuf_release(&bytes);
}

/* libmaxminddb skips what stands before the member that is asked for. */
static void nested_too_deep(void **state)
{
	static const char *const fine = "{\"a\":[[[[1,2],3],{\"b\":4}]],\"country_code\":\"DE\"}";
	static const char *const deep = "{\"a\":[[[[[[[[[[[[[1]]]]]]]]]]]]],"
					"\"country_code\":\"FR\"}";
	const struct mmdb_entry entries[] = { { "192.0.2.0/24", fine },
					      { "198.51.100.0/24", deep } };
	struct mmdb_facts facts = { .as_number = 0 };
	struct ip_address address;
	struct mmdb *mmdb;
	struct error err;

	(void)state;
	mmdb_file_write(path_of("nested"), "test", entries, 2);
	mmdb = mmdb_open(path_of("nested"), &err);
	assert_non_null(mmdb);
	address = address_of("192.0.2.1");
	for (unsigned i = 0; i < 2; i++) {
		facts = (struct mmdb_facts){ .as_number = 0 };
		mmdb_look_up(mmdb, &address, &facts);
		assert_string_equal(facts.country, "DE");
	}
	facts = (struct mmdb_facts){ .as_number = 0 };
	address = address_of("198.51.100.1");
	mmdb_look_up(mmdb, &address, &facts);
	assert_string_equal(facts.country, "");
	mmdb_close(mmdb);
}

/* A million arrays, one in the other, of two bytes each; pointers that lead to
 * themselves; values that are cut off. */
static void hostile_values(void **state)
{
	const size_t size = 2000000;
	uint8_t *arrays = malloc(size);
	static const uint8_t map[] = { 0xe1, 0x41, 'a', 0xa1, 7 };
	static const uint8_t self[] = { 0x20, 0x00 };
	static const uint8_t two[] = { 0xe1, 0x41, 'a', 0x20, 0x00 }; /* the map in itself */
	static const uint8_t many[] = { 0x1f, 0x04, 0xff, 0xff, 0xff };

	(void)state;
	assert_non_null(arrays);
	for (size_t i = 0; i < size; i += 2) {
		arrays[i] = 0x01;
		arrays[i + 1] = 0x04;
	}
	assert_false(mmdb_value_is_bounded(arrays, size, 0));
	free(arrays);
	assert_true(mmdb_value_is_bounded(map, sizeof(map), 0));
	for (size_t cut = 0; cut + 1 < sizeof(map); cut++)
		assert_false(mmdb_value_is_bounded(map, cut, 0));
	assert_false(mmdb_value_is_bounded(map, sizeof(map), sizeof(map)));
	assert_false(mmdb_value_is_bounded(self, sizeof(self), 0));
	assert_false(mmdb_value_is_bounded(two, sizeof(two), 0));
	assert_false(mmdb_value_is_bounded(many, sizeof(many), 0));
}

static void refused(const char *path, const char *why)
{
	struct error err;
	struct mmdb *mmdb = mmdb_open(path, &err);

	assert_null(mmdb);
	assert_int_equal(err.class, ERROR_FATAL);
	if (!strstr(err.text, path) || !strstr(err.text, why))
		fail_msg("%s", err.text);
}

static void wrong_files(void **state)
{
	static const struct mmdb_entry entry = { "1.1.1.0/24", "{\"country_code\":\"AU\"}" };
	const char *path = path_of("wrong.mmdb");
	struct stat st;

	(void)state;
	refused(path_of("missing.mmdb"), "No such file");
	refused(scratch_directory, "not a regular file");
	path = path_of("wrong.mmdb");
	fclose(fopen(path, "w"));
	refused(path, "is empty");
	mmdb_file_write(path, "x", &entry, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
	refused(path, "is not an MMDB file, or is truncated");
	assert_int_equal(truncate(path, ((off_t)512 << 20) + 1), 0);
	refused(path, "larger than 512 MiB");
	unlink(path);
}

/* Cut anywhere it is refused or knows nothing, and nothing is read beyond it. */
static void cut_anywhere(void **state)
{
	static const struct mmdb_entry entry = { "1.1.1.0/24", "{\"country_code\":\"AU\"}" };
	const char *path = path_of("cut.mmdb");
	struct ip_address address = address_of("1.1.1.1");
	struct stat st;

	(void)state;
	mmdb_file_write(path, "x", &entry, 1);
	assert_int_equal(stat(path, &st), 0);
	for (off_t size = st.st_size - 1; size > 0; size -= 7) {
		struct mmdb_facts facts = { .as_number = 0 };
		struct error err;
		struct mmdb *mmdb;

		assert_int_equal(truncate(path, size), 0);
		mmdb = mmdb_open(path, &err);
		if (mmdb)
			mmdb_look_up(mmdb, &address, &facts);
		mmdb_close(mmdb);
	}
}

static void truncated_while_in_use(void **state)
{
	static const struct mmdb_entry entry = { "1.1.1.0/24", "{\"country_code\":\"AU\"}" };
	const char *const paths[] = { path_of("used.mmdb"), NULL };
	struct databases *databases;
	struct error err;

	(void)state;
	mmdb_file_write(paths[0], "x", &entry, 1);
	databases = databases_open(paths, &err);
	assert_non_null(databases);
	assert_int_equal(truncate(paths[0], 0), 0);
	assert_string_equal(country_of(databases, "1.1.1.1"), "AU");
	databases_close(databases);
}

static void replaced_while_in_use(void **state)
{
	static const struct mmdb_entry before = { "1.1.1.0/24", "{\"country_code\":\"AU\"}" };
	static const struct mmdb_entry after = { "1.1.1.0/24",
						 "{\"country\":{\"iso_code\":\"NZ\"}}" };
	const char *const paths[] = { path_of("replaced.mmdb"), NULL };
	struct databases *databases;
	struct error err;
	bool renewed;

	(void)state;
	mmdb_file_write(paths[0], "x", &before, 1);
	databases = databases_open(paths, &err);
	assert_non_null(databases);
	assert_true(databases_renew(databases, &renewed, &err));
	assert_false(renewed);
	databases_look_again(databases);
	assert_true(databases_renew(databases, &renewed, &err));
	assert_false(renewed);

	assert_int_equal(truncate(paths[0], 0), 0);
	databases_look_again(databases);
	assert_false(databases_renew(databases, &renewed, &err));
	assert_non_null(strstr(err.text, "replaced.mmdb: is empty"));
	assert_false(renewed);
	assert_string_equal(country_of(databases, "1.1.1.1"), "AU");

	assert_int_equal(unlink(paths[0]), 0);
	databases_look_again(databases);
	assert_true(databases_renew(databases, &renewed, &err));
	assert_string_equal(country_of(databases, "1.1.1.1"), "AU");

	mmdb_file_write(paths[0], "another layout", &after, 1);
	databases_look_again(databases);
	assert_true(databases_renew(databases, &renewed, &err));
	assert_true(renewed);
	assert_string_equal(country_of(databases, "1.1.1.1"), "NZ");
	databases_close(databases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_layouts),
		cmocka_unit_test(first_file_that_knows_wins),
		cmocka_unit_test(old_file_has_ipv4_alone),
		cmocka_unit_test(nested_too_deep),
		cmocka_unit_test(hostile_values),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(truncated_while_in_use),
		cmocka_unit_test(replaced_while_in_use),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
