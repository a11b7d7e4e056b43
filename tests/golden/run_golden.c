/* run_golden.c - whole reports in, documents out, compared byte by byte
 *
 * SPDX-License-Identifier: MIT
 *
 *   run_golden [--accept] tests/golden
 *
 * tests/golden/KIND/NAME/ holds one case: input.* (the report, or the mail),
 * expected.ndjson or expected.reject, and NOTE, which says what the case shows
 * and names the rows of the quirk lists it covers ("covers: dmarc Q1 tlsrpt
 * Q22"; without a list it is that of the folder).  Every row needs a case.
 * NOTE may also carry what the report mail says about itself: "from-domain",
 * "subject", "tls-report-domain", "tls-report-submitter", "dkim-domain" and
 * "file-name", each followed by a colon and the value; "schema: parsedmarc"
 * asks for documents in that schema; "dkim-key: NAME TEXT" asks for signatures
 * to be verified, and is what DNS has.
 * The folder KIND picks the parser; "mail" is the whole walk, for files and
 * mailboxes as they come.  Every input is read twice, once in pieces
 * of one byte.  --accept rewrites what is expected; the diff is the review.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json_writer.h"
#include "base/xalloc.h"
#include "ingest/ingest.h"
#include "ingest/report/input_ops.h"
#include "tests/lib/drain.h"

#define NOW INT64_C(1795478400) /* 2026-11-24T00:00:00Z */
#define FILE_SIZE_MAX (4 * MIB)
#define CASES_MAX 500
#define ROWS_MAX 64

/* The lists of what reporters do wrong, by the number of their rows. */
struct quirk_list {
	const char *name;
	unsigned rows;
	bool covered[ROWS_MAX];
};

static struct quirk_list lists[] = {
	{ .name = "dmarc", .rows = 53 },
	{ .name = "tlsrpt", .rows = 37 },
};

static const struct kind {
	const char *folder;
	enum report_kind report; /* NONE: the whole walk */
} kinds[] = {
	{ "dmarc", REPORT_AGGREGATE },
	{ "tlsrpt", REPORT_TLSRPT },
	{ "mail", REPORT_NONE },
};

struct golden {
	const struct kind *kind;
	char folder[PATH_MAX];
	char name[NAME_MAX + 1];
};

static struct golden *cases[CASES_MAX];
static size_t case_count;
static bool accepting;

/* --- files ---------------------------------------------------------------- */

static bool read_file(const char *folder, const char *name, struct strbuf *content)
{
	char path[PATH_MAX + NAME_MAX + 2];
	ssize_t got;
	int fd;

	strbuf_init(content, FILE_SIZE_MAX);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	do {
		char *room = strbuf_room(content, 64 * KIB);

		assert_non_null(room);
		got = read(fd, room, 64 * KIB);
		assert_true(got >= 0);
		content->len += (size_t)got;
		content->buf[content->len] = '\0';
	} while (got > 0);
	close(fd);
	return true;
}

static void write_file(const char *folder, const char *name, struct slice content)
{
	char path[PATH_MAX + NAME_MAX + 2];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (content.size == 0) {
		unlink(path);
		return;
	}
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
	assert_int_equal(fclose(file), 0);
}

static bool find_input(const char *folder, char name[NAME_MAX + 1])
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	bool found = false;

	assert_non_null(directory);
	while (!found && (entry = readdir(directory))) {
		found = strncmp(entry->d_name, "input.", strlen("input.")) == 0;
		if (found)
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	}
	closedir(directory);
	return found;
}

/* The rest of the line of a NOTE that begins with "key:"; absent without one. */
static struct slice note_value(const struct strbuf *note, const char *key)
{
	struct slice rest = strbuf_slice(note);

	while (rest.data) {
		struct slice value, line = slice_split(rest, '\n', &rest);

		if (slice_is(slice_split(line, ':', &value), key) && value.data)
			return slice_trim(value);
	}
	return slice_of(NULL);
}

