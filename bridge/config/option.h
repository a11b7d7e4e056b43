/* option.h - one table: parser, defaults, --print-config and manual page
 *
 * SPDX-License-Identifier: MIT
 *
 * An option fills a member of the struct that needs it: the settings of a
 * mailbox source, of an output or of the bridge.  An option of one type of
 * section is an error in a section of another type.
 */
#ifndef BRIDGE_CONFIG_OPTION_H
#define BRIDGE_CONFIG_OPTION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum option_type {
	OPTION_TEXT,   /* const char * */
	OPTION_PATH,   /* const char *, made absolute from the file's directory */
	OPTION_NUMBER, /* an unsigned integer of any size */
	OPTION_BYTES,  /* the same: 512, 10KiB, 50MiB, 1GiB */
	OPTION_TIME,   /* int64_t milliseconds: 500ms, 30s, 5m, 12h, 7d, 4w, 1y */
	OPTION_CHOICE, /* an enum: the value of one of words */
	OPTION_WORD,   /* const char *: the text of one of words */
	OPTION_YES_NO, /* bool */
	OPTION_LIST,   /* const char *const *, NULL-terminated; commas or blanks between */
	OPTION_PATHS,  /* the same, each of them as OPTION_PATH */
	OPTION_NAMES,  /* the same with commas alone between: names may hold blanks */
	OPTION_ARGUMENTS, /* the same with blanks alone between: arguments may hold commas */
	OPTION_CALENDAR,  /* struct calendar: when a command is due */
};

/* Ended by a row without name. */
struct option_word {
	const char *name;
	unsigned value;	  /* of a choice */
	const char *text; /* of a word; may be NULL */
};

struct option {
	const char *section;
	const char *key;
	unsigned types; /* of sections that have it, bits by their type; 0: all */
	enum option_type type;
	size_t offset, size;	/* of the member in the struct of its section */
	const char *initial;	/* NULL: none */
	const struct option_word *words; /* of a choice */
	uint64_t minimum, maximum;	 /* of a number; 0 and 0: any */
	bool may_be_empty;
	const char *meaning;
};

/* The whole table, ended by a row without section. */
extern const struct option options[];

/* Writes the defaults of a section into its zeroed struct, those of all its
 * types. */
void options_default(const char *section, void *target, struct arena *arena);

/* "30s", "12h", "7d" as milliseconds. */
bool option_read_time(struct slice text, int64_t *ms);

/* Reads one value of a section of that type (a bit; 0: it has none).  Unknown
 * key: FATAL, naming the key that was probably meant.  directory is where
 * relative paths start. */
bool option_set(const char *section, unsigned type, struct slice key, struct slice value,
		void *target, const char *directory, struct arena *arena, struct error *err);

/* "key = value" lines of a section of that type as it stands. */
void options_print(const char *section, unsigned type, const void *source, struct strbuf *out);

/* Every option with its default and meaning, for people. */
void options_explain(struct strbuf *out);

#endif
