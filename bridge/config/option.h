/* option.h - one table for the parser, defaults and "help configuration"
 *
 * SPDX-License-Identifier: MIT
 *
 * An option sets a member of the struct that uses it: the settings of a mailbox source, of an
 * output or of the bridge. Using an option in a section of another type is an error.
 */
#ifndef BRIDGE_CONFIG_OPTION_H
#define BRIDGE_CONFIG_OPTION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum option_type {
	OPTION_TEXT,      /* const char * */
	OPTION_PATH,      /* const char *, made absolute; relative to the directory of the file */
	OPTION_NUMBER,    /* an unsigned integer of any size */
	OPTION_BYTES,     /* the same: 512, 10KiB, 50MiB, 1GiB */
	OPTION_TIME,      /* int64_t milliseconds: 500ms, 30s, 5m, 12h, 7d, 4w, 1y */
	OPTION_CHOICE,    /* an enum: the value of one of words */
	OPTION_WORD,      /* const char *: the text of one of words */
	OPTION_YES_NO,    /* bool */
	OPTION_LIST,      /* const char *const *, NULL-terminated, separated by commas or blanks */
	OPTION_PATHS,     /* the same, each as OPTION_PATH */
	OPTION_NAMES,     /* the same, separated by commas only: names may contain blanks */
	OPTION_ARGUMENTS, /* the same, separated by blanks only: arguments may contain commas */
	OPTION_CALENDAR,  /* struct calendar: when a command is due */
};

/* Ended by a row without a name. */
struct option_word {
	const char *name;
	unsigned value;   /* of a choice */
	const char *text; /* of a word; may be NULL */
};

struct option {
	const char *section;
	const char *key;
	unsigned types; /* section types that have it, as bits; 0: all */
	enum option_type type;
	size_t offset, size;             /* of the member in the struct of its section */
	const char *initial;             /* NULL: none */
	const struct option_word *words; /* of a choice */
	uint64_t minimum, maximum;       /* of a number; 0 and 0: any */
	bool may_be_empty;
	const char *meaning;
};

/* The whole table, ended by a row without a section. */
extern const struct option options[];

/* Writes the defaults for all types of the section into its zeroed struct. */
void options_default(const char *section, void *target, struct arena *arena);

/* "30s", "12h", "7d" as milliseconds. */
bool option_read_time(struct slice text, int64_t *ms);

/* Reads one value of a section of that type (a bit; 0: no types). FATAL: unknown key;
 * suggests a similar one. Relative paths start at directory. */
bool option_set(const char *section, unsigned type, struct slice key, struct slice value,
		void *target, const char *directory, struct arena *arena, struct error *err);

/* Prints every option with its default and meaning. */
void options_explain(struct strbuf *out);

#endif
