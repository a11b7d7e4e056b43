/* foreign_ini.c - a configuration file as Python's configparser reads it
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/import/foreign_ini.h"

#include "base/ascii.h"

struct reading {
	struct arena *arena;
	struct slice section;
	struct foreign_entry **end;
	struct foreign_entry *last; /* that an indented line belongs to */
	unsigned line;
};

static bool no_room(struct error *err)
{
	return error_set(err, ERROR_FATAL, "the file is too large");
}

static bool read_section(struct reading *r, struct slice line, struct error *err)
{
	const size_t end = slice_find(line, ']');

	if (end == line.size)
		return error_set(err, ERROR_FATAL, "a section without ]");
	r->section = (struct slice){ line.data + 1, end - 1 };
	r->last = NULL;
	return true;
}

static bool read_entry(struct reading *r, struct slice line, struct error *err)
{
	size_t end = 0;
	struct foreign_entry *entry;
	char *key;

	while (end < line.size && line.data[end] != '=' && line.data[end] != ':')
		end++;
	if (end == line.size || end == 0 || !r->section.data)
		return error_set(err, ERROR_FATAL, "neither [section] nor key = value");
	entry = arena_alloc(r->arena, sizeof(*entry));
	key = arena_text(r->arena, slice_trim((struct slice){ line.data, end }));
	if (!entry || !key)
		return no_room(err);
	for (char *c = key; *c; c++)
		*c = ascii_lower(*c);
	*entry = (struct foreign_entry){
		.section = r->section,
		.key = slice_of(key),
		.value = slice_trim((struct slice){ line.data + end + 1, line.size - end - 1 }),
		.line = r->line,
	};
	*r->end = entry;
	r->end = &entry->next;
	r->last = entry;
	return true;
}

/* "a,\n  b" becomes "a, b". */
static bool go_on(struct reading *r, struct slice line, struct error *err)
{
	const struct slice value = r->last->value;
	char *joined = arena_alloc(r->arena, value.size + line.size + 2);

	if (!joined)
		return no_room(err);
	if (value.size > 0)
		memcpy(joined, value.data, value.size);
	joined[value.size] = ' ';
	memcpy(joined + value.size + 1, line.data, line.size);
	r->last->value = slice_trim((struct slice){ joined, value.size + 1 + line.size });
	return true;
}

static bool read_line(struct reading *r, struct slice raw, struct error *err)
{
	const struct slice line = slice_trim(raw);

	if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
		return true;
	if (memchr(line.data, '\0', line.size))
		return error_set(err, ERROR_FATAL, "a NUL byte");
	if (ascii_is_space(raw.data[0]) && r->last)
		return go_on(r, line, err);
	if (line.data[0] == '[')
		return read_section(r, line, err);
	return read_entry(r, line, err);
}

bool foreign_ini_read(struct slice text, const char *file, struct arena *arena,
		      struct foreign_entry **entries, struct error *err)
{
	struct reading r = { .arena = arena, .end = entries };

	*entries = NULL;
	if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = (struct slice){ text.data + 3, text.size - 3 };
	while (text.data) {
		r.line++;
		if (!read_line(&r, slice_split(text, '\n', &text), err))
			return error_context(err, "%s:%u", file, r.line);
	}
	return true;
}

struct slice foreign_ini_get(struct foreign_entry *entries, const char *section, const char *key)
{
	struct slice found = { NULL, 0 };

	for (; entries; entries = entries->next) {
		if (!slice_is(entries->section, section) || !slice_is(entries->key, key))
			continue;
		entries->used = true;
		if (entries->value.size > 0)
			found = entries->value;
	}
	return found;
}

bool foreign_ini_has(const struct foreign_entry *entries, const char *section)
{
	for (; entries; entries = entries->next)
		if (slice_is(entries->section, section))
			return true;
	return false;
}
