/* enrich_cost.c - one report to documents, with or without enrichment
 *
 * SPDX-License-Identifier: MIT
 *
 *   enrich_cost REPORT TIMES yes|no CACHE_FILE ADDRESSES [DATABASE]
 *
 * The caches are warm: CACHE_FILE gets the names of so many addresses from
 * 45.200.0.0 on, and the report is read several times.  Run under valgrind it tells what enrichment
 * costs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bridge/run/enrichment.h"
#include "enrich/name_cache.h"
#include "ingest/ingest.h"
#include "ingest/report/input.h"

static void make_cache(const char *path, size_t addresses)
{
	struct name_cache *cache = name_cache_new(NAME_CACHE_ENTRIES);
	struct error err;

	for (size_t i = 0; i < addresses; i++) {
		char name[64];

		snprintf(name, sizeof(name), "mail%zu.out.example%zu.net", i, i % 20);
		name_cache_put(cache, &(struct cached_name){
					      .address = { .bytes = { 45, 200, (uint8_t)(i >> 8),
								      (uint8_t)i },
							   .is_v4 = true },
					      .state = NAME_CONFIRMED,
					      .until = clock_unix() + 86400,
					      .name = name });
	}
	if (!name_cache_save(cache, path, clock_unix(), &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	name_cache_free(cache);
}

static size_t read_documents(struct ingest *ingest, struct error *err)
{
	struct document document;
	size_t bytes = 0;

	while (ingest_next_document(ingest, &document, err) && document.name)
		bytes += document.json.size;
	return bytes;
}

static size_t read_report(struct ingest *ingest, int fd, struct enrichment *enrichment)
{
	const struct report_summary *report;
	struct error err;
	struct input *input = input_from_file(dup(fd));
	struct ingest_file *file = ingest_file_open(ingest, input, "report.xml");
	size_t bytes = 0;
	struct run run;
	bool more;

	while (ingest_file_next(file, &more, &err) && more) {
		while (ingest_next_report(ingest, &report, &err) && report) {
			do {
				if (!ingest_next_run(ingest, &run, &err))
					return 0;
				if (enrichment && run.count > 0)
					(void)enrichment_add(enrichment, &run);
				bytes += read_documents(ingest, &err);
			} while (run.count > 0);
		}
		bytes += read_documents(ingest, &err);
	}
	ingest_file_close(file);
	input_close(input);
	return bytes;
}

int main(int argc, char **argv)
{
	struct ingest_settings settings = { .now = clock_unix() };
	struct enrich_settings names = { .reverse_dns = true, .offline = true };
	const char *databases[] = { argc > 6 ? argv[6] : NULL, NULL };
	struct enrichment *enrichment = NULL;
	struct enricher *enricher;
	struct ingest *ingest;
	uint64_t addresses, times;
	struct error err;
	int fd;

	if (argc < 6 || !slice_to_uint(slice_of(argv[5]), NAME_CACHE_ENTRIES, &addresses) ||
	    !slice_to_uint(slice_of(argv[2]), 100, &times) ||
	    (fd = open(argv[1], O_RDONLY | O_CLOEXEC)) < 0) {
		fprintf(stderr,
			"usage: enrich_cost REPORT TIMES yes|no CACHE_FILE ADDRESSES [DATABASE]\n");
		return 64;
	}
	make_cache(argv[4], addresses);
	names.databases = databases;
	names.cache_file = argv[4];
	enricher = enricher_open(&names, &err);
	if (!enricher || !enricher_start(enricher, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (strcmp(argv[3], "yes") == 0)
		enrichment = enrichment_new(enricher, NULL);
	settings.tenants = tenant_table_new();
	ingest_limits_default(&settings.limits);
	ingest = ingest_new(&settings);
	for (uint64_t i = 0; i < times && lseek(fd, 0, SEEK_SET) == 0; i++)
		printf("%zu\n", read_report(ingest, fd, enrichment));
	ingest_free(ingest);
	enrichment_free(enrichment);
	enricher_close(enricher);
	close(fd);
	return 0;
}
