/* databases.c - looks up all database files and reloads replaced ones
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/databases.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"

#define LOOK_MS (60 * 1000)

struct databases {
	const char *const *paths;
	struct mmdb **files;
	size_t count;
	int64_t next_look;
};

struct databases *databases_open(const char *const *paths, struct error *err)
{
	struct databases *databases = xcalloc(1, sizeof(*databases));
	size_t count = 0;

	while (paths && paths[count])
		count++;
	databases->paths = paths;
	databases->files = xcalloc(count + 1, sizeof(struct mmdb *));
	databases->next_look = clock_ms() + LOOK_MS;
	while (databases->count < count) {
		struct mmdb *file = mmdb_open(paths[databases->count], err);

		if (!file) {
			databases_close(databases);
			return NULL;
		}
		databases->files[databases->count++] = file;
	}
	return databases;
}

void databases_close(struct databases *databases)
{
	if (!databases)
		return;
	for (size_t i = 0; i < databases->count; i++)
		mmdb_close(databases->files[i]);
	free(databases->files);
	free(databases);
}

bool databases_renew(struct databases *databases, bool *renewed, struct error *err)
{
	const int64_t now = clock_ms();
	bool good = true;

	*renewed = false;
	if (now < databases->next_look)
		return true;
	databases->next_look = now + LOOK_MS;
	for (size_t i = 0; i < databases->count; i++) {
		struct mmdb *file;

		if (!mmdb_is_outdated(databases->files[i], databases->paths[i]))
			continue;
		file = mmdb_open(databases->paths[i], err);
		if (!file) {
			good = false;
			continue;
		}
		mmdb_close(databases->files[i]);
		databases->files[i] = file;
		*renewed = true;
	}
	return good;
}

void databases_look_again(struct databases *databases)
{
	databases->next_look = 0;
}

void databases_look_up(const struct databases *databases, const struct ip_address *address,
		       struct mmdb_facts *facts)
{
	const struct ip_address inner = ip_address_unwrapped(address);

	*facts = (struct mmdb_facts){ .as_number = 0 };
	if (!ip_address_is_public(&inner))
		return;
	for (size_t i = 0; i < databases->count; i++)
		mmdb_look_up(databases->files[i], &inner, facts);
}

int64_t databases_built(const struct databases *databases)
{
	int64_t oldest = 0;

	for (size_t i = 0; i < databases->count; i++) {
		const int64_t built = mmdb_built(databases->files[i]);

		if (built > 0 && (oldest == 0 || built < oldest))
			oldest = built;
	}
	return oldest;
}
