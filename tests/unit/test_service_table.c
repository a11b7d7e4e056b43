/* test_service_table.c - rules of files, and what is wrong with them
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "enrich/service_file.h"
#include "tests/lib/rows.h"

static const char *name_of(const struct service_table *table, enum service_key key,
			   const char *domain)
{
	const struct service *service = service_of_domain(table, key, slice_of(domain));

	return service ? service->name : NULL;
}

static void check_name(const char *what, const char *found, const char *want)
{
	if (!slice_equal(slice_of(found), slice_of(want)))
		fail_msg("%s: %s", what, found ? found : "nothing");
}

static void rules(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# a comment\r\n"
		"\n"
		"dkim amazonses.com \"Amazon SES\" transactional https://docs.example/ses\r\n"
		"dkim\tMail.AmazonSES.com.  Nearer  marketing # a longer name wins\n"
		"ptr  sendgrid.net SendGrid transactional\n"
		"spf  mail.example.co.uk Deep other\n"
		"asn  11377 SendGrid transactional\n"
		"network 198.51.100.0/24 \"Head office\" own\n"
		"network 198.51.100.7 Printer own\n"
		"network 2001:db8::/32 \"B\xc3\xbcro\" own";
	static const struct {
		enum service_key key;
		const char *domain, *want;
	} cases[] = {
		{ KEY_DKIM, "amazonses.com", "Amazon SES" },
		{ KEY_DKIM, "eu.amazonses.com", "Amazon SES" },
		{ KEY_DKIM, "x.mail.amazonses.com", "Nearer" },
		{ KEY_DKIM, "notamazonses.com", NULL },
		{ KEY_DKIM, "com", NULL },
		{ KEY_DKIM, "", NULL },
		{ KEY_PTR, "amazonses.com", NULL },
		{ KEY_PTR, "o1.sendgrid.net", "SendGrid" },
		{ KEY_PTR, "sendgrid.net.example.org", NULL },
		{ KEY_PTR, "..sendgrid.net", "SendGrid" },
		{ KEY_PTR, "a.b.c.d.sendgrid.net", "SendGrid" },
		{ KEY_SPF, "out.mail.example.co.uk", "Deep" },
		{ KEY_SPF, "example.co.uk", NULL },
		{ KEY_SPF, "mail.example.co.uk.sendgrid.net", NULL },
	};
	static const struct {
		const char *address, *want;
	} addresses[] = {
		{ "198.51.100.1", "Head office" }, { "198.51.100.7", "Printer" },
		{ "198.51.101.7", NULL },          { "2001:db8::1", "B\xc3\xbcro" },
		{ "2001:db9::1", NULL },
	};
	struct service_table *table = service_table_new(NULL);
	struct error err;

	(void)state;
	if (!service_text_read(table, "x", slice_of(text), &err))
		fail_msg("%s", err.text);
	assert_int_equal(service_table_count(table), 8);
	FOR_ROWS (i, cases)
		check_name(cases[i].domain, name_of(table, cases[i].key, cases[i].domain),
			   cases[i].want);
	FOR_ROWS (i, addresses) {
		const struct service *service;
		struct ip_address address;

		assert_true(ip_address_parse(slice_of(addresses[i].address), &address));
		service = service_of_network(table, &address);
		check_name(addresses[i].address, service ? service->name : NULL, addresses[i].want);
	}
	assert_string_equal(service_of_asn(table, 11377)->name, "SendGrid");
	assert_null(service_of_asn(table, 1));
	assert_string_equal(service_of_domain(table, KEY_DKIM, slice_of("amazonses.com"))->help,
			    "https://docs.example/ses");
	service_table_free(table);
}

/* Most names are turned away by their last two labels; a rule of one label
 * must not be lost by that. */
