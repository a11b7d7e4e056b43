/* import_config.c - the command "import-config": our configuration from parsedmarc's
 *
 * SPDX-License-Identifier: MIT
 *
 * The configuration goes to stdout; what it cannot say, and why, to stderr.
 * Secrets are never printed, not even in part: the configuration names files
 * for them, and a note says which secret belongs into which file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "bridge/commands/command.h"
#include "bridge/import/importing.h"
#include "bridge/import/tenant_map.h"

#define FILE_SIZE_MAX (1 * MIB)

static const struct nothing {
	const char *section, *key, *why;
} nothings[] = {
#define NOTHING(section, key, why) { section, key, why },
#include "bridge/import/import_table.h"
#undef NOTHING
};

/* --- tenants ------------------------------------------------------------------ */

/* As they make a prefix of it: lower case, no blanks or _ around, _ within. */
static bool tenant_name_of(struct slice theirs, char name[static TENANT_NAME_MAX + 1])
{
	theirs = slice_trim(theirs);
	while (theirs.size > 0 && theirs.data[0] == '_')
		theirs = (struct slice){ theirs.data + 1, theirs.size - 1 };
	while (theirs.size > 0 && theirs.data[theirs.size - 1] == '_')
		theirs.size--;
	if (theirs.size > TENANT_NAME_MAX)
		return false;
	for (size_t at = 0; at < theirs.size; at++)
		name[at] = strchr(" -", theirs.data[at]) ? '_' : ascii_lower(theirs.data[at]);
	name[theirs.size] = '\0';
	return tenant_name_valid(slice_of(name));
}

static void add_domain(void *context, struct slice tenant, struct slice domain)
{
	struct importing *i = context;
	char name[TENANT_NAME_MAX + 1];
	struct error err;

	if (!tenant_name_of(tenant, name)) {
		import_note("general", "index_prefix_domain_map",
			    "'%.*s' can be no name of a tenant here", (int)tenant.size, tenant.data);
		return;
	}
	if (!import_is_writable(domain) || slice_find(domain, ',') < domain.size ||
	    !tenant_table_add(i->table, name, domain, &err)) {
		import_note("general", "index_prefix_domain_map",
			    "%.*s of %s: no domain, or claimed before", (int)domain.size,
			    domain.data, name);
		return;
	}
	if (strcmp(i->tenant, name) != 0)
		strbuf_add_format(&i->tenants,
				  "%s\n[tenant %s]\ndomains = ", *i->tenant ? "\n" : "", name);
	else
		strbuf_add_text(&i->tenants, ", ");
	snprintf(i->tenant, sizeof(i->tenant), "%s", name);
	strbuf_add_slice(&i->tenants, domain);
}

static bool write_tenants(struct importing *i, struct error *err)
{
	const struct slice path = import_get(i, "general", "index_prefix_domain_map");

	if (!path.data)
		return true;
	if (import_get(i, "elasticsearch", "index_prefix").data ||
	    import_get(i, "opensearch", "index_prefix").data) {
		import_note("general", "index_prefix_domain_map",
		     "an index_prefix is set, which switches it off; [tenant NAME] and "
		     "index_prefix "
		     "go together here");
		return true;
	}
	if (!tenant_map_read(arena_text(&i->arena, path), add_domain, i, err))
		return false;
	strbuf_add_slice(&i->ours, strbuf_slice(&i->tenants));
	if (i->tenants.len > 0)
		strbuf_add_byte(&i->ours, '\n');
	return true;
}

/* --- all of it ------------------------------------------------------------------ */

static void write_bridge(struct importing *i)
{
	strbuf_add_text(&i->ours, "[bridge]\n");
	if (import_is_true(import_get(i, "general", "debug")))
		import_put_text(i, "log_level", "debug");
	else if (import_is_true(import_get(i, "general", "warnings")) &&
		 !import_is_true(import_get(i, "general", "verbose")))
		import_put_text(i, "log_level", "warning");
	import_get(i, "general", "verbose");
	import_get(i, "general", "warnings");
}

static const struct nothing *nothing_for(const struct foreign_entry *entry)
{
	/* the mailbox's settings stood in [imap] once */
	const bool old = slice_is(entry->section, "imap");

	for (size_t n = 0; n < sizeof(nothings) / sizeof(nothings[0]); n++) {
		const struct nothing *row = &nothings[n];

		if ((slice_is(entry->section, row->section) ||
		     (old && strcmp(row->section, "mailbox") == 0)) &&
		    (!row->key || slice_is(entry->key, row->key)))
			return row;
	}
	return NULL;
}

/* They store nothing of a kind unless told to. */
static bool is_asked_for(const struct foreign_entry *entry)
{
	return slice_starts_with(entry->key, "save_") && import_is_true(entry->value);
}

static void name_the_rest(const struct importing *i)
{
	const bool maildir = foreign_ini_has(i->theirs, "maildir");

	for (const struct foreign_entry *e = i->theirs; e; e = e->next) {
		const struct nothing *row = nothing_for(e);

		if (e->used || is_asked_for(e) || (row && !row->why) ||
		    (maildir && slice_is(e->section, "imap")))
			continue;
		fprintf(stderr, "[%.*s] %.*s: %s\n", (int)e->section.size, e->section.data,
			(int)e->key.size, e->key.data,
			row ? row->why
			    : "has no counterpart, and parsedmarc 11 may not know it either");
	}
}

static bool read_theirs(struct importing *i, const char *path, struct error *err)
{
	char *text = arena_alloc(&i->arena, FILE_SIZE_MAX);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t got = 0;

	if (fd < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	while (size < FILE_SIZE_MAX && (got = read(fd, text + size, FILE_SIZE_MAX - size)) > 0)
		size += (size_t)got;
	close(fd);
	if (got < 0 || size == FILE_SIZE_MAX)
		return error_set(err, ERROR_FATAL, "%s: not a readable file of less than a MiB",
				 path);
	return foreign_ini_read((struct slice){ text, size }, path, &i->arena, &i->theirs, err);
}

static bool import(struct importing *i, const char *path, struct error *err)
{
	if (!read_theirs(i, path, err))
		return false;
	write_bridge(i);
	import_mailboxes(i);
	import_outputs(i);
	if (!write_tenants(i, err))
		return false;
	name_the_rest(i);
	if (i->ours.overflowed)
		return error_set(err, ERROR_FATAL, "%s: too large", path);
	return true;
}

int command_import_config(int argc, char **argv)
{
	struct importing i = { .tenant = "" };
	struct error err;
	bool good;

	if (argc != 2 || argv[1][0] == '-') {
		fputs("reportbridge import-config: give one file; try 'reportbridge help "
		      "import-config'\n",
		      stderr);
		return EXIT_USAGE;
	}
	arena_init(&i.arena, 8 * FILE_SIZE_MAX);
	strbuf_init(&i.ours, 4 * FILE_SIZE_MAX);
	strbuf_init(&i.tenants, 4 * FILE_SIZE_MAX);
	i.table = tenant_table_new();
	good = import(&i, argv[1], &err);
	if (good)
		fputs(i.ours.buf, stdout);
	tenant_table_free(i.table);
	strbuf_release(&i.ours);
	strbuf_release(&i.tenants);
	arena_release(&i.arena);
	return good ? EXIT_DONE : command_failed(&err);
}