/* --- one byte at a time ----------------------------------------------------- */

struct slow_input {
	struct input input;
	struct input *fast;
};

static bool slow_read(struct input *input, char *buffer, size_t size, size_t *got,
		      struct error *err)
{
	return input_read(((struct slow_input *)input)->fast, buffer, size > 0 ? 1 : 0, got, err);
}

static bool slow_rewind(struct input *input, struct error *err)
{
	return input_rewind(((struct slow_input *)input)->fast, err);
}

static void slow_close(struct input *input)
{
	input_close(((struct slow_input *)input)->fast);
	free(input);
}

static struct input *slow_input_new(struct slice bytes)
{
	static const struct input_ops ops = {
		.read = slow_read,
		.rewind = slow_rewind,
		.close = slow_close,
	};
	struct slow_input *slow = xcalloc(1, sizeof(*slow));

	slow->input.ops = &ops;
	slow->fast = input_from_memory(bytes);
	return &slow->input;
}

/* --- reading a case --------------------------------------------------------- */

struct collector {
	struct taker taker; /* first: it is cast back */
	struct strbuf *documents;
};

static bool collect(struct taker *taker, const struct document_name *name,
		    struct slice json, struct error *err)
{
	struct strbuf *out = ((struct collector *)(void *)taker)->documents;
	struct json_writer jw;

	(void)err;
	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_text(&jw, "kind", document_kind_name(name->kind));
	jw_text(&jw, "tenant", name->tenant);
	jw_text(&jw, "month", name->month);
	jw_text(&jw, "id", name->id);
	jw_end(&jw);
	strbuf_add_byte(out, '\n');
	strbuf_add_slice(out, json);
	strbuf_add_byte(out, '\n');
	return true;
}

static void write_share(struct json_writer *jw, const struct report_share *share)
{
	jw_object(jw, NULL);
	jw_text(jw, "tenant", share->tenant);
	jw_string(jw, "domain", share->domain);
	jw_uint(jw, "documents", share->documents);
	jw_uint(jw, "messages", share->messages);
	jw_uint(jw, "successful_sessions", share->successful_sessions);
	jw_uint(jw, "failed_sessions", share->failed_sessions);
	jw_end(jw);
}

static void write_summary(struct strbuf *out, const struct report_summary *summary)
{
	char digest[2 * HASH_SIZE + 1];
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_object(&jw, "summary");
	jw_string(&jw, "organization", summary->organization);
	jw_string(&jw, "report_id", summary->report_id);
	jw_time(&jw, "begin", summary->begin);
	jw_time(&jw, "end", summary->end);
	hash_hex(summary->digest, digest);
	jw_text(&jw, "digest", digest);
	jw_array(&jw, "quirks");
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		if (quirk_has(&summary->quirks, i))
			jw_text(&jw, NULL, quirk_code(i));
	jw_end(&jw);
	jw_array(&jw, "shares");
	for (const struct report_share *share = summary->shares; share; share = share->next)
		write_share(&jw, share);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_add_byte(out, '\n');
}

/* Two tenants, so that cases can show whose a domain is. */
static struct tenant_table *tenants_new(void)
{
	struct tenant_table *table = tenant_table_new();
	struct error err;

	assert_true(tenant_table_add(table, "acme", slice_of("example.com"), &err));
	assert_true(tenant_table_add(table, "globex", slice_of("example.net"), &err));
	return table;
}

static void read_report(const struct golden *golden, const struct ingest_settings *settings,
			const struct strbuf *note, struct input *input, const char *input_name,
			struct strbuf *documents, struct strbuf *reject)
{
	const struct slice file_name = note_value(note, "file-name");
	const struct mail_headers headers = {
		.from_domain = note_value(note, "from-domain"),
		.subject = note_value(note, "subject"),
		.tls_report_domain = note_value(note, "tls-report-domain"),
		.tls_report_submitter = note_value(note, "tls-report-submitter"),
		.dkim_domains = { note_value(note, "dkim-domain") },
		.dkim_domain_count = note_value(note, "dkim-domain").data != NULL,
	};
	const struct quirk_set quirks = { 0 };
	const struct report_source source = {
		.input = input,
		.name = file_name.data ? file_name : slice_of(input_name),
		.headers = &headers,
		.quirks = &quirks,
	};
	struct collector collector = { { collect }, documents };
	struct report_summary summary;
	struct arena arena;
	struct error err = { 0 };

