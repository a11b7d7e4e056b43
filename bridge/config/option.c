/* option.c - reading values by the option table
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/option.h"

#include "base/ascii.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit byte_units[] = {
	{ "", 1 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GiB", UINT64_C(1) << 30 },
	{ NULL, 0 },
};

static const struct unit time_units[] = {
	{ "ms", 1 },	      { "s", 1000 },	   { "m", 60 * 1000 },
	{ "h", 3600 * 1000 }, { "d", 86400 * 1000 }, { NULL, 0 },
};

/* Digits followed by one of the units; the product stays below 2^53. */
static bool read_measure(struct slice text, const struct unit *units, uint64_t *number)
{
	size_t digits = 0;
	uint64_t value;

	while (digits < text.size && ascii_is_digit(text.data[digits]))
		digits++;
	if (!slice_to_uint((struct slice){ text.data, digits }, UINT64_C(1) << 53, &value))
		return false;
	for (; units->name; units++) {
		if (!slice_is(slice_trim((struct slice){ text.data + digits, text.size - digits }),
			      units->name))
			continue;
		if (value > (UINT64_C(1) << 53) / units->factor)
			return false;
		*number = value * units->factor;
		return true;
	}
	return false;
}

bool option_read_time(struct slice text, int64_t *ms)
{
	uint64_t number;

	if (!read_measure(text, time_units, &number))
		return false;
	*ms = (int64_t)number;
	return true;
}

static bool read_choice(struct slice value, const char *choices, unsigned *number)
{
	struct slice rest = slice_of(choices);

	for (unsigned i = 0; rest.data; i++) {
		if (!slice_equal(slice_split(rest, '|', &rest), value))
			continue;
		*number = i;
		return true;
	}
	return false;
}

static const char *choice_name(const char *choices, unsigned number, struct arena *arena)
{
	struct slice word, rest = slice_of(choices);

	do
		word = slice_split(rest, '|', &rest);
	while (number-- > 0);
	return arena_text(arena, word);
}

static bool is_list_separator(char c)
{
	return c == ',' || ascii_is_space(c);
}

/* The next word of a list, or the absent slice. */
static struct slice next_word(struct slice *text)
{
	size_t start = 0, end;
	struct slice word;

	while (start < text->size && is_list_separator(text->data[start]))
		start++;
	if (start == text->size)
		return (struct slice){ NULL, 0 };
	for (end = start; end < text->size && !is_list_separator(text->data[end]); end++)
		;
	word = (struct slice){ text->data + start, end - start };
	*text = (struct slice){ text->data + end, text->size - end };
	return word;
}

static const char *const *read_list(struct slice value, struct arena *arena)
{
	struct slice rest = value, word;
	size_t count = 0;
	const char **list;

	while (next_word(&rest).data)
		count++;
	list = arena_array(arena, count + 1, sizeof(*list));
	rest = value;
	for (size_t i = 0; list && (word = next_word(&rest)).data; i++)
		list[i] = arena_text(arena, word);
	return list;
}

static const char *read_path(struct slice value, const char *directory, struct arena *arena)
{
	struct strbuf path;
	const char *text;

	if (value.size == 0 || value.data[0] == '/' || !directory)
		return arena_text(arena, value);
	strbuf_init(&path, 4096 + value.size);
	strbuf_add_format(&path, "%s/%.*s", directory, (int)value.size, value.data);
	text = arena_text(arena, strbuf_slice(&path));
	strbuf_release(&path);
	return text;
}

static bool read_value(const struct option *option, struct slice value, void *target,
		       const char *directory, struct arena *arena, struct error *err)
{
	char *at = (char *)target + option->offset;

	switch (option->type) {
	case OPTION_TEXT:
		*(const char **)(void *)at = arena_text(arena, value);
		return true;
	case OPTION_PATH:
		*(const char **)(void *)at = read_path(value, directory, arena);
		return true;
	case OPTION_LIST:
		*(const char *const **)(void *)at = read_list(value, arena);
		return true;
	case OPTION_NUMBER:
		if (slice_to_uint(value, UINT32_MAX, (uint64_t *)(void *)at))
			return true;
		return error_set(err, ERROR_FATAL, "%s: not a whole number", option->key);
	case OPTION_BYTES:
		if (read_measure(value, byte_units, (uint64_t *)(void *)at))
			return true;
		return error_set(err, ERROR_FATAL, "%s: not a size such as 50MiB", option->key);
	case OPTION_TIME:
		if (option_read_time(value, (int64_t *)(void *)at))
			return true;
		return error_set(err, ERROR_FATAL, "%s: not a time such as 30s or 5m", option->key);
	case OPTION_CHOICE:
		if (read_choice(value, option->choices, (unsigned *)(void *)at))
			return true;
		return error_set(err, ERROR_FATAL, "%s: not one of %s", option->key,
				 option->choices);
	}
	return false;
}

