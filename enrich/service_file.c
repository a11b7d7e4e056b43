/* service_file.c - reads files of rules that name sending services
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/service_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define FILE_BYTES_MAX (32 * MIB)
#define LINE_BYTES_MAX 1024
#define NAME_BYTES_MAX 200
#define FIELDS_MAX 5
#define CSV_COLUMNS_MAX 16

/* The built-in rules, generated from senders.conf. */
static const char built_in[] =
#include "enrich/senders.conf.inc"
	;

static const char *const key_words[SERVICE_KEYS] = {
	[KEY_DKIM] = "dkim", [KEY_SPF] = "spf",         [KEY_PTR] = "ptr",
	[KEY_ASN] = "asn",   [KEY_NETWORK] = "network",
};

/* --- files ------------------------------------------------------------------------ */

static bool read_text(const char *path, struct strbuf *text, struct error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;
	char *room;

	while (fd >= 0 && (room = strbuf_room(text, 64 * KIB)) &&
	       (got = read(fd, room, 64 * KIB)) > 0) {
		text->len += (size_t)got;
		text->buf[text->len] = '\0';
	}
	if (text->overflowed)
		error_set(err, ERROR_FATAL, "%s: is larger than %zu MiB", path,
			  FILE_BYTES_MAX / MIB);
	else if (got < 0)
		error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return !text->overflowed && got == 0;
}

typedef bool text_reader(struct service_table *table, const char *file, struct slice text,
			 struct error *err);

static bool read_file(struct service_table *table, const char *path, text_reader *reader,
		      struct error *err)
{
	struct strbuf text;
	bool good;

	strbuf_init(&text, FILE_BYTES_MAX);
	good = read_text(path, &text, err) && reader(table, path, strbuf_slice(&text), err);
	strbuf_release(&text);
	return good;
}

bool service_file_read(struct service_table *table, const char *path, struct error *err)
{
	return read_file(table, path, service_text_read, err);
}

bool service_file_read_map(struct service_table *table, const char *path, struct error *err)
{
	return read_file(table, path, service_text_read_map, err);
}

void service_file_read_built_in(struct service_table *table)
{
	struct error err;

	/* a unit test ensures that the built-in file is valid */
	if (!service_text_read(table, "senders.conf", slice_of(built_in), &err))
		abort();
}

/* --- values ------------------------------------------------------------------------ */

/* A name is displayed, so it must be printable. */
static bool check_name(struct slice name, struct error *err)
{
	if (name.size == 0)
		return error_set(err, ERROR_FATAL, "the name is empty");
	if (name.size > NAME_BYTES_MAX)
		return error_set(err, ERROR_FATAL, "the name is longer than %d bytes",
				 NAME_BYTES_MAX);
	for (size_t at = 0; at < name.size;) {
		const size_t length = utf8_sequence(name.data + at, name.size - at);

		if (length == 0 || utf8_is_control(name.data + at, length))
			return error_set(err, ERROR_FATAL,
					 "the name is not UTF-8 or contains control characters");
		at += length;
	}
	return true;
}

static const char *to_text(char *room, struct slice text)
{
	memcpy(room, text.data, text.size);
	room[text.size] = '\0';
	return room;
}

/* --- senders.conf ------------------------------------------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice skip_blanks(struct slice text)
{
	while (text.size > 0 && is_blank(*text.data))
		text = slice_skip(text, 1);
	return text;
}

/* Returns the next field; absent at the end of the line or before a comment. */
static bool next_field(struct slice *line, struct slice *field, struct error *err)
{
	size_t end = 0;

	*line = skip_blanks(*line);
	*field = slice_of(NULL);
	if (line->size == 0 || *line->data == '#')
		return true;
	if (*line->data == '"') {
		*line = slice_skip(*line, 1);
		end = slice_find(*line, '"');
		if (end == line->size)
			return error_set(err, ERROR_FATAL, "a closing quote is missing");
		*field = (struct slice){ line->data, end };
		*line = slice_skip(*line, end + 1);
		if (line->size > 0 && !is_blank(*line->data))
			return error_set(err, ERROR_FATAL, "a blank is missing after a quote");
		return true;
	}
	while (end < line->size && !is_blank(line->data[end]))
		end++;
	*field = (struct slice){ line->data, end };
	*line = slice_skip(*line, end);
	return true;
}

