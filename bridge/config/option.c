/* option.c - reads option values by the option table
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/option.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/nearest.h"
#include "bridge/config/calendar.h"
#include "bridge/config/ini.h"

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
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 3600 * 1000 },
	{ "d", 86400 * 1000 },
	{ "w", UINT64_C(7) * 86400 * 1000 },
	{ "y", UINT64_C(365) * 86400 * 1000 },
	{ NULL, 0 },
};

/* Digits and a unit; the product must be below 2^53. */
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

static const struct option_word *find_word(struct slice value, const struct option_word *words)
{
	while (words->name && !slice_is(value, words->name))
		words++;
	return words->name ? words : NULL;
}

static bool is_list_separator(enum option_type type, char c)
{
	return (c == ',' && type != OPTION_ARGUMENTS) ||
	       (ascii_is_space(c) && type != OPTION_NAMES);
}

/* The next word of a list, or the absent slice. */
static struct slice next_word(enum option_type type, struct slice *text)
{
	size_t start = 0, end;
	struct slice word;

	while (start < text->size &&
	       (is_list_separator(type, text->data[start]) || ascii_is_space(text->data[start])))
		start++;
	if (start == text->size)
		return (struct slice){ NULL, 0 };
	for (end = start; end < text->size && !is_list_separator(type, text->data[end]); end++)
		;
	word = (struct slice){ text->data + start, end - start };
	*text = (struct slice){ text->data + end, text->size - end };
	return slice_trim(word);
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

static const char *const *read_list(enum option_type type, struct slice value,
				    const char *directory, struct arena *arena)
{
	struct slice rest = value, word;
	size_t count = 0;
	const char **list;

	while (next_word(type, &rest).data)
		count++;
	list = arena_array(arena, count + 1, sizeof(*list));
	rest = value;
	for (size_t i = 0; list && (word = next_word(type, &rest)).data; i++)
		list[i] = read_path(word, type == OPTION_PATHS ? directory : NULL, arena);
	return list;
}

/* Stores an integer in a member of any size. */
static void store(const struct option *option, void *at, uint64_t number)
{
	const uint16_t number16 = (uint16_t)number;
	const uint32_t number32 = (uint32_t)number;

	if (option->size == sizeof(number16))
		memcpy(at, &number16, sizeof(number16));
	else if (option->size == sizeof(number32))
		memcpy(at, &number32, sizeof(number32));
	else
		memcpy(at, &number, sizeof(number));
}

static void add_words(const struct option_word *words, const char *between, struct strbuf *out)
{
	for (const struct option_word *w = words; w->name; w++)
		strbuf_add_format(out, "%s%s", w == words ? "" : between, w->name);
}

static bool bad_choice(const struct option *option, struct slice value, struct error *err)
{
	struct strbuf words;

	strbuf_init(&words, 256);
	add_words(option->words, ", ", &words);
	error_set(err, ERROR_FATAL, "%s = %.*s: not one of %s", option->key, (int)value.size,
		  value.data, words.buf);
	strbuf_release(&words);
	return false;
}

static bool read_number(const struct option *option, struct slice value, uint64_t *number,
			struct error *err)
{
	const bool bounded = option->maximum > 0;

