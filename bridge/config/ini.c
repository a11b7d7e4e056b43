/* ini.c - the lines of a configuration file
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/ini.h"

#include "base/ascii.h"

static bool starts_comment(char c)
{
	return c == '#' || c == ';';
}

static struct slice without_comment(struct slice line)
{
	for (size_t i = 0; i < line.size; i++)
		if (starts_comment(line.data[i]) && (i == 0 || ascii_is_space(line.data[i - 1])))
			return slice_trim((struct slice){ line.data, i });
	return slice_trim(line);
}

static bool read_section(struct slice line, const struct ini_handler *handler, void *context,
			 struct error *err)
{
	struct slice kind, name;

	if (line.data[line.size - 1] != ']')
		return error_set(err, ERROR_FATAL, "a section begins with [ and ends with ]");
	line = slice_trim((struct slice){ line.data + 1, line.size - 2 });
	kind = slice_split(line, ' ', &name);
	return handler->section(context, kind, name.data ? slice_trim(name) : name, err);
}

static bool read_entry(struct slice line, const struct ini_handler *handler, void *context,
		       struct error *err)
{
	struct slice value, key = slice_split(line, '=', &value);

	if (!value.data)
		return error_set(err, ERROR_FATAL, "neither [section] nor key = value");
	return handler->entry(context, slice_trim(key), slice_trim(value), err);
}

bool ini_read(struct slice text, const char *file, const struct ini_handler *handler,
	      void *context, struct error *err)
{
	for (unsigned number = 1; text.data; number++) {
		const struct slice line = without_comment(slice_split(text, '\n', &text));
		bool good = true;

		if (memchr(line.data ? line.data : "", '\0', line.size))
			good = error_set(err, ERROR_FATAL, "a NUL byte");
		else if (line.size > 0 && line.data[0] == '[')
			good = read_section(line, handler, context, err);
		else if (line.size > 0)
			good = read_entry(line, handler, context, err);
		if (!good)
			return error_context(err, "%s:%u", file, number);
	}
	return true;
}