static bool split_line(struct slice line, struct slice fields[static FIELDS_MAX], size_t *count,
		       struct error *err)
{
	struct slice field;

	*count = 0;
	for (;;) {
		if (!next_field(&line, &field, err))
			return false;
		if (!field.data)
			return true;
		if (*count == FIELDS_MAX)
			return error_set(err, ERROR_FATAL, "more than %d fields", FIELDS_MAX);
		fields[(*count)++] = field;
	}
}

static bool key_of(struct slice word, enum service_key *key, struct error *err)
{
	for (size_t i = 0; i < SERVICE_KEYS; i++) {
		if (slice_is(word, key_words[i])) {
			*key = (enum service_key)i;
			return true;
		}
	}
	return error_set(err, ERROR_FATAL, "kind '%.*s' is not dkim, spf, ptr, asn or network",
			 (int)word.size, word.data);
}

static bool check_help(struct slice url, struct error *err)
{
	bool good = slice_starts_with(url, "https://");

	for (size_t i = 0; i < url.size; i++)
		good = good && url.data[i] > ' ' && url.data[i] < 0x7f && url.data[i] != '"';
	return good || error_set(err, ERROR_FATAL, "help is not an https:// address");
}

static bool read_line(struct service_table *table, struct slice text, unsigned line,
		      struct error *err)
{
	char name[LINE_BYTES_MAX + 1], help[LINE_BYTES_MAX + 1];
	struct service service = { .help = NULL };
	struct slice fields[FIELDS_MAX];
	enum service_key key = KEY_DKIM;
	size_t count;

	if (text.size > LINE_BYTES_MAX)
		return error_set(err, ERROR_FATAL, "longer than %d bytes", LINE_BYTES_MAX);
	if (!split_line(text, fields, &count, err))
		return false;
	if (count == 0)
		return true;
	if (count < 4)
		return error_set(err, ERROR_FATAL, "needs kind, pattern, name and type");
	if (!key_of(fields[0], &key, err) || !check_name(fields[2], err))
		return false;
	if (!service_type_of(fields[3], &service.type))
		return error_set(err, ERROR_FATAL, "unknown type '%.*s'", (int)fields[3].size,
				 fields[3].data);
	if (count > 4 && !check_help(fields[4], err))
		return false;
	service.name = to_text(name, fields[2]);
	if (count > 4)
		service.help = to_text(help, fields[4]);
	return service_table_add(table, key, fields[1], &service, line, err);
}

bool service_text_read(struct service_table *table, const char *file, struct slice text,
		       struct error *err)
{
	unsigned line = 0;

	if (slice_starts_with(text, "\xef\xbb\xbf"))
		text = slice_skip(text, 3);
	service_table_begin_file(table);
	while (text.size > 0) {
		const struct slice next = slice_split(text, '\n', &text);

		line++;
		if (!read_line(table, next, line, err))
			return error_context(err, "%s:%u", file, line);
	}
	return true;
}

/* --- parsedmarc's map --------------------------------------------------------------- */

/* One row of CSV (RFC 4180).  Quoted fields may contain commas and doubled quotes, but no
 * line ends.  Texts are copied to room. */
