/* post_documents.c - the bulk engine alone: documents from a file to a sink
 *
 * SPDX-License-Identifier: MIT
 *
 *   post_documents FILE URL CONNECTIONS GZIP_LEVEL
 *
 * Each line is an id of 24 bytes and a document.  One bulk is filled while the
 * other is answered, as bridge/run/output_queue.c does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "output/sink.h"

#define ID_SIZE 24

static void finish(struct sink *sink, struct bulk *posted)
{
	struct error err;

	if (posted->count == 0)
		return;
	if (!sink->ops->finish(sink, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	for (size_t i = 0; i < posted->count; i++)
		if (posted->items[i].verdict != VERDICT_STORED) {
			fprintf(stderr, "a document was not stored\n");
			exit(1);
		}
	bulk_reset(posted);
}

int main(int argc, char **argv)
{
	const char *const urls[] = { argc > 2 ? argv[2] : NULL, NULL };
	struct elastic_settings settings = { .urls = urls,
					     .dead_letter_file = "/dev/null",
					     .timeout_ms = 90000,
					     .retry_ms = 120000 };
	struct bulk bulks[2];
	unsigned filling = 0;
	struct sink *sink;
	char *line = NULL;
	size_t alloc = 0;
	ssize_t size;
	FILE *file;

	if (argc != 5 || !(file = fopen(argv[1], "r")))
		return 2;
	settings.connections = (unsigned)(argv[3][0] - '0');
	settings.gzip_level = (unsigned)(argv[4][0] - '0');
	sink = elastic_sink_new(&settings);
	bulk_init(&bulks[0], LIMIT_BULK_BYTES);
	bulk_init(&bulks[1], LIMIT_BULK_BYTES);
	while ((size = getline(&line, &alloc, file)) > ID_SIZE + 1) {
		struct bulk *bulk = &bulks[filling];

		if (bulks[!filling].count > 0)
			sink->ops->ready(sink);
		if (!bulk_add(bulk, 0, slice_of("documents"), (struct slice){ line, ID_SIZE },
			      (struct slice){ line + ID_SIZE, (size_t)size - ID_SIZE - 1 }))
			return 1;
		if (bulk->body.len < LIMIT_BULK_BYTES / 2)
			continue;
		finish(sink, &bulks[!filling]);
		sink->ops->start(sink, bulk);
		filling = !filling;
	}
	finish(sink, &bulks[!filling]);
	if (bulks[filling].count > 0) {
		sink->ops->start(sink, &bulks[filling]);
		finish(sink, &bulks[filling]);
	}
	sink->ops->free(sink);
	bulk_release(&bulks[0]);
	bulk_release(&bulks[1]);
	free(line);
	fclose(file);
	return 0;
}
