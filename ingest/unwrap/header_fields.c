/* SPDX-License-Identifier: MIT */
#include "ingest/unwrap/header_fields.h"

#include "base/ascii.h"

static bool continues(struct slice text)
{
	return text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t');
}

static bool name_valid(struct slice name)
{
	for (size_t i = 0; i < name.size; i++)
		if (ascii_is_control(name.data[i]) || name.data[i] == ' ')
			return false;
	return name.size > 0;
}

bool header_field_next(struct slice *text, struct header_field *field)
{
	while (text->size > 0) {
		struct slice rest, value;
		const struct slice line = slice_split(*text, '\n', &rest);
		struct slice name = slice_split(line, ':', &value);
		const char *end = line.data + line.size;

		*text = rest;
		if (continues(line) || !value.data || !name_valid(slice_trim(name)))
			continue;
		while (continues(*text)) {
			const struct slice more = slice_split(*text, '\n', &rest);

			end = more.data + more.size;
			*text = rest;
		}
		field->name = slice_trim(name);
		field->value = slice_trim(slice_between(value.data, end));
		return true;
	}
	return false;
}

struct slice header_unfold(struct arena *arena, struct slice value)
{
	char *copy = arena_text(arena, value);
	size_t used = 0;

	if (!copy)
		return (struct slice){ NULL, 0 };
	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] != '\n') {
			copy[used++] = value.data[i];
			continue;
		}
		while (used > 0 && ascii_is_space(copy[used - 1]))
			used--;
		while (i + 1 < value.size && ascii_is_space(value.data[i + 1]))
			i++;
		copy[used++] = ' ';
	}
	copy[used] = '\0';
	return (struct slice){ copy, used };
}
