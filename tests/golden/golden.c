/* golden.c - the cases below tests/golden
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/golden/golden.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json_writer.h"
#include "base/xalloc.h"

#define NOW INT64_C(1795478400) /* 2026-11-24T00:00:00Z */

static const struct golden_kind kinds[] = {
	{ "dmarc", REPORT_AGGREGATE },
	{ "tlsrpt", REPORT_TLSRPT },
	{ "mail", REPORT_NONE },
};

bool golden_read(const struct golden *golden, const char *name, struct strbuf *content)
{
	char path[PATH_MAX + NAME_MAX + 2];
	ssize_t got;
	int fd;

	strbuf_init(content, GOLDEN_SIZE_MAX);
	snprintf(path, sizeof(path), "%s/%s", golden->folder, name);
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

void golden_write(const struct golden *golden, const char *name, struct slice content)
{
	char path[PATH_MAX + NAME_MAX + 2];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", golden->folder, name);
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

struct slice golden_note(const struct golden *golden, const char *key)
{
	struct slice rest = strbuf_slice(&golden->note);

	while (rest.data) {
		struct slice value, line = slice_split(rest, '\n', &rest);

		if (slice_is(slice_split(line, ':', &value), key) && value.data)
			return slice_trim(value);
	}
	return slice_of(NULL);
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

void golden_open(struct golden *golden)
{
	static const char *const trusted[] = { "mx.example.com", NULL };

	assert_true(find_input(golden->folder, golden->input_name));
	assert_true(golden_read(golden, golden->input_name, &golden->bytes));
	assert_true(golden_read(golden, "NOTE", &golden->note));
	golden->tenants = tenants_new();
	golden->key = golden_note(golden, "dkim-key");
	golden->settings = (struct ingest_settings){
		.tenants = golden->tenants,
		.now = NOW,
		.trusted_authserv = trusted,
		.verify_dkim = golden->key.data,
	};
	if (slice_is(golden_note(golden, "schema"), "parsedmarc"))
		golden->settings.schemas = 1u << SCHEMA_PARSEDMARC;
	ingest_limits_default(&golden->settings.limits);
}

void golden_close(struct golden *golden)
{
	tenant_table_free(golden->tenants);
	strbuf_release(&golden->note);
	strbuf_release(&golden->bytes);
}

/* A member per line: documents are long, and a diff shows lines. */
static void write_members(const char *text, char path[static 32])
{
	const int fd = mkstemp(strcpy(path, "/tmp/golden-XXXXXX"));
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	assert_non_null(file);
	for (; *text; text++) {
		fputc(*text, file);
		if (*text == ',' && text[1] == '"')
			fputs("\n  ", file);
	}
	fclose(file);
}

static void print_diff(const char *name, const char *what, const char *expected, const char *got)
{
	char before[32], after[32], label[2 * NAME_MAX], other[2 * NAME_MAX];
	pid_t pid;

	write_members(expected, before);
	write_members(got, after);
	snprintf(label, sizeof(label), "%s: %s", name, what);
	snprintf(other, sizeof(other), "%s: now", name);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execlp("diff", "diff", "-u", "--label", label, "--label", other, before, after,
		       NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	waitpid(pid, NULL, 0);
	unlink(before);
	unlink(after);
}

void golden_compare(const struct golden *golden, const char *what, const char *expected,
		    const char *got)
{
	if (strcmp(expected, got) == 0)
		return;
	print_diff(golden->name, what, expected, got);
	fail_msg("%s: not as expected; if it is right, make accept", golden->name);
}

void golden_give_keys(const struct golden *golden, struct ingest *ingest)
{
	struct slice text, key_name = slice_split(golden->key, ' ', &text);
	char answer[KIB];
	const char *name;

	assert_true(text.size < sizeof(answer));
	if (text.size > 0)
		memcpy(answer, text.data, text.size);
	answer[text.size] = '\0';
	for (size_t i = 0; (name = ingest_key_wanted(ingest, i)); i++)
		ingest_give_key(ingest, name,
				(struct slice){ answer,
						slice_is(key_name, name) ? text.size + 1 : 0 });
}

void golden_add_document(struct strbuf *out, const struct document_name *name, struct slice json)
{
	struct json_writer jw;

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
}

void golden_add_result(struct strbuf *out, const struct ingest_result *result)
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

/* --- finding the cases ------------------------------------------------------ */

static struct golden *golden_new(const struct golden_kind *kind, const char *root, const char *name)
{
	struct golden *golden = xcalloc(1, sizeof(*golden));

	golden->kind = kind;
	snprintf(golden->folder, sizeof(golden->folder), "%s/%s/%s", root, kind->folder, name);
	snprintf(golden->name, sizeof(golden->name), "%s", name);
	return golden;
}

static void find_cases(const struct golden_kind *kind, const char *root, struct golden **cases,
		       size_t *found, size_t most)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int count;

	snprintf(path, sizeof(path), "%s/%s", root, kind->folder);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.' && *found < most)
			cases[(*found)++] = golden_new(kind, root, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void golden_find(const char *root, const char *kind, struct golden **cases, size_t *count,
		 size_t most)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (!kind || strcmp(kind, kinds[k].folder) == 0)
			find_cases(&kinds[k], root, cases, count, most);
}
