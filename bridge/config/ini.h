/* ini.h - the lines of a configuration file
 *
 * SPDX-License-Identifier: MIT
 *
 * "[kind name]" or "[kind]", "key = value", comments from '#' or ';' at the
 * start of a line, a byte order mark in front of it all.  A value may stand in
 * double quotes, and must if it has a '#' or ';' after a blank: cut off there, a
 * command or the name of a folder would be another one.  Own
 * code, since the packaged libraries tell neither line numbers nor where a
 * section begins twice.
 */
#ifndef BRIDGE_CONFIG_INI_H
#define BRIDGE_CONFIG_INI_H

#include "base/error.h"
#include "base/slice.h"

struct ini {
	struct slice rest;
	unsigned number; /* of the line read last */
};

/* A section begins, or a key has a value. */
struct ini_line {
	unsigned number; /* from 1 */
	bool is_section;
	struct slice kind, name; /* of a section; name is absent when it has none */
	struct slice key, value;
};

void ini_open(struct ini *ini, struct slice text);

/* The next line that says something; *more is false at the end.  false: the
 * line is neither, and reading can go on after it. */
bool ini_next(struct ini *ini, struct ini_line *line, bool *more, struct error *err);

/* Whether such a file holds the value in quotes. */
bool ini_value_needs_quotes(struct slice value);

#endif
