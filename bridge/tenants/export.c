/* export.c - exports all documents of a tenant as JSON lines
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "bridge/tenants/stored.h"
#include "bridge/wiring/wiring.h"
#include "output/elastic_read.h"

#define PATTERN_LIMIT (4 * KIB)
#define PATH_LIMIT 4096
#define EVERYTHING "{\"query\":{\"match_all\":{}}"

struct export
{
	FILE *out;
	uint64_t count;
};

/* The caller checks for write errors at the end, by ferror(). */
static void take(void *context, struct slice id, struct slice json)
{
	struct export *e = context;

	(void)id;
	fwrite(json.data, 1, json.size, e->out);
	putc('\n', e->out);
	e->count++;
}

static bool write_all(struct config *config, const struct output_config *output, const char *tenant,
		      struct export *e, struct error *err)
{
	struct elastic_reader *reader = elastic_reader_new(wiring_elastic_setup(config, output));
	struct strbuf pattern;
	size_t count;
	const enum document_kind *kinds = index_kinds(&output->naming, &count);
	bool good;

	strbuf_init(&pattern, PATTERN_LIMIT);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			strbuf_add_byte(&pattern, ',');
		index_pattern_add(&pattern, &output->naming, kinds[i], tenant);
	}
	good = elastic_read(reader, pattern.buf, slice_of(EVERYTHING), take, e, err);
	strbuf_release(&pattern);
	elastic_reader_free(reader);
	return good;
}

/* Opens a file with a unique name in the same directory. */
static FILE *open_beside(const char *file, char *beside, size_t size, struct error *err)
{
	FILE *out = NULL;
	int fd;

	if (snprintf(beside, size, "%s.XXXXXX", file) >= (int)size) {
		errno = ENAMETOOLONG;
		fd = -1;
	} else {
		fd = mkstemp(beside);
	}
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (!out)
		error_set(err, ERROR_FATAL, "%s: %s", file, strerror(errno));
	return out;
}

static bool finish(FILE *out, const char *name, struct error *err)
{
	return (fflush(out) == 0 && !ferror(out)) ||
	       error_set(err, ERROR_FATAL, "%s: %s", name, strerror(errno));
}

bool export_tenant(struct config *config, const struct output_config *output, const char *tenant,
		   const char *file, uint64_t *count, struct error *err)
{
	struct export e = { .out = stdout };
	char beside[PATH_LIMIT];
	bool good;

	*count = 0;
	if (!stored_is_open(config, output, tenant, err))
		return false;
	if (file && !(e.out = open_beside(file, beside, sizeof(beside), err)))
		return false;
	good = write_all(config, output, tenant, &e, err) &&
	       finish(e.out, file ? file : "standard output", err);
	if (file) {
		if (good && (fsync(fileno(e.out)) < 0 || rename(beside, file) < 0))
			good = error_set(err, ERROR_FATAL, "%s: %s", file, strerror(errno));
		fclose(e.out);
		if (!good)
			unlink(beside);
	}
	*count = e.count;
	return good;
}
