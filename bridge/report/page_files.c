/* page_files.c - writes a page for each tenant to a directory
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/page_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "bridge/config/tenant_files.h"

#define SUFFIX ".html"
#define NAME_BYTES 128 /* a tenant has at most 63 letters */

static bool write_page(const struct page_files *files, int directory, const char *name,
		       const char *subject, const struct summary_set *set, struct error *err)
{
	struct page_heading heading = files->heading;
	char file[NAME_BYTES], *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool good;

	if (!out)
		abort();
	heading.subject = subject;
	page_print(set, &heading, out);
	fclose(out);
	snprintf(file, sizeof(file), "%s" SUFFIX, name);
	good = replace_file(directory, file, (struct slice){ text, size }, 0644, err) ||
	       error_context(err, "%s", files->directory);
	free(text);
	return good;
}

static struct summary *summary_of(const struct summary_set *set, const char *tenant)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->tenants[i].tenant, tenant) == 0)
			return set->tenants[i].summary;
	return NULL;
}

static bool write_tenant(const struct page_files *files, int directory, const char *tenant,
			 const struct summary_set *set, struct error *err)
{
	struct summary_set own = { .all = summary_of(set, tenant), .now = set->now };
	struct summary *empty = own.all ? NULL : summary_new(set->now);
	bool good;

	if (!own.all)
		own.all = empty;
	good = write_page(files, directory, tenant, tenant, &own, err);
	summary_free(empty);
	return good;
}

static bool write_all(const struct page_files *files, int directory, const struct summary_set *set,
		      size_t *count, struct error *err)
{
	*count = 0;
	for (const struct tenant_config *t = files->config->tenants; t; t = t->next, ++*count) {
		/* A web server would show it as the index of the directory. */
		if (strcmp(t->name, "index") == 0)
			return error_set(err, ERROR_FATAL,
					 "the page of tenant index would be that of the directory: "
					 "rename the tenant");
		if (!write_tenant(files, directory, t->name, set, err))
			return false;
	}
	if (files->with_all && write_page(files, directory, PAGE_OF_ALL, "All tenants", set, err))
		++*count;
	else if (files->with_all)
		return false;
	return true;
}

/* Lists files of other names, which the web server may still serve. */
static void name_others(const struct page_files *files, int directory)
{
	DIR *entries = tenant_files_open(directory);
	struct slice tenant;
	const char *name;

	while ((name = tenant_files_next_unknown(entries, SUFFIX, files->config, &tenant)))
		fprintf(stderr, "reportbridge: %s/%s: no such tenant is configured; delete it\n",
			files->directory, name);
	tenant_files_close(entries);
}

bool page_files_write(const struct page_files *files, const struct summary_set *set, size_t *count,
		      struct error *err)
{
	const int directory = open(files->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good;

	if (directory < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", files->directory, strerror(errno));
	good = flock(directory, LOCK_EX | LOCK_NB) == 0 ||
	       error_set(err, ERROR_RETRY, "%s: another process writes there", files->directory);
	good = good && write_all(files, directory, set, count, err);
	if (good)
		name_others(files, directory);
	close(directory);
	return good;
}
