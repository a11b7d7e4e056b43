/* test_enricher.c - databases, names and tables together
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/limits.h"
#include "enrich/enricher.h"
#include "enrich/parsedmarc_source.h"
#include "enrich/service_file.h"
#include "tests/lib/abort.h"
#include "tests/lib/dns_script.h"
#include "tests/lib/mmdb_file.h"
#include "tests/lib/rows.h"
#include "tests/lib/scratch.h"

static const struct dns_answer answers[] = {
	{ .name = "1.0.1.1.in-addr.arpa", .ptr = "a.mail.example.co.uk" },
	{ .name = "a.mail.example.co.uk", .address = "1.1.0.1" },
	{ .name = "2.0.1.1.in-addr.arpa", .ptr = "liar.example.net" },
	{ .name = "3.0.1.1.in-addr.arpa", .code = DNS_SILENCE },
	{ .name = "0.0.1.1.in-addr.arpa", .ptr = "zero.example.net" },
	{ .name = NULL, .code = 3 },
};

static const struct mmdb_entry entries[] = {
	{ "1.1.0.0/24",
	  "{\"country_code\":\"AU\",\"asn\":\"AS1\",\"as_name\":\"Holder\\u001b[31m\","
	  "\"as_domain\":\"Holder.EXAMPLE\"}" },
};

static char database[256], cache[256];
static const char *const databases[] = { database, NULL };

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(slice_of(text), &address));
	return address;
}

static void check_slice(struct slice text, const char *want)
{
	if (!slice_equal(text, slice_of(want)))
		fail_msg("%.*s", (int)text.size, text.data ? text.data : "");
}

struct bench {
	struct dns_script script;
	struct enrich_settings settings;
	struct enricher *enricher;
	struct enrich_session *session;
	void (*body)(struct bench *bench);
};

static void run_body(void *context)
{
	struct bench *bench = context;
	struct error err;

	bench->enricher = enricher_open(&bench->settings, &err);
	assert_non_null(bench->enricher);
	assert_true(enricher_start(bench->enricher, &err));
	bench->session = enrich_session_new(bench->enricher);
	bench->body(bench);
	enrich_session_free(bench->session);
	assert_true(enricher_save(bench->enricher, true, &err));
	enricher_close(bench->enricher);
	bench->script.ended = true;
}

static void run(const struct enrich_settings *settings, void (*body)(struct bench *bench),
		unsigned *questions)
{
	struct bench bench = { .body = body, .settings = *settings };

	snprintf(database, sizeof(database), "%s/x.mmdb", scratch_directory);
	snprintf(cache, sizeof(cache), "%s/names", scratch_directory);
	mmdb_file_write(database, "x", entries, 1);
	dns_script_open(&bench.script, answers);
	bench.settings.databases = databases;
	bench.settings.resolvers = bench.script.address;
	fiber_start(dns_script_run, &bench.script);
	fiber_start(run_body, &bench);
	fiber_run(fiber_wait);
	*questions = bench.script.questions;
}

static void look_up_four(struct bench *bench)
{
	const struct ip_address addresses[] = { address_of("1.1.0.1"), address_of("1.1.0.2"),
						address_of("1.1.0.3"), address_of("10.1.1.1") };
	struct address_facts facts[4];

	enrich_addresses(bench->session, addresses, 4, facts);
	check_slice(facts[0].name, "a.mail.example.co.uk");
	check_slice(facts[0].registered_domain, "example.co.uk");
	check_slice(facts[0].as_name, "Holder[31m");
	check_slice(facts[0].as_domain, "holder.example");
	assert_string_equal(facts[0].country, "AU");
	assert_int_equal(facts[0].as_number, 1);
	assert_false(facts[0].partial);
	check_slice(facts[1].name, NULL);
	check_slice(facts[1].other_name, "liar.example.net");
	assert_false(facts[1].partial);
	assert_true(facts[2].partial);
	assert_string_equal(facts[2].country, "AU");
	assert_false(facts[3].partial);
	assert_string_equal(facts[3].country, "");
	assert_int_equal(enricher_counts(bench->enricher).partial, 1);
	assert_int_equal(enricher_counts(bench->enricher).addresses, 4);
	/* The last is not public: there is nothing to ask. */
	assert_int_equal(enricher_counts(bench->enricher).asked, 2);
	assert_int_equal(enricher_counts(bench->enricher).cached, 1);
}

/* What is remembered is the same, and nobody is asked. */
static void look_up_again(struct bench *bench)
{
	struct address_facts facts[1];
	const struct ip_address address = address_of("1.1.0.1");
	unsigned asked;

	look_up_four(bench);
	asked = bench->script.questions;
	enrich_addresses(bench->session, &address, 1, facts);
	check_slice(facts[0].name, "a.mail.example.co.uk");
	assert_string_equal(facts[0].country, "AU");
	assert_int_equal(bench->script.questions, asked);
}

static void all_together(void **state)
{
	struct enrich_settings settings = { .reverse_dns = true,
					    .budget_ms = 4000,
					    .cache_file = cache };
	unsigned questions;

	(void)state;
	run(&settings, look_up_again, &questions);
	assert_true(questions >= 5);
}

