/* foreign_ini.h - a configuration file as Python's configparser reads it
 *
 * SPDX-License-Identifier: MIT
 *
 * "[section]", "key = value" or "key: value", lines that go on where they are
 * indented, comments on lines of their own.  Keys are lower case afterwards;
 * nothing is interpolated.  What has been asked for is marked, so that what
 * nobody asked for can be named.
 */
#ifndef BRIDGE_IMPORT_FOREIGN_INI_H
#define BRIDGE_IMPORT_FOREIGN_INI_H

#include "base/arena.h"
#include "base/error.h"

struct foreign_entry {
	struct foreign_entry *next;
	struct slice section, key, value;
	unsigned line;
	bool used;
};

/* Everything lives in the arena.  FATAL names the line. */
bool foreign_ini_read(struct slice text, const char *file, struct arena *arena,
		      struct foreign_entry **entries, struct error *err);

/* The value of a key, marked as used; absent when there is none or it is
 * empty.  Of a repeated key the last one counts. */
struct slice foreign_ini_get(struct foreign_entry *entries, const char *section, const char *key);

bool foreign_ini_has(const struct foreign_entry *entries, const char *section);

#endif
