/* parse_read.h - reads the files of the command "parse"
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_PARSE_READ_H
#define BRIDGE_COMMANDS_PARSE_READ_H

#include "bridge/commands/file_list.h"
#include "bridge/run/enrichment.h"
#include "bridge/run/key_cache.h"

/* Receives the contents of files, in their order. */
struct parse_output {
	/* false: it cannot be written. */
	bool (*document)(struct parse_output *output, const struct document *document,
			 struct error *err);
	/* Called for each mail, or each file that is not a mail; reject is NULL if all of
	 * it was accepted. */
	void (*result)(struct parse_output *output, const char *path, unsigned reports,
		       const struct error *reject);
	/* The file cannot be read, or its documents cannot be written. */
	void (*trouble)(struct parse_output *output, const char *path, const char *text);
};

struct parse_setup {
	const struct ingest_settings *settings;
	struct key_cache *keys;    /* DKIM keys; NULL: signatures are not verified */
	struct enricher *enricher; /* must not be NULL */
};

/* Reads all files, until the output cannot be written. */
void parse_read(const struct file_list *list, const struct parse_setup *setup,
		struct parse_output *output);

#endif
