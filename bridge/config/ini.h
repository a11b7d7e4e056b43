/* ini.h - the lines of a configuration file
 *
 * SPDX-License-Identifier: MIT
 *
 * "[kind name]" or "[kind]", "key = value", comments from '#' or ';' at the
 * start of a line or after a blank.  Own code, since the packaged libraries
 * tell neither line numbers nor where a section begins twice.
 */
#ifndef BRIDGE_CONFIG_INI_H
#define BRIDGE_CONFIG_INI_H

#include "base/error.h"
#include "base/slice.h"

struct ini_handler {
	/* name is absent when the section has none. */
	bool (*section)(void *context, struct slice kind, struct slice name, struct error *err);
	bool (*entry)(void *context, struct slice key, struct slice value, struct error *err);
};

/* Calls the handler for each line that says something; an error gets
 * "file:line: " put in front. */
bool ini_read(struct slice text, const char *file, const struct ini_handler *handler,
	      void *context, struct error *err);

#endif
