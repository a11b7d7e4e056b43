/* tenants_file.c - adds domains to the tenants_file
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/tenants_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/domain_name.h"
#include "base/limits.h"
#include "base/replace_file.h"

#define FILE_LIMIT (64 * MIB)

/* The real path of the file, so that a symbolic link stays one. */
struct place {
	char path[PATH_MAX], directory[PATH_MAX];
	const char *name;
};

static bool find_place(const char *path, struct place *place, struct error *err)
{
	char *slash;

	if (!realpath(path, place->path))
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	memcpy(place->directory, place->path, sizeof(place->path));
	slash = strrchr(place->directory, '/');
	place->name = place->path + (slash - place->directory) + 1;
	slash[slash == place->directory] = '\0';
	return true;
}

/* --- overlap ------------------------------------------------------------------------ */

static bool overlaps(const char *domain, const char *other, const char *owner, bool below,
		     struct error *err)
{
	return error_set(err, ERROR_FATAL,
			 "%s lies %s %s of tenant %s, %s; --force adds it all the same", domain,
			 below ? "below" : "above", other, owner,
			 below ? "whose reports about it would no longer be theirs"
			       : "which stays with them");
}

/* A domain goes to the tenant of its nearest parent, so a new subdomain takes reports
 * away. */
static bool is_apart(const struct tenant_table *table, const char *tenant, struct slice domain,
		     struct error *err)
{
	const char *entry, *owner;
	size_t at = 0;

	while (tenant_table_next(table, &at, &entry, &owner)) {
		const struct slice other = slice_of(entry);
		const bool below = domain.size > other.size;
		const struct slice longer = below ? domain : other,
				   shorter = below ? other : domain;
		const char *end = longer.data + longer.size - shorter.size;

		if (strcmp(owner, tenant) != 0 && longer.size > shorter.size && end[-1] == '.' &&
		    memcmp(end, shorter.data, shorter.size) == 0)
			return overlaps(domain.data, entry, owner, below, err);
	}
	return true;
}

static bool is_known(const struct tenant_table *table, const char *tenant, struct slice domain)
{
	const char *entry, *owner;
	size_t at = 0;

	while (tenant_table_next(table, &at, &entry, &owner))
		if (slice_is(domain, entry))
			return strcmp(owner, tenant) == 0;
	return false;
}

static bool add_domain(struct config *config, struct tenants_file_change *change, const char *text,
		       struct strbuf *lines, struct error *err)
{
	struct tenant_table *table = config->tenant_table;
	struct slice domain = { NULL, 0 };
	const char *name;

	if (!domain_normalise(&config->arena, slice_of(text), &domain))
		return error_set(err, ERROR_FATAL, "\"%.260s\" is no domain name", text);
	if (is_known(table, change->tenant, domain)) {
		change->known++;
		return true;
	}
	name = arena_text(&config->arena, domain);
	if ((!change->force && !is_apart(table, change->tenant, slice_of(name), err)) ||
	    !tenant_table_add(table, change->tenant, domain, err))
		return false;
	strbuf_add_format(lines, "%s %s\n", name, change->tenant);
	change->added++;
	return true;
}

/* --- the file ------------------------------------------------------------------------ */

static bool read_whole(int directory, const char *name, struct strbuf *text, struct stat *found)
{
	const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;
	char part[16384];

	if (fd >= 0 && fstat(fd, found) == 0)
		while ((got = read(fd, part, sizeof(part))) > 0)
			strbuf_add(text, part, (size_t)got);
	if (fd >= 0)
		close(fd);
	return got == 0 && !text->overflowed;
}

static bool put_in_place(int directory, const struct place *place, const struct strbuf *lines,
			 struct error *err)
{
	struct strbuf text;
	struct stat found;
	bool good;

	strbuf_init(&text, FILE_LIMIT);
	good = read_whole(directory, place->name, &text, &found) ||
	       error_set(err, ERROR_FATAL, "%s cannot be read: %s", place->path, strerror(errno));
	if (good) {
		strbuf_add_slice(&text, strbuf_slice(lines));
		good = replace_file(directory, place->name, strbuf_slice(&text),
				    found.st_mode & 07777, err);
	}
	/* The bridge may run as another user, and must be able to read the file. */
	if (good && (found.st_uid != geteuid() || found.st_gid != getegid()) &&
	    fchownat(directory, place->name, found.st_uid, found.st_gid, 0) < 0)
		good = error_set(err, ERROR_FATAL, "%s: its owner cannot be kept: %s", place->path,
				 strerror(errno));
	strbuf_release(&text);
	return good;
}

static bool change_locked(const char *config_file, struct tenants_file_change *change,
			  int directory, const struct place *place, struct error *err)
{
	struct config config;
	struct strbuf lines;
	bool good = config_read(&config, config_file, err);

	strbuf_init(&lines, FILE_LIMIT);
	for (const char *const *domain = change->domains; *domain && good; domain++)
		good = add_domain(&config, change, *domain, &lines, err);
	if (good && change->added > 0)
		good = put_in_place(directory, place, &lines, err);
	strbuf_release(&lines);
	config_release(&config);
	return good;
}

static const char *tenants_file_of(const char *config_file, struct place *place, struct error *err)
{
	struct config config;
	const char *found = NULL;

	if (!config_read(&config, config_file, err))
		found = NULL;
	else if (!config.bridge.tenants_file)
		error_set(err, ERROR_FATAL,
			  "%s: [bridge] has no tenants_file; a [tenant] section is added by hand",
			  config_file);
	else if (find_place(config.bridge.tenants_file, place, err))
		found = place->path;
	config_release(&config);
	return found;
}

bool tenants_file_add(const char *config_file, struct tenants_file_change *change,
		      struct error *err)
{
	struct directory_lock lock = { .fd = -1 };
	struct place place;
	bool good;

	change->added = change->known = 0;
	if (!tenants_file_of(config_file, &place, err))
		return false;
	lock.path = place.directory;
	if (!directory_lock(&lock, err))
		return false;
	good = change_locked(config_file, change, lock.fd, &place, err);
	directory_unlock(&lock);
	directory_lock_close(&lock);
	return good;
}
