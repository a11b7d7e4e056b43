/* tenant_file.c - a file of domains and their tenants
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/tenant_file.h"

#include <search.h>
#include <string.h>

#include "base/ascii.h"

/* Tenants by name, while the file is read: searching the list of the configuration would
 * be too slow for thousands. */
struct reading {
	struct config *config;
	void *by_name;
	struct tenant_config **end; /* end of the list */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tenant_config *)a)->name,
		      ((const struct tenant_config *)b)->name);
}

static void nothing_to_free(void *tenant)
{
	(void)tenant;
}

static void index_tenants(struct reading *r)
{
	for (r->end = &r->config->tenants; *r->end; r->end = &(*r->end)->next)
		tsearch(*r->end, &r->by_name, by_name);
}

static struct tenant_config *tenant_named(struct reading *r, const char *name)
{
	const struct tenant_config key = { .name = name };
	void *const *found = tfind(&key, &r->by_name, by_name);
	struct tenant_config *tenant;

	if (found)
		return *found;
	tenant = arena_alloc(&r->config->arena, sizeof(*tenant));
	tenant->name = name;
	*r->end = tenant;
	r->end = &tenant->next;
	tsearch(tenant, &r->by_name, by_name);
	return tenant;
}

static struct slice next_word(struct slice *text)
{
	struct slice word;
	size_t end = 0;

	*text = slice_trim(*text);
	while (end < text->size && !ascii_is_space(text->data[end]))
		end++;
	word = (struct slice){ text->data, end };
	*text = (struct slice){ text->data + end, text->size - end };
	return word;
}

static bool read_line(struct reading *r, struct slice line, struct error *err)
{
	const struct slice domain = next_word(&line), name = next_word(&line);
	const struct tenant_config *tenant;

	if (name.size == 0 || next_word(&line).size > 0)
		return error_set(err, ERROR_FATAL,
				 "not a domain and a tenant with a blank between");
	if (!tenant_name_valid(name))
		return error_set(err, ERROR_FATAL, TENANT_NAME_RULE, (int)name.size, name.data);
	tenant = tenant_named(r, arena_text(&r->config->arena, name));
	return tenant_table_add(r->config->tenant_table, tenant->name, domain, err);
}

bool tenant_file_read(struct config *config, struct slice text, const char *path, struct error *err)
{
	struct reading r = { .config = config };
	bool good = true, empty = true;

	if (text.size > 0 && text.data[text.size - 1] != '\n')
		return error_set(err, ERROR_FATAL,
				 "%s: the last line has no line end, so the file may be cut off",
				 path);
	index_tenants(&r);
	for (unsigned number = 1; text.data && good; number++) {
		struct slice comment, line = slice_split(text, '\n', &text);

		line = slice_trim(slice_split(line, '#', &comment));
		if (line.size == 0)
			continue;
		empty = false;
		good = read_line(&r, line, err);
		if (!good)
			error_context(err, "%s:%u", path, number);
	}
	tdestroy(r.by_name, nothing_to_free);
	/* An empty file is probably a failed export and must not move all reports. */
	if (empty)
		return error_set(err, ERROR_FATAL, "%s names no domain", path);
	return good;
}