static void look_up_from_the_file(struct bench *bench)
{
	const struct ip_address address = address_of("1.1.0.1");
	struct address_facts facts[1];

	enrich_addresses(bench->session, &address, 1, facts);
	check_slice(facts[0].name, "a.mail.example.co.uk");
	assert_int_equal(enricher_counts(bench->enricher).cached, 1);
	assert_int_equal(enricher_counts(bench->enricher).asked, 0);
}

static void after_a_restart(void **state)
{
	struct enrich_settings settings = { .reverse_dns = true,
					    .budget_ms = 4000,
					    .cache_file = cache };
	unsigned questions;

	(void)state;
	run(&settings, look_up_from_the_file, &questions);
	assert_int_equal(questions, 0);
	settings.offline = true;
	run(&settings, look_up_from_the_file, &questions);
	assert_int_equal(questions, 0);
}

static void nobody_is_asked(struct bench *bench)
{
	const struct ip_address addresses[] = { address_of("1.1.0.0"), address_of("1.2.3.0") };
	struct address_facts facts[2];

	enrich_addresses(bench->session, addresses, 2, facts);
	check_slice(facts[0].name, NULL);
	assert_false(facts[0].partial);
	assert_string_equal(facts[0].country, "AU");
}

static void anonymised_addresses(void **state)
{
	const struct enrich_settings settings = { .reverse_dns = true, .budget_ms = 4000 };
	unsigned questions;

	(void)state;
	run(&settings, nobody_is_asked, &questions);
	assert_int_equal(questions, 0);
}

static void databases_alone(void **state)
{
	const struct enrich_settings settings = { .reverse_dns = false };
	unsigned questions;

	(void)state;
	run(&settings, nobody_is_asked, &questions);
	assert_int_equal(questions, 0);
}

/* A batch waits once, whatever it looks up. */
static void spend_the_budget(struct bench *bench)
{
	struct ip_address address = address_of("1.1.0.3");
	struct address_facts facts[1];
	const int64_t start = clock_ms();

	for (unsigned i = 0; i < 20; i++)
		enrich_addresses(bench->session, &address, 1, facts);
	assert_true(facts[0].partial);
	assert_in_range(clock_ms() - start, 300, 20 * 300 - 1000);
}

static void budget_of_a_batch(void **state)
{
	const struct enrich_settings settings = { .reverse_dns = true, .budget_ms = 300 };
	unsigned questions;

	(void)state;
	run(&settings, spend_the_budget, &questions);
}

static void wrong_files(void **state)
{
	static const char *const missing[] = { "/nowhere/x.mmdb", NULL };
	struct enrich_settings settings = { .databases = missing };
	struct error err;

	(void)state;
	assert_null(enricher_open(&settings, &err));
	assert_non_null(strstr(err.text, "/nowhere/x.mmdb"));
	settings = (struct enrich_settings){ .senders_file = "/nowhere/senders" };
	assert_null(enricher_open(&settings, &err));
	assert_non_null(strstr(err.text, "/nowhere/senders: No such file"));
	settings = (struct enrich_settings){ .map_file = "/nowhere/map" };
	assert_null(enricher_open(&settings, &err));
	assert_non_null(strstr(err.text, "/nowhere/map"));
}

static void names_of_parsedmarc(void **state)
{
	static const char text[] = "base_reverse_dns,name,type\nexample.co.uk,Example,ISP\n"
				   "holder.example,Holder Inc,Web Host\n";
	static const struct {
		const char *name, *other, *as_name, *as_domain, *want, *base, *type;
	} cases[] = {
		{ "a.mail.example.co.uk", NULL, "X", "holder.example", "Example", "example.co.uk",
		  "ISP" },
		{ NULL, "a.mail.example.co.uk", NULL, NULL, "Example", "example.co.uk", "ISP" },
		{ "mail.other.net", NULL, "X", "holder.example", "other.net", "other.net", NULL },
		{ NULL, NULL, "X", "holder.example", "Holder Inc", NULL, "Web Host" },
		{ NULL, NULL, "X", "mail.holder.example", "X", NULL, NULL },
		{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	};
	struct service_table *map = service_table_new(NULL);
	struct error err;

	(void)state;
	assert_true(service_text_read_map(map, "m", slice_of(text), &err));
	FOR_ROWS (i, cases) {
		const struct address_facts facts = {
			.name = slice_of(cases[i].name),
			.other_name = slice_of(cases[i].other),
			.registered_domain = slice_of(cases[i].base),
			.as_name = slice_of(cases[i].as_name),
			.as_domain = slice_of(cases[i].as_domain),
		};
		const struct parsedmarc_source source = parsedmarc_source_of(map, &facts);

		check_slice(source.name, cases[i].want);
		check_slice(source.base_domain, cases[i].base);
		check_slice(slice_of(source.type), cases[i].type);
	}
	service_table_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_together),         cmocka_unit_test(after_a_restart),
		cmocka_unit_test(anonymised_addresses), cmocka_unit_test(databases_alone),
		cmocka_unit_test(budget_of_a_batch),    cmocka_unit_test(wrong_files),
		cmocka_unit_test(names_of_parsedmarc),
	};

	assertions_abort();
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
