/* parse_read.h - the files of the command "parse", and where their contents go
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_PARSE_READ_H
#define BRIDGE_COMMANDS_PARSE_READ_H

#include "bridge/commands/file_list.h"
#include "bridge/run/enrichment.h"
#include "bridge/run/key_cache.h"

/* Takes what is found in a file, in the order of the file. */
struct parse_output {
	/* false: it cannot be written. */
	bool (*document)(struct parse_output *output, const struct document *document,
			 struct error *err);
	/* Of each mail, or of a file that is none; reject is NULL when nothing
	 * of it was refused. */
	void (*result)(struct parse_output *output, const char *path, unsigned reports,
		       const struct error *reject);
	/* The file cannot be read, or its documents cannot be written. */
	void (*trouble)(struct parse_output *output, const char *path, const char *text);
};

struct parse_setup {
	const struct ingest_settings *settings;
	struct key_cache *keys; /* NULL: signatures are not verified */
	struct enricher *enricher; /* needed */
};

/* One file after the other, until the output can write nothing more. */
void parse_read(const struct file_list *list, const struct parse_setup *setup,
		struct parse_output *output);

#endif
