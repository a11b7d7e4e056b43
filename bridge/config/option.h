/* option.h - one table: parser, defaults, --print-config and manual page
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_OPTION_H
#define BRIDGE_CONFIG_OPTION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum option_type {
	OPTION_TEXT,   /* const char * */
	OPTION_PATH,   /* const char *, made absolute from the file's directory */
	OPTION_NUMBER, /* uint64_t */
	OPTION_BYTES,  /* uint64_t: 512, 10KiB, 50MiB, 1GiB */
	OPTION_TIME,   /* int64_t milliseconds: 500ms, 30s, 5m, 12h, 7d */
	OPTION_CHOICE, /* unsigned: position of the word in choices */
	OPTION_LIST,   /* const char *const *, NULL-terminated; commas or blanks between */
};

struct option {
	const char *section;
	const char *key;
	enum option_type type;
	size_t offset; /* in the struct of its section */
	const char *initial; /* NULL: none */
	const char *choices; /* "implicit|starttls|none" */
	const char *meaning;
};

/* The whole table, ended by a row without section. */
extern const struct option options[];

/* Writes the defaults of a section into its zeroed struct. */
void options_default(const char *section, void *target, struct arena *arena);

/* "30s", "12h", "7d" as milliseconds. */
bool option_read_time(struct slice text, int64_t *ms);

/* Reads one value.  Unknown key: FATAL, naming the key that was probably
 * meant.  directory is where relative paths start. */
bool option_set(const char *section, struct slice key, struct slice value, void *target,
		const char *directory, struct arena *arena, struct error *err);

/* "key = value" lines of a section as it stands. */
void options_print(const char *section, const void *source, struct strbuf *out);

/* Every option with its default and meaning, for people. */
void options_explain(struct strbuf *out);

#endif
