/* ini.c - parses the lines of a configuration file
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/ini.h"

#include "base/ascii.h"

static bool starts_comment(char c)
{
	return c == '#' || c == ';';
}

/* Position of a '#' or ';' at the start or after a blank; text.size: none. */
static size_t find_comment(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (starts_comment(text.data[i]) && (i == 0 || ascii_is_space(text.data[i - 1])))
			return i;
	return text.size;
}

/* The value is in one pair of double quotes, which do not belong to it. */
static bool is_quoted(struct slice value)
{
	return value.size >= 2 && value.data[0] == '"' &&
	       slice_find(slice_skip(value, 1), '"') == value.size - 2;
}

static bool read_section(struct slice text, struct ini_line *line, struct error *err)
{
	text = slice_trim((struct slice){ text.data, find_comment(text) });
	if (text.data[text.size - 1] != ']')
		return error_set(err, ERROR_FATAL, "a section begins with [ and ends with ]");
	text = slice_trim((struct slice){ text.data + 1, text.size - 2 });
	line->is_section = true;
	line->kind = slice_split(text, ' ', &line->name);
	if (line->name.data)
		line->name = slice_trim(line->name);
	return true;
}

static bool read_entry(struct slice text, struct ini_line *line, struct error *err)
{
	line->key = slice_trim(slice_split(text, '=', &line->value));
	if (!line->value.data)
		return error_set(err, ERROR_FATAL, "neither [section] nor key = value");
	line->value = slice_trim(line->value);
	if (is_quoted(line->value))
		line->value = (struct slice){ line->value.data + 1, line->value.size - 2 };
	else if (find_comment(line->value) < line->value.size)
		return error_set(
			err, ERROR_FATAL,
			"a comment needs a line of its own; put a value that holds ' #' or "
			"' ;' in double quotes");
	return true;
}

void ini_open(struct ini *ini, struct slice text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (slice_starts_with(text, mark))
		text = (struct slice){ text.data + strlen(mark), text.size - strlen(mark) };
	*ini = (struct ini){ .rest = text };
}

bool ini_next(struct ini *ini, struct ini_line *line, bool *more, struct error *err)
{
	while (ini->rest.data) {
		const struct slice text = slice_trim(slice_split(ini->rest, '\n', &ini->rest));

		*line = (struct ini_line){ .number = ++ini->number };
		*more = true;
		if (text.size == 0 || starts_comment(text.data[0]))
			continue;
		if (memchr(text.data, '\0', text.size))
			return error_set(err, ERROR_FATAL, "a NUL byte");
		return text.data[0] == '[' ? read_section(text, line, err)
					   : read_entry(text, line, err);
	}
	*more = false;
	return true;
}