static void a_rule_of_one_label(void **state)
{
	static const char text[] = "ptr intranet Office own\nptr example.net Other other\n";
	struct service_table *table = service_table_new(NULL);
	struct error err;

	(void)state;
	if (!service_text_read(table, "x", slice_of(text), &err))
		fail_msg("%s", err.text);
	check_name("printer", name_of(table, KEY_PTR, "printer.floor2.intranet"), "Office");
	check_name("itself", name_of(table, KEY_PTR, "intranet"), "Office");
	check_name("another", name_of(table, KEY_PTR, "intranet.example.net"), "Other");
	check_name("nobody", name_of(table, KEY_PTR, "intranet.example.org"), NULL);
	service_table_free(table);
}

static void errors(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "dkim a.example A", "s.conf:1: needs kind, pattern, name and type" },
		{ "\n\nmail a.example A own", "s.conf:3: kind 'mail' is not dkim" },
		{ "dkim a.example A company", "s.conf:1: unknown type 'company'" },
		{ "dkim a..example A own", "s.conf:1: 'a..example' is not a domain" },
		{ "dkim 1.2.3.4 A own", "s.conf:1: '1.2.3.4' is not a domain" },
		{ "asn AS1 A own", "'AS1' is not an autonomous system number" },
		{ "asn 0 A own", "'0' is not an autonomous system number" },
		{ "network 1.2.3.4/8 A own", "'1.2.3.4/8' is not a network" },
		{ "dkim a.example \"A own", "a closing quote is missing" },
		{ "dkim a.example \"A\"own", "a blank is missing after a quote" },
		{ "dkim a.example \"\" own", "the name is empty" },
		{ "dkim a.example A\x1b[31m own", "control characters" },
		{ "dkim a.example A\xff own", "the name is not UTF-8" },
		{ "dkim a.example A own http://x", "help is not an https:// address" },
		{ "dkim a.example A own https://x y", "more than 5 fields" },
		{ "ptr a.example A own\n#\nptr A.example B own",
		  "s.conf:3: duplicate of the rule in line 1" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct service_table *table = service_table_new(NULL);
		struct error err = { 0 };

		if (service_text_read(table, "s.conf", slice_of(cases[i].text), &err) ||
		    err.class != ERROR_FATAL || !strstr(err.text, cases[i].why))
			fail_msg("%s: %s", cases[i].text, err.text);
		service_table_free(table);
	}
}

static bool read_line_of(size_t bytes, struct error *err)
{
	struct service_table *table = service_table_new(NULL);
	struct strbuf text;
	bool good;

	strbuf_init(&text, MIB);
	strbuf_add_text(&text, "dkim a.example A own #");
	while (text.len < bytes)
		strbuf_add_byte(&text, 'x');
	good = service_text_read(table, "x", strbuf_slice(&text), err);
	strbuf_release(&text);
	service_table_free(table);
	return good;
}

static void limits(void **state)
{
	struct service_table *table = service_table_new(NULL);
	const struct service service = { .name = "x" };
	struct error err;
	char number[16];

	(void)state;
	assert_true(read_line_of(1024, &err));
	assert_false(read_line_of(1025, &err));
	assert_non_null(strstr(err.text, "longer than 1024 bytes"));
	for (unsigned i = 1; i <= 100000; i++) {
		snprintf(number, sizeof(number), "%u", i);
		assert_true(service_table_add(table, KEY_ASN, slice_of(number), &service, i, &err));
	}
	assert_false(service_table_add(table, KEY_ASN, slice_of("100001"), &service, 1, &err));
	assert_non_null(strstr(err.text, "more than 100000 rules"));
	assert_non_null(service_of_asn(table, 100000));
	service_table_free(table);
}

