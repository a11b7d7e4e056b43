/* test_moved.c - a moved document is what would have been stored for the new tenant
 *
 * SPDX-License-Identifier: MIT
 *
 * Every golden case is read for two tables that give the same domains to tenants of
 * other names; each document of the first, moved, must be that of the second, byte by
 * byte, and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "bridge/report/domain_document.h"
#include "bridge/tenants/moved.h"
#include "ingest/report/input_ops.h"
#include "tests/golden/golden.h"
#include "tests/lib/drain.h"

#define CASES_MAX 500
#define DOCUMENTS_MAX 4096

struct kept {
	struct document_name name;
	char *json;
};

struct collector {
	struct taker taker; /* first: it is cast back */
	struct kept *documents;
	size_t count;
};

static const char *const domains[] = { "example.com", "example.net", "example.org" };

static bool collect(struct taker *taker, const struct document_name *name, struct slice json,
		    struct error *err)
{
	struct collector *c = (struct collector *)(void *)taker;

	(void)err;
	assert_true(c->count < DOCUMENTS_MAX);
	c->documents[c->count++] = (struct kept){ *name, xmemdup(json.data, json.size) };
	return true;
}

static struct tenant_table *table_of(const char *const *names)
{
	struct tenant_table *table = tenant_table_new();
	struct error err;

	for (size_t i = 0; i < 3; i++)
		assert_true(tenant_table_add(table, names[i], slice_of(domains[i]), &err));
	return table;
}

static void read_all(const struct golden *golden, struct tenant_table *table, struct collector *c)
{
	struct ingest_settings settings = golden->settings;
	struct input *input = input_from_memory(strbuf_slice(&golden->bytes));
	struct ingest_file *file;
	struct ingest *ingest;
	struct error err;
	bool more = true;

	*c = (struct collector){ .taker = { collect } };
	c->documents = xcalloc(DOCUMENTS_MAX, sizeof(*c->documents));
	settings.tenants = table;
	ingest = ingest_new(&settings);
	file = ingest_file_open(ingest, input, golden->input_name);
	while (ingest_file_next(file, &more, &err) && more) {
		golden_give_keys(golden, ingest);
		assert_true(drain(ingest, &c->taker, &err));
	}
	ingest_file_close(file);
	ingest_free(ingest);
	input_close(input);
}

static void forget(struct collector *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->documents[i].json);
	free(c->documents);
}

static enum moved_fate move_one(const struct moved_rule *rule, const struct kept *from,
				struct document_name *name, struct strbuf *json)
{
	struct document_view view;
	enum moved_fate fate;

	document_view_init(&view);
	document_view_read(&view, slice_of(from->json));
	fate = moved_make(rule, from->name.kind, slice_of(from->name.id), slice_of(from->json),
			  &view, name, json);
	document_view_release(&view);
	return fate;
}

/* Moves from and compares with to. */
static void compare(const struct golden *golden, const struct tenant_table *table,
		    const struct kept *from, const struct kept *to)
{
	const struct moved_rule rule = { table, from->name.tenant, to->name.tenant, { NULL, 0 } };
	struct document_name name;
	struct strbuf json;
	enum moved_fate fate;

	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	fate = move_one(&rule, from, &name, &json);
	if (fate != MOVED)
		print_error("%s: %s\n", golden->folder, from->json);
	assert_int_equal(fate, MOVED);
	assert_string_equal(name.id, to->name.id);
	assert_string_equal(name.month, to->name.month);
	assert_string_equal(name.tenant, to->name.tenant);
	assert_int_equal(name.kind, to->name.kind);
	assert_string_equal(json.buf, to->json);
	strbuf_release(&json);
}

