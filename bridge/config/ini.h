/* ini.h - parses the lines of a configuration file
 *
 * SPDX-License-Identifier: MIT
 *
 * "[kind name]" or "[kind]", "key = value", comments from '#' or ';' at the start of a line,
 * an optional byte order mark. A value may be in double quotes, and must be if it contains a
 * '#' or ';' after a blank: if it were cut off there, a command or folder name would silently
 * change. The packaged libraries report neither line numbers nor repeated sections.
 */
#ifndef BRIDGE_CONFIG_INI_H
#define BRIDGE_CONFIG_INI_H

#include "base/error.h"
#include "base/slice.h"

struct ini {
	struct slice rest;
	unsigned number; /* of the line read last */
};

/* A section header, or a key and its value. */
struct ini_line {
	unsigned number; /* from 1 */
	bool is_section;
	struct slice kind, name; /* of a section; name is absent in "[kind]" */
	struct slice key, value;
};

void ini_open(struct ini *ini, struct slice text);

/* Returns the next line that is not empty or a comment; *more is false at the end. false:
 * the line is malformed, and reading may continue after it. */
bool ini_next(struct ini *ini, struct ini_line *line, bool *more, struct error *err);

#endif