	arena_init(&arena, LIMIT_ARENA_BYTES);
	if (drain_report(golden->kind->report, settings, &arena, &source, NULL, &collector.taker,
			 &summary, &err)) {
		write_summary(documents, &summary);
	} else {
		assert_int_equal(err.class, ERROR_REJECT);
		assert_int_equal(documents->len, 0);
		strbuf_add_format(reject, "%s\n", err.reason);
	}
	arena_release(&arena);
}

static void write_result(struct strbuf *out, const struct ingest_result *result)
{
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_object(&jw, "result");
	jw_uint(&jw, "reports", result->reports);
	jw_uint(&jw, "documents", result->documents);
	jw_uint(&jw, "rejects", result->rejects);
	if (result->rejects > 0) {
		jw_text(&jw, "reason", result->reject.reason);
		jw_text(&jw, "text", result->reject.text);
	}
	jw_end(&jw);
	jw_end(&jw);
	strbuf_add_byte(out, '\n');
}

/* What DNS has, according to the NOTE. */
static void give_keys(struct ingest *ingest, struct slice key)
{
	struct slice text, key_name = slice_split(key, ' ', &text);
	char answer[KIB];
	const char *name;

	assert_true(text.size < sizeof(answer));
	if (text.size > 0)
		memcpy(answer, text.data, text.size);
	answer[text.size] = '\0';
	for (size_t i = 0; (name = ingest_key_wanted(ingest, i)); i++)
		ingest_give_key(ingest, name, (struct slice){ answer, slice_is(key_name, name)
								   ? text.size + 1 : 0 });
}

static void read_mails(const struct ingest_settings *settings, struct input *input,
		       const char *input_name, struct slice key, struct strbuf *documents)
{
	struct collector collector = { { collect }, documents };
	struct ingest *ingest = ingest_new(settings);
	struct ingest_file *file = ingest_file_open(ingest, input, input_name);
	struct error err;
	bool more;

	for (;;) {
		assert_true(ingest_file_next(file, &more, &err));
		if (!more)
			break;
		give_keys(ingest, key);
		assert_true(drain(ingest, &collector.taker, &err));
		write_result(documents, ingest_result_of(ingest));
	}
	ingest_file_close(file);
	ingest_free(ingest);
}

static void read_case(const struct golden *golden, const struct strbuf *note, struct input *input,
		      const char *input_name, struct strbuf *documents, struct strbuf *reject)
{
	static const char *const trusted[] = { "mx.example.com", NULL };
	struct tenant_table *tenants = tenants_new();
	struct ingest_settings settings = { .tenants = tenants, .now = NOW,
					    .trusted_authserv = trusted };
	const struct slice key = note_value(note, "dkim-key");

	if (slice_is(note_value(note, "schema"), "parsedmarc"))
		settings.schemas = 1u << SCHEMA_PARSEDMARC;
	settings.verify_dkim = key.data;
	ingest_limits_default(&settings.limits);
	strbuf_init(documents, FILE_SIZE_MAX);
	strbuf_init(reject, KIB);
	if (golden->kind->report != REPORT_NONE)
		read_report(golden, &settings, note, input, input_name, documents, reject);
	else
		read_mails(&settings, input, input_name, key, documents);
	assert_false(documents->overflowed);
	input_close(input);
	tenant_table_free(tenants);
}

static void expect(const struct golden *golden, const char *name, const struct strbuf *got)
{
	struct strbuf expected;

	if (accepting)
		write_file(golden->folder, name, strbuf_slice(got));
	else {
		(void)read_file(golden->folder, name, &expected);
		assert_string_equal(got->buf, expected.buf);
		strbuf_release(&expected);
	}
}