static void users_rules_come_first(void **state)
{
	struct service_table *users = service_table_new(NULL);
	struct service_table *ours = service_table_new(users);
	struct error err;

	(void)state;
	assert_true(
		service_text_read(users, "u", slice_of("ptr net Mine own\nasn 1 Mine own"), &err));
	assert_true(service_text_read(
		ours, "o", slice_of("ptr mail.net Theirs isp\nptr org Theirs isp\nasn 1 T isp"),
		&err));
	assert_string_equal(name_of(ours, KEY_PTR, "mail.net"), "Mine");
	assert_string_equal(name_of(ours, KEY_PTR, "mail.org"), "Theirs");
	assert_string_equal(service_of_asn(ours, 1)->name, "Mine");
	/* and of one table the earlier file */
	assert_true(
		service_text_read(users, "v", slice_of("asn 1 Later own\nasn 2 Later own"), &err));
	assert_string_equal(service_of_asn(users, 1)->name, "Mine");
	assert_string_equal(service_of_asn(users, 2)->name, "Later");
	service_table_free(ours);
	service_table_free(users);
}

static void built_in_rules(void **state)
{
	struct service_table *table = service_table_new(NULL);

	(void)state;
	service_file_read_built_in(table);
	assert_true(service_table_count(table) > 700);
	assert_string_equal(name_of(table, KEY_DKIM, "amazonses.com"), "Amazon SES");
	assert_string_equal(name_of(table, KEY_SPF, "mail198.suw14.mcsv.net"), "Mailchimp");
	assert_string_equal(name_of(table, KEY_PTR, "mail-ej1-f41.google.com"), "Google Workspace");
	assert_string_equal(name_of(table, KEY_PTR, "eur05.outbound.protection.outlook.com"),
			    "Microsoft 365");
	assert_string_equal(service_of_asn(table, 11377)->name, "Twilio SendGrid");
	/* Networks that carry everybody's mail name nobody. */
	for (size_t i = 0; i < 8; i++) {
		static const uint32_t shared[] = { 16509, 15169, 8075,  13335,
						   16276, 24940, 31898, 8560 };

		assert_null(service_of_asn(table, shared[i]));
	}
	assert_null(name_of(table, KEY_PTR, "ec2-1-2-3-4.compute-1.amazonaws.com"));
	service_table_free(table);
}

static void map(void **state)
{
	static const char text[] = "type,base_reverse_dns,name\r\n"
				   "Email Provider,example.net,\"Example, Inc. \"\"E\"\"\"\r\n"
				   "ISP,isp.example,Provider\r\n"
				   "Education,edu.example,School\r\n"
				   ",plain.example,Plain\r\n";
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "", "m.csv:1: has no column base_reverse_dns" },
		{ "base_reverse_dns,type\n", "m.csv:1: has no column name" },
		{ "base_reverse_dns,name,type\na.example\n", "m.csv:2: has fewer columns" },
		{ "base_reverse_dns,name,type\na.example,\"A,ISP\n", "a closing quote is missing" },
		{ "base_reverse_dns,name,type\na..b,A,ISP\n", "is not a domain" },
	};
	struct service_table *table = service_table_new(NULL);
	const struct service *service;
	struct error err;

	(void)state;
	if (!service_text_read_map(table, "m.csv", slice_of(text), &err))
		fail_msg("%s", err.text);
	service = service_of_domain(table, KEY_PTR, slice_of("mail.example.net"));
	assert_string_equal(service->name, "Example, Inc. \"E\"");
	assert_string_equal(service->label, "Email Provider");
	assert_int_equal(service->type, SERVICE_MAILBOX);
	assert_int_equal(service_of_domain(table, KEY_PTR, slice_of("edu.example"))->type,
			 SERVICE_OTHER);
	assert_null(service_of_domain(table, KEY_PTR, slice_of("plain.example"))->label);
	service_table_free(table);
	FOR_ROWS (i, wrong) {
		table = service_table_new(NULL);
		if (service_text_read_map(table, "m.csv", slice_of(wrong[i].text), &err) ||
		    !strstr(err.text, wrong[i].why))
			fail_msg("%zu: %s", i, err.text);
		service_table_free(table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(a_rule_of_one_label),
		cmocka_unit_test(errors),
		cmocka_unit_test(limits),
		cmocka_unit_test(users_rules_come_first),
		cmocka_unit_test(built_in_rules),
		cmocka_unit_test(map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
