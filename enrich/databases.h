/* databases.h - looks up all database files and reloads replaced ones
 *
 * SPDX-License-Identifier: MIT
 *
 * For each member of the facts, the first file that knows it wins.  A replaced file
 * is reloaded within a minute.  If the new file is unreadable, the error is
 * reported and the old data is kept.
 */
#ifndef ENRICH_DATABASES_H
#define ENRICH_DATABASES_H

#include "enrich/mmdb.h"

struct databases;

/* paths is NULL-terminated and must outlive the result; NULL: no files.  FATAL as for
 * mmdb_open(). */
struct databases *databases_open(const char *const *paths, struct error *err);
void databases_close(struct databases *databases);

/* Reloads replaced files; checks at most once a minute.  Invalidates the texts of earlier
 * facts.  *renewed: at least one file was reloaded.  false: at least one file is unreadable
 * and its old data is kept; the caller logs *err. */
bool databases_renew(struct databases *databases, bool *renewed, struct error *err);

/* Makes the next databases_renew() check at once. */
void databases_look_again(struct databases *databases);

/* Unwraps IPv4 addresses in IPv6; skips addresses that are not public. */
void databases_look_up(const struct databases *databases, const struct ip_address *address,
		       struct mmdb_facts *facts);

/* Build time of the oldest file; 0: unknown, or no files. */
int64_t databases_built(const struct databases *databases);

#endif