void options_default(const char *section, void *target, struct arena *arena)
{
	struct error err;

	for (const struct option *o = options; o->section; o++)
		if (o->initial && strcmp(o->section, section) == 0 &&
		    !read_value(o, slice_of(o->initial), target, NULL, arena, &err))
			__builtin_unreachable();
}

/* Edit distance, for keys of at most 63 letters. */
static unsigned distance(struct slice a, struct slice b)
{
	unsigned row[64];

	if (a.size >= 64 || b.size >= 64)
		return UINT32_MAX;
	for (unsigned j = 0; j <= b.size; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.size; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.size; j++) {
			unsigned best = diagonal + (a.data[i - 1] != b.data[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.size];
}

static bool unknown_key(const char *section, struct slice key, struct error *err)
{
	const char *near = NULL;
	unsigned best = 4;

	for (const struct option *o = options; o->section; o++) {
		const unsigned d = distance(slice_of(o->key), key);

		if (strcmp(o->section, section) != 0 || d >= best)
			continue;
		best = d;
		near = o->key;
	}
	return error_set(err, ERROR_FATAL, "[%s] has no key '%.*s'%s%s%s", section, (int)key.size,
			 key.data, near ? "; did you mean '" : "", near ? near : "",
			 near ? "'?" : "");
}

bool option_set(const char *section, struct slice key, struct slice value, void *target,
		const char *directory, struct arena *arena, struct error *err)
{
	for (const struct option *o = options; o->section; o++)
		if (strcmp(o->section, section) == 0 && slice_is(key, o->key))
			return read_value(o, value, target, directory, arena, err);
	return unknown_key(section, key, err);
}

static void print_measure(uint64_t number, const struct unit *units, struct strbuf *out)
{
	const struct unit *largest = units;

	for (; units->name; units++)
		if (number > 0 && number % units->factor == 0)
			largest = units;
	strbuf_add_format(out, "%llu%s", (unsigned long long)(number / largest->factor),
			  largest->name);
}

static bool is_given(const struct option *option, const char *at)
{
	switch (option->type) {
	case OPTION_TEXT:
	case OPTION_PATH: return *(const char *const *)(const void *)at != NULL;
	case OPTION_LIST: return *(const char *const *const *)(const void *)at != NULL;
	default: return true;
	}
}

static void print_value(const struct option *option, const char *at, struct strbuf *out)
{
	const char *const *list;
	struct arena words;

	switch (option->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
		strbuf_add_text(out, *(const char *const *)(const void *)at);
		break;
	case OPTION_LIST:
		list = *(const char *const *const *)(const void *)at;
		for (size_t i = 0; list[i]; i++)
			strbuf_add_format(out, "%s%s", i > 0 ? ", " : "", list[i]);
		break;
	case OPTION_NUMBER:
		strbuf_add_format(out, "%llu",
				  (unsigned long long)*(const uint64_t *)(const void *)at);
		break;
	case OPTION_BYTES:
		print_measure(*(const uint64_t *)(const void *)at, byte_units, out);
		break;
	case OPTION_TIME:
		print_measure((uint64_t) * (const int64_t *)(const void *)at, time_units, out);
		break;
	case OPTION_CHOICE:
		arena_init(&words, 4096);
		strbuf_add_text(out, choice_name(option->choices,
						 *(const unsigned *)(const void *)at, &words));
		arena_release(&words);
		break;
	}
}

void options_print(const char *section, const void *source, struct strbuf *out)
{
	for (const struct option *o = options; o->section; o++) {
		const char *at = (const char *)source + o->offset;

		if (strcmp(o->section, section) != 0 || !is_given(o, at))
			continue;
		strbuf_add_format(out, "%s = ", o->key);
		print_value(o, at, out);
		strbuf_add_byte(out, '\n');
	}
}

void options_explain(struct strbuf *out)
{
	const char *section = "";

	for (const struct option *o = options; o->section; o++) {
		if (strcmp(section, o->section) != 0)
			strbuf_add_format(out, "%s[%s%s]\n", *section ? "\n" : "", o->section,
					  strcmp(o->section, "bridge") == 0 ? "" : " NAME");
		section = o->section;
		strbuf_add_format(out, "%s", o->key);
		if (o->initial)
			strbuf_add_format(out, " = %s", o->initial);
		if (o->choices)
			strbuf_add_format(out, "   (%s)", o->choices);
		strbuf_add_format(out, "\n        %s\n", o->meaning);
	}
}
