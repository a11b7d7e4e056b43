/* parse_read.h - one file of the command "parse", and where its contents go
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_PARSE_READ_H
#define BRIDGE_COMMANDS_PARSE_READ_H

#include "bridge/commands/file_list.h"
#include "ingest/ingest.h"

/* Takes what is found in a file, in the order of the file. */
struct parse_output {
	struct document_sink documents; /* first: ingest writes to it */
	/* Of each mail, or of a file that is none; reject is NULL when nothing
	 * of it was refused. */
	void (*result)(struct parse_output *output, const char *path, unsigned reports,
		       const struct error *reject);
	/* The file cannot be read, or its documents cannot be written. */
	void (*trouble)(struct parse_output *output, const char *path, const char *text);
};

/* false: stop, nothing more can be written. */
bool parse_read(struct ingest *ingest, const struct listed_file *file,
		struct parse_output *output);

#endif
