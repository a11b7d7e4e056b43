/* test_template.c - index templates hold every field of the table
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/json_reader.h"
#include "bridge/setup/parsedmarc_template.h"
#include "bridge/setup/template.h"
#include "ingest/document/field.h"
#include "ingest/document/parsedmarc_field.h"

static const struct index_naming own = { .prefix = "prefix" };

/* Walks a template and collects "name:type" of every mapped field. */
struct walk {
	char path[512];
	size_t ends[32]; /* length of path at each object */
	unsigned depth;
	bool type_next;
	struct strbuf found;
};

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct walk *w = context;

	(void)depth;
	(void)err;
	if (event == JSON_OBJECT) {
		if (w->type_next) /* a field of that name, not the type of one */
			snprintf(w->path + strlen(w->path), sizeof(w->path) - strlen(w->path),
				 ".type");
		w->type_next = false;
		w->ends[++w->depth] = strlen(w->path);
	} else if (event == JSON_OBJECT_END) {
		w->path[w->ends[w->depth--]] = '\0';
	} else if (event == JSON_KEY) {
		w->type_next = slice_is(text, "type");
		w->path[w->ends[w->depth]] = '\0';
		if (!slice_is(text, "properties") && !w->type_next)
			snprintf(w->path + strlen(w->path), sizeof(w->path) - strlen(w->path),
				 ".%.*s", (int)text.size, text.data);
	} else if (event == JSON_STRING && w->type_next) {
		strbuf_add_format(&w->found, "%s:%.*s\n", w->path, (int)text.size, text.data);
	}
	return true;
}

static const char *type_name(enum field_type type)
{
	static const char *const names[] = {
		[FIELD_TEXT] = "text",
		[FIELD_KEYWORD] = "keyword",
		[FIELD_LONG] = "long",
		[FIELD_DATE] = "date",
		[FIELD_IP] = "ip",
		[FIELD_BOOLEAN] = "boolean",
		[FIELD_GEO_POINT] = "geo_point",
	};

	return names[type];
}

static void templates_hold_exactly_the_fields_of_their_kind(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
		struct walk w = { .depth = 0 };
		struct strbuf json, line;
		struct json_reader *reader;
		struct error err;
		size_t lines = 0;

		strbuf_init(&json, 1 << 20);
		strbuf_init(&line, 4096);
		strbuf_init(&w.found, 1 << 20);
		template_json(&(const struct template){ .kind = kind, .naming = &own }, &json);
		assert_false(json.overflowed);
		reader = json_reader_new(on_event, &w, 32, 65536);
		assert_true(json_reader_feed(reader, strbuf_slice(&json), &err));
		assert_true(json_reader_end(reader, &err));
		json_reader_free(reader);
		for (unsigned i = 0; i < FIELD_COUNT; i++) {
			const struct field_info *info = field_info(i);

			if (!(info->kinds & 1u << kind))
				continue;
			lines++;
			strbuf_reset(&line);
			strbuf_add_format(&line, ".template.mappings.%s:%s\n", info->name,
					  type_name(info->type));
			if (!strstr(w.found.buf, line.buf))
				fail_msg("%s lacks %s", document_kind_name(kind), line.buf);
		}
		for (const char *at = w.found.buf; (at = strchr(at, '\n')); at++)
			lines--;
		assert_int_equal(lines, 0);
		strbuf_release(&json);
		strbuf_release(&line);
		strbuf_release(&w.found);
	}
}

static bool is_object_of(const char *object, const char *name)
{
	const size_t size = strlen(object);

	return strncmp(object, name, size) == 0 && name[size] == '.';
}

static void no_field_is_an_object_too_and_none_stands_twice(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		for (unsigned j = 0; j < FIELD_COUNT; j++) {
			const char *a = field_info(i)->name, *b = field_info(j)->name;

			if (is_object_of(a, b) || (i != j && strcmp(a, b) == 0))
				fail_msg("%s and %s", a, b);
		}
}