static struct quirk_list *list_named(struct slice name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (slice_is(name, lists[i].name))
			return &lists[i];
	return NULL;
}

static void note_coverage(const struct golden *golden, const struct strbuf *note)
{
	struct slice rest = note_value(note, "covers");
	struct quirk_list *list = list_named(slice_of(golden->kind->folder));

	while (rest.data) {
		const struct slice word = slice_trim(slice_split(rest, ' ', &rest));
		uint64_t row;

		if (word.size == 0)
			continue;
		if (list_named(word)) {
			list = list_named(word);
			continue;
		}
		assert_non_null(list);
		assert_true(word.data[0] == 'Q');
		assert_true(slice_to_uint((struct slice){ word.data + 1, word.size - 1 },
					  list->rows, &row));
		list->covered[row] = true;
	}
}

static void run_case(void **state)
{
	const struct golden *golden = *state;
	struct strbuf note, bytes, documents, reject, slow_documents, slow_reject;
	char input_name[NAME_MAX + 1];

	assert_true(find_input(golden->folder, input_name));
	assert_true(read_file(golden->folder, input_name, &bytes));
	assert_true(read_file(golden->folder, "NOTE", &note));
	note_coverage(golden, &note);
	read_case(golden, &note, input_from_memory(strbuf_slice(&bytes)), input_name,
		  &documents, &reject);
	read_case(golden, &note, slow_input_new(strbuf_slice(&bytes)), input_name,
		  &slow_documents, &slow_reject);
	assert_string_equal(slow_documents.buf, documents.buf);
	assert_string_equal(slow_reject.buf, reject.buf);
	expect(golden, "expected.ndjson", &documents);
	expect(golden, "expected.reject", &reject);
	strbuf_release(&note);
	strbuf_release(&bytes);
	strbuf_release(&documents);
	strbuf_release(&reject);
	strbuf_release(&slow_documents);
	strbuf_release(&slow_reject);
}

/* Runs last: which rows of the lists have a case. */
static void coverage(void **state)
{
	unsigned covered = 0, rows = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct quirk_list *list = &lists[i];

		for (unsigned row = 1; row <= list->rows; row++) {
			rows++;
			covered += list->covered[row];
			if (!list->covered[row])
				print_message("%s: no case covers Q%u\n", list->name, row);
		}
	}
	print_message("quirk rows covered: %u of %u\n", covered, rows);
	assert_int_equal(covered, rows);
}

/* --- finding the cases ------------------------------------------------------ */

static void add_case(const struct kind *kind, const char *root, const char *name)
{
	struct golden *golden = xcalloc(1, sizeof(*golden));

	golden->kind = kind;
	snprintf(golden->folder, sizeof(golden->folder), "%s/%s/%s", root, kind->folder, name);
	snprintf(golden->name, sizeof(golden->name), "%s", name);
	cases[case_count++] = golden;
}

static void find_cases(const struct kind *kind, const char *root)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int count;

	snprintf(path, sizeof(path), "%s/%s", root, kind->folder);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.' && case_count < CASES_MAX)
			add_case(kind, root, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[CASES_MAX + 1] = { 0 };
	int failed;

	accepting = argc > 1 && strcmp(argv[1], "--accept") == 0;
	if (argc != 2 + accepting) {
		fprintf(stderr, "usage: run_golden [--accept] FOLDER\n");
		return 2;
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		find_cases(&kinds[k], argv[argc - 1]);
	for (size_t i = 0; i < case_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i]->name,
			.test_func = run_case,
			.initial_state = cases[i],
		};
	tests[case_count] = (struct CMUnitTest){
		.name = "coverage",
		.test_func = coverage,
	};
	failed = _cmocka_run_group_tests("golden", tests, case_count + 1, NULL, NULL);
	for (size_t i = 0; i < case_count; i++)
		free(cases[i]);
	return failed;
}
