/* test_parse_read.c - files of a command line, in their order
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/commands/parse_read.h"
#include "tests/lib/scratch.h"

#define FILES 10

static const char head[] =
	"<feedback><report_metadata><org_name>a</org_name><report_id>%u</report_id>"
	"<date_range><begin>1763942400</begin><end>1764028799</end></date_range></report_metadata>"
	"<policy_published><domain>example.com</domain><p>none</p></policy_published>";
static const char record[] =
	"<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>"
	"<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>"
	"<identifiers><header_from>example.com</header_from></identifiers><auth_results/></record>";

/* All that is told, in its order. */
struct told {
	struct parse_output output; /* first */
	struct strbuf text;
	size_t documents, stop_at;
};

static bool take_document(struct parse_output *output, const struct document *document,
			  struct error *err)
{
	struct told *told = (struct told *)(void *)output;

	if (++told->documents == told->stop_at)
		return error_set(err, ERROR_FATAL, "full");
	strbuf_add_text(&told->text, document_kind_name(document->name->kind));
	strbuf_add_slice(&told->text, document->json);
	strbuf_add_byte(&told->text, '\n');
	return true;
}

static void take_result(struct parse_output *output, const char *path, unsigned reports,
			const struct error *reject)
{
	struct told *told = (struct told *)output;

	strbuf_add_format(&told->text, "%s: %u reports %s %s\n", path, reports,
			  reject ? reject->reason : "", reject ? reject->text : "");
}

static void take_trouble(struct parse_output *output, const char *path, const char *text)
{
	strbuf_add_format(&((struct told *)output)->text, "%s: trouble: %s\n", path, text);
}

static struct told read_all(const struct file_list *list, size_t stop_at)
{
	struct told told = {
		.output = { take_document, take_result, take_trouble },
		.stop_at = stop_at,
	};
	struct ingest_settings settings = { .now = 1764115200, .tenants = tenant_table_new() };
	const struct enrich_settings names = { .offline = true };
	struct error err;
	const struct parse_setup setup = {
		.settings = &settings,
		.enricher = enricher_open(&names, &err),
	};

	ingest_limits_default(&settings.limits);
	strbuf_init(&told.text, 64 * MIB);
	parse_read(list, &setup, &told.output);
	enricher_close(setup.enricher);
	tenant_table_free((struct tenant_table *)(uintptr_t)settings.tenants);
	return told;
}

static void write_file(const char *name, const char *text, unsigned id, unsigned records)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", scratch_directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	if (text) {
		fputs(text, file);
	} else {
		fprintf(file, head, id);
		for (unsigned i = 0; i < records; i++)
			fputs(record, file);
		fputs("</feedback>", file);
	}
	assert_int_equal(fclose(file), 0);
}

static void make_files(void)
{
	char path[256];

	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%u.xml", i);
		write_file(path, NULL, i, i);
	}
	write_file(".hidden", "no report", 0, 0);
	write_file("5-broken", "no report", 0, 0);
	snprintf(path, sizeof(path), "%s/3-directory", scratch_directory);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file("3-directory/inner.xml", NULL, 99, 1);
	snprintf(path, sizeof(path), "%s/6-pipe", scratch_directory);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static struct file_list list_files(void)
{
	struct file_list list = { 0 };

	file_list_add(&list, scratch_directory);
	file_list_add(&list, "/nonexistent");
	return list;
}

static int make(void **state)
{
	if (scratch_make(state) != 0)
		return -1;
	make_files();
	return 0;
}

static void directories_are_opened_in_order(void **state)
{
	static const char *const names[] = {
		"0.xml",  "1.xml", "2.xml",    "3-directory/inner.xml",
		"3.xml",  "4.xml", "5-broken", "5.xml",
		"6-pipe", "6.xml", "7.xml",    "8.xml",
		"9.xml",
	};
	const size_t count = sizeof(names) / sizeof(names[0]);
	struct file_list list = list_files();

	(void)state;
	assert_int_equal(list.count, count + 1);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(list.files[i].path + strlen(scratch_directory) + 1, names[i]);
	assert_string_equal(list.files[count].path, "/nonexistent");
	file_list_release(&list);
}

static void what_cannot_be_read_stops_nothing(void **state)
{
	struct file_list list = list_files();
	struct told told = read_all(&list, 0);

	(void)state;
	assert_non_null(strstr(told.text.buf, "5-broken: 0 reports not-a-report"));
	assert_non_null(strstr(told.text.buf, "6-pipe: trouble: neither a file nor a directory"));
	assert_non_null(strstr(told.text.buf, "9.xml: 1 reports"));
	assert_non_null(strstr(told.text.buf, "/nonexistent: trouble: No such file"));
	strbuf_release(&told.text);
	file_list_release(&list);
}

static void a_full_output_stops_all(void **state)
{
	struct file_list list = list_files();
	struct told told = read_all(&list, 3);

	(void)state;
	assert_non_null(strstr(told.text.buf, ": trouble: full"));
	assert_int_equal(told.documents, 3);
	strbuf_release(&told.text);
	file_list_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directories_are_opened_in_order),
		cmocka_unit_test(what_cannot_be_read_stops_nothing),
		cmocka_unit_test(a_full_output_stops_all),
	};

	return cmocka_run_group_tests(tests, make, scratch_remove);
}