static bool split_row(struct slice row, char *room, struct slice fields[static CSV_COLUMNS_MAX],
		      size_t *count)
{
	size_t at = 0;

	*count = 0;
	for (;;) {
		const bool quoted = at < row.size && row.data[at] == '"';
		char *const begin = room;

		at += quoted;
		while (at < row.size && row.data[at] != (quoted ? '"' : ',')) {
			*room++ = row.data[at++];
			if (quoted && at + 1 < row.size && row.data[at] == '"' &&
			    row.data[at + 1] == '"') {
				*room++ = '"';
				at += 2;
			}
		}
		if (quoted && (at == row.size || (++at < row.size && row.data[at] != ',')))
			return false;
		if (*count < CSV_COLUMNS_MAX)
			fields[(*count)++] = slice_between(begin, room);
		if (at >= row.size)
			return true;
		at++;
	}
}

struct columns {
	size_t domain, name, type;
};

static bool column_of(const struct slice *fields, size_t count, const char *name, size_t *column,
		      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_is_nocase(slice_trim(fields[i]), name)) {
			*column = i;
			return true;
		}
	}
	return error_set(err, ERROR_FATAL, "has no column %s", name);
}

/* Maps parsedmarc's types to ours; unknown ones become other. */
static enum service_type type_of_label(struct slice label)
{
	static const struct {
		const char *label;
		enum service_type type;
	} types[] = {
		{ "Email Provider", SERVICE_MAILBOX },
		{ "Marketing", SERVICE_MARKETING },
		{ "Email Security", SERVICE_SECURITY },
		{ "Web Host", SERVICE_HOSTING },
		{ "ISP", SERVICE_ISP },
		{ "SaaS", SERVICE_SAAS },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is_nocase(label, types[i].label))
			return types[i].type;
	return SERVICE_OTHER;
}

static bool read_row(struct service_table *table, const struct columns *columns,
		     const struct slice *fields, size_t count, unsigned line, struct error *err)
{
	char name[LINE_BYTES_MAX + 1], label[LINE_BYTES_MAX + 1];
	struct slice domain, name_field, type_field;
	struct service service = { .help = NULL };

	if (count <= columns->domain || count <= columns->name || count <= columns->type)
		return error_set(err, ERROR_FATAL, "has fewer columns than the first line");
	domain = slice_trim(fields[columns->domain]);
	name_field = slice_trim(fields[columns->name]);
	type_field = slice_trim(fields[columns->type]);
	if (!check_name(name_field, err))
		return false;
	service.name = to_text(name, name_field);
	service.label = type_field.size > 0 ? to_text(label, type_field) : NULL;
	service.type = type_of_label(type_field);
	return service_table_add(table, KEY_PTR, domain, &service, line, err);
}

static bool read_map_line(struct service_table *table, struct columns *columns, struct slice text,
			  unsigned line, struct error *err)
{
	char room[LINE_BYTES_MAX + 1];
	struct slice fields[CSV_COLUMNS_MAX];
	size_t count;

	text = slice_trim(text);
	if (text.size > LINE_BYTES_MAX)
		return error_set(err, ERROR_FATAL, "longer than %d bytes", LINE_BYTES_MAX);
	if (text.size == 0 && line > 1)
		return true;
	if (!split_row(text, room, fields, &count))
		return error_set(err, ERROR_FATAL, "a closing quote is missing");
	if (line > 1)
		return read_row(table, columns, fields, count, line, err);
	return column_of(fields, count, "base_reverse_dns", &columns->domain, err) &&
	       column_of(fields, count, "name", &columns->name, err) &&
	       column_of(fields, count, "type", &columns->type, err);
}

bool service_text_read_map(struct service_table *table, const char *file, struct slice text,
			   struct error *err)
{
	struct columns columns = { 0, 0, 0 };
	unsigned line = 0;

	if (slice_starts_with(text, "\xef\xbb\xbf"))
		text = slice_skip(text, 3);
	service_table_begin_file(table);
	do {
		const struct slice next = slice_split(text, '\n', &text);

		line++;
		if (!read_map_line(table, &columns, next, line, err))
			return error_context(err, "%s:%u", file, line);
	} while (text.size > 0);
	return true;
}