static void templates_of_parsedmarc_name_every_tenant_and_every_field(void **state)
{
	const struct tenant_config b = { .name = "b" }, a = { .name = "a", .next = (void *)&b };
	const struct index_naming naming = { .prefix = "x-",
					     .schema = SCHEMA_PARSEDMARC,
					     .suffix = "s" };
	struct strbuf name, json;

	(void)state;
	strbuf_init(&name, 256);
	strbuf_init(&json, 1 << 20);
	for (unsigned i = 0; parsedmarc_template(i, &naming, &a, &name, &json); i++) {
		static const enum document_kind kinds[] = { DOCUMENT_DMARC_AGGREGATE,
							    DOCUMENT_DMARC_FAILURE,
							    DOCUMENT_SMTP_TLS };
		char patterns[256];
		unsigned types = 0;

		snprintf(patterns, sizeof(patterns),
			 "\"index_patterns\":[\"x-%1$s_s-*\",\"x-a_%1$s_s-*\",\"x-b_%1$s_s-*\"]",
			 document_kind_name(kinds[i]));
		if (!strstr(json.buf, patterns))
			fail_msg("%s", json.buf);
		for (unsigned f = 0; f < PARSEDMARC_FIELD_COUNT; f++)
			types += parsedmarc_field_info(f)->kinds >> kinds[i] & 1;
		for (const char *at = json.buf; (at = strstr(at, "{\"type\":")); at++)
			types -= strncmp(at, "{\"type\":\"keyword\"", 17) != 0;
		assert_int_equal(types, 0);
		strbuf_reset(&name);
		strbuf_reset(&json);
	}
	strbuf_release(&name);
	strbuf_release(&json);
}

static void hash_template(struct hash *hash, const struct template *template)
{
	struct strbuf json;

	strbuf_init(&json, 1 << 20);
	template_json(template, &json);
	assert_false(json.overflowed);
	hash_field(hash, strbuf_slice(&json));
	strbuf_release(&json);
}

static void hash_templates(struct hash *hash)
{
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++)
		for (unsigned flavour = FLAVOUR_ELASTICSEARCH; flavour <= FLAVOUR_SERVERLESS;
		     flavour++)
			for (unsigned form = 0; form < MAPPING_FORMS; form++)
				hash_template(hash, &(const struct template){ .kind = kind,
									      .naming = &own,
									      .flavour = flavour,
									      .form = form });
}

static void hash_parsedmarc_templates(struct hash *hash)
{
	const struct index_naming naming = { .schema = SCHEMA_PARSEDMARC, .prefix = "" };
	struct strbuf name, json;

	strbuf_init(&name, 1 << 16);
	strbuf_init(&json, 1 << 20);
	for (unsigned i = 0; parsedmarc_template(i, &naming, NULL, &name, &json); i++)
		continue;
	hash_field(hash, strbuf_slice(&json));
	strbuf_release(&name);
	strbuf_release(&json);
}

static void other_templates_have_another_version(void **state)
{
	char digest[2 * HASH_SIZE + 1];
	uint8_t bytes[HASH_SIZE];
	struct hash hash;

	(void)state;
	hash_init(&hash);
	hash_templates(&hash);
	hash_parsedmarc_templates(&hash);
	hash_end(&hash, bytes);
	hash_hex(bytes, digest);
	if (strcmp(digest, TEMPLATE_DIGEST) != 0)
		fail_msg(
			"the index templates have changed: in bridge/setup/template.h raise "
			"TEMPLATE_VERSION (now %d), and set TEMPLATE_DIGEST to what this test prints "
			"then (now %s)",
			TEMPLATE_VERSION, digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_of_parsedmarc_name_every_tenant_and_every_field),
		cmocka_unit_test(templates_hold_exactly_the_fields_of_their_kind),
		cmocka_unit_test(no_field_is_an_object_too_and_none_stands_twice),
		cmocka_unit_test(other_templates_have_another_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