static void every_golden_document_moves_byte_by_byte(void **state)
{
	static const char *const first[] = { "a", "b", "c" };
	static const char *const second[] = { "another_name", "b2", "a" };
	static struct golden *cases[CASES_MAX];
	struct tenant_table *tables[] = { table_of(first), table_of(second) };
	size_t count = 0, kinds[DOCUMENT_KINDS] = { 0 };

	(void)state;
	golden_find("tests/golden", NULL, cases, &count, CASES_MAX);
	assert_true(count > 200);
	for (size_t i = 0; i < count; i++) {
		struct collector a, b;

		golden_open(cases[i]);
		if (cases[i]->settings.schemas == 0) {
			read_all(cases[i], tables[0], &a);
			read_all(cases[i], tables[1], &b);
			assert_int_equal(a.count, b.count);
			for (size_t n = 0; n < a.count; n++) {
				if (strcmp(a.documents[n].name.tenant, TENANT_UNCLAIMED) == 0)
					continue;
				compare(cases[i], tables[1], &a.documents[n], &b.documents[n]);
				compare(cases[i], tables[0], &b.documents[n], &a.documents[n]);
				kinds[a.documents[n].name.kind]++;
			}
			forget(&a);
			forget(&b);
		}
		golden_close(cases[i]);
		free(cases[i]);
	}
	for (unsigned kind = 0; kind <= DOCUMENT_FEED; kind++)
		assert_true(kinds[kind] > 0);
	tenant_table_free(tables[0]);
	tenant_table_free(tables[1]);
}

/* --- by hand ---------------------------------------------------------------------------- */

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void check_of(const char *tenant, struct kept *kept, char *json, size_t size)
{
	uint8_t state[HASH_SIZE];

	for (unsigned i = 0; i < HASH_SIZE; i++)
		state[i] = (uint8_t)((i % 16) * 0x11);
	domain_check_name(&kept->name, tenant, slice_of("mail.example.com"), 1735693200, state);
	snprintf(json, size,
		 "{\"@timestamp\":\"2025-01-01T01:00:00Z\",\"event.dataset\":\"domain_check\","
		 "\"organization.name\":\"%s\",\"domain.name\":\"mail.example.com\","
		 "\"domain.digest\":\"" DIGEST "\",\"x\":\",\\\"organization.name\\\":\\\"a\\\"\"}",
		 tenant);
	kept->json = json;
}

static void a_check_of_a_domain_moves_too(void **state)
{
	static const char *const names[] = { "b", "x", "y" };
	struct tenant_table *table = table_of(names);
	struct moved_rule rule = { table, "a", "b", slice_of("example.com") };
	char from_json[512], to_json[512];
	struct kept from, to;
	struct document_name name;
	struct strbuf json;

	(void)state;
	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	check_of("a", &from, from_json, sizeof(from_json));
	check_of("b", &to, to_json, sizeof(to_json));
	assert_int_equal(move_one(&rule, &from, &name, &json), MOVED);
	assert_string_equal(name.id, to.name.id);
	assert_string_equal(json.buf, to_json);
	/* Of another tenant, another domain, or under an id of something else. */
	rule.to = "x";
	assert_int_equal(move_one(&rule, &from, &name, &json), MOVED_OF_OTHERS);
	rule.to = "b";
	rule.domain = slice_of("ample.com");
	assert_int_equal(move_one(&rule, &from, &name, &json), MOVED_OF_OTHERS);
	rule.domain = slice_of("mail.example.com");
	from.name.id[0] ^= 1;
	assert_int_equal(move_one(&rule, &from, &name, &json), MOVED_UNKNOWN);
	from.name.id[0] ^= 1;
	rule.from = "c";
	assert_int_equal(move_one(&rule, &from, &name, &json), MOVED_UNKNOWN);
	strbuf_release(&json);
	tenant_table_free(table);
}

static void a_feed_document_of_several_domains_stays(void **state)
{
	static const struct {
		const char *domains;
		enum moved_fate want;
	} rows[] = {
		{ "[\"example.com\"]", MOVED_UNKNOWN }, /* so far all is well */
		{ "[\"example.com\",\"mail.example.com\"]", MOVED_UNKNOWN },
		{ "[\"example.com\",\"example.net\"]", MOVED_MIXED },
		{ "[\"unclaimed.example\"]", MOVED_MIXED },
		{ "[]", MOVED_MIXED },
	};
	static const char *const names[] = { "b", "x", "y" };
	struct tenant_table *table = table_of(names);
	const struct moved_rule rule = { table, "a", "b", slice_of("example.com") };
	struct document_name name;
	struct strbuf json;
	char text[256];

	(void)state;
	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kept kept = { .name = { .kind = DOCUMENT_FEED }, .json = text };

		snprintf(text, sizeof(text), "{\"feed.domains\":%s}", rows[i].domains);
		assert_int_equal(move_one(&rule, &kept, &name, &json), rows[i].want);
	}
	strbuf_release(&json);
	tenant_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_document_moves_byte_by_byte),
		cmocka_unit_test(a_check_of_a_domain_moves_too),
		cmocka_unit_test(a_feed_document_of_several_domains_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