	if (!slice_to_uint(value, UINT32_MAX, number))
		return error_set(err, ERROR_FATAL, "%s: not a whole number", option->key);
	if (bounded && (*number < option->minimum || *number > option->maximum))
		return error_set(err, ERROR_FATAL, "%s is a number from %llu to %llu", option->key,
				 (unsigned long long)option->minimum,
				 (unsigned long long)option->maximum);
	return true;
}

static bool read_value(const struct option *option, struct slice value, void *target,
		       const char *directory, struct arena *arena, struct error *err)
{
	char *at = (char *)target + option->offset;
	const struct option_word *word;
	uint64_t number;
	int64_t ms;

	switch (option->type) {
	case OPTION_TEXT: *(const char **)(void *)at = arena_text(arena, value); return true;
	case OPTION_PATH:
		*(const char **)(void *)at = read_path(value, directory, arena);
		return true;
	case OPTION_LIST:
	case OPTION_PATHS:
	case OPTION_NAMES:
	case OPTION_ARGUMENTS:
		*(const char *const **)(void *)at = read_list(option->type, value, directory,
							      arena);
		return true;
	case OPTION_NUMBER:
		if (!read_number(option, value, &number, err))
			return false;
		store(option, at, number);
		return true;
	case OPTION_BYTES:
		if (!read_measure(value, byte_units, &number))
			return error_set(err, ERROR_FATAL, "%s: not a size such as 50MiB",
					 option->key);
		store(option, at, number);
		return true;
	case OPTION_TIME:
		if (!option_read_time(value, &ms))
			return error_set(err, ERROR_FATAL,
					 "%s: not a time such as %s; units are ms, s, m, h, d, w "
					 "and y",
					 option->key,
					 strcmp(option->key, "retention") == 0 ? "400d" : "30s");
		if (option->minimum > 0 && ms < (int64_t)option->minimum)
			return error_set(err, ERROR_FATAL, "%s is %llums at least", option->key,
					 (unsigned long long)option->minimum);
		store(option, at, (uint64_t)ms);
		return true;
	case OPTION_CHOICE:
	case OPTION_WORD:
		word = find_word(value, option->words);
		if (!word)
			return bad_choice(option, value, err);
		if (option->type == OPTION_WORD)
			*(const char **)(void *)at = word->text;
		else
			store(option, at, word->value);
		return true;
	case OPTION_YES_NO:
		if (!slice_is(value, "yes") && !slice_is(value, "no"))
			return error_set(err, ERROR_FATAL, "%s: neither yes nor no", option->key);
		*(bool *)(void *)at = slice_is(value, "yes");
		return true;
	case OPTION_CALENDAR:
		return calendar_read(value, (struct calendar *)(void *)at) ||
		       error_set(err, ERROR_FATAL,
				 "%s: not a time such as every 1h (one minute at least), daily "
				 "03:00, weekly mon 07:00 or monthly 1 07:00 (day 1 to 28)",
				 option->key);
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

/* Names that users may expect, and the option to use instead. */
static const struct {
	const char *key, *advice;
} secrets[] = {
	{ "password", "password_file, password_command or password_env" },
	{ "token", "token_file, token_command or token_env" },
	{ "api_key", "api_key_file, api_key_command or api_key_env" },
	{ "client_secret", "client_secret_file, client_secret_command or client_secret_env" },
	{ "refresh_token", "refresh_token_file, refresh_token_command or refresh_token_env" },
	{ "aws_secret_key", "aws_secret_key_file, aws_secret_key_command or aws_secret_key_env" },
};

static bool unknown_key(const char *section, struct slice key, struct error *err)
{
	struct nearest near = NEAREST_NONE;

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (slice_is(key, secrets[i].key))
			return error_set(err, ERROR_FATAL,
					 "the configuration must not contain secrets: use %s",
					 secrets[i].advice);
	for (const struct option *o = options; o->section; o++)
		if (strcmp(o->section, section) == 0)
			nearest_offer(&near, key, o->key);
	return error_set(err, ERROR_FATAL, "[%s] has no key '%.*s'%s%s%s", section, (int)key.size,
			 key.data, near.word ? "; did you mean '" : "", near.word ? near.word : "",
			 near.word ? "'?" : "");
}

static const char *selector_of(const char *section)
{
	return strcmp(section, "mailbox") == 0 ? "source" : "type";
}

static const struct option_word *types_of(const char *section)
{
	for (const struct option *o = options; o->section; o++)
		if (strcmp(o->section, section) == 0 && strcmp(o->key, selector_of(section)) == 0)
			return o->words;
	abort(); /* a section whose options depend on its type has one */
}

/* Appends for example "source = imap" or "type = elasticsearch or kafka". */
static void add_types(const struct option *option, struct strbuf *out)
{
	const char *between = "";

	strbuf_add_format(out, "%s = ", selector_of(option->section));
	for (const struct option_word *w = types_of(option->section); w->name; w++) {
		if (!(option->types & 1u << w->value))
			continue;
		strbuf_add_format(out, "%s%s", between, w->name);
		between = " or ";
	}
}

static bool other_type(const struct option *option, unsigned types, struct error *err)
{
	struct option all = *option;
	struct strbuf text;

	all.types = types;
	strbuf_init(&text, 256);
	add_types(&all, &text);
	error_set(err, ERROR_FATAL, "%s is an option of %s", option->key, text.buf);
	strbuf_release(&text);
	return false;
}

bool option_set(const char *section, unsigned type, struct slice key, struct slice value,
		void *target, const char *directory, struct arena *arena, struct error *err)
{
	const struct option *elsewhere = NULL;
	unsigned types = 0;

	for (const struct option *o = options; o->section; o++) {
		if (strcmp(o->section, section) != 0 || !slice_is(key, o->key))
			continue;
		if (o->types && !(o->types & type)) {
			elsewhere = o;
			types |= o->types;
			continue;
		}
		if (value.size == 0 && !o->may_be_empty)
			return error_set(err, ERROR_FATAL, "%s: the value is missing", o->key);
		return read_value(o, value, target, directory, arena, err);
	}
	return elsewhere ? other_type(elsewhere, types, err) : unknown_key(section, key, err);
}

/* Whether the previous row has the same option for another type. */
static bool is_repeated(const struct option *option)
{
	return option > options && strcmp(option[-1].key, option->key) == 0 &&
	       strcmp(option[-1].section, option->section) == 0;
}

static void explain(const struct option *o, struct strbuf *out)
{
	struct option all = *o;

	for (const struct option *next = o + 1; next->section && is_repeated(next); next++)
		all.types |= next->types;
	strbuf_add_format(out, "%s", o->key);
	if (o->initial)
		strbuf_add_format(out, " = %s", o->initial);
	if (o->words) {
		strbuf_add_text(out, "   (");
		add_words(o->words, "|", out);
		strbuf_add_byte(out, ')');
	} else if (o->type == OPTION_YES_NO) {
		strbuf_add_text(out, "   (no|yes)");
	}
	if (all.types) {
		strbuf_add_text(out, "   [");
		add_types(&all, out);
		strbuf_add_byte(out, ']');
	}
	strbuf_add_format(out, "\n        %s\n", o->meaning);
}

static bool is_named(const char *section)
{
	static const char *const named[] = { "mailbox", "output", "tenant", "notify", "digest" };

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strcmp(section, named[i]) == 0)
			return true;
	return false;
}

void options_explain(struct strbuf *out)
{
	const char *section = "";

	for (const struct option *o = options; o->section; o++) {
		if (is_repeated(o))
			continue;
		if (strcmp(section, o->section) != 0)
			strbuf_add_format(out, "%s[%s%s]\n", *section ? "\n" : "", o->section,
					  is_named(o->section) ? " NAME" : "");
		section = o->section;
		explain(o, out);
	}
}
