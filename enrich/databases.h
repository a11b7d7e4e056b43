/* databases.h - the database files, looked up together and kept current
 *
 * SPDX-License-Identifier: MIT
 *
 * Per member of the facts the first file that knows it wins.  A file that is
 * replaced is taken up within a minute; one that is replaced by something
 * unreadable is reported, and the old data stays.
 */
#ifndef ENRICH_DATABASES_H
#define ENRICH_DATABASES_H

#include "enrich/mmdb.h"

struct databases;

/* paths: NULL-terminated, must outlive the result; NULL: no files.  FATAL as
 * mmdb_open(). */
struct databases *databases_open(const char *const *paths, struct error *err);
void databases_close(struct databases *databases);

/* Takes up files that have been replaced; looks at most once a minute.  The
 * texts of earlier facts become invalid.  *renewed: at least one was.  false:
 * at least one cannot be read, its old data stays, and *err is to be shown. */
bool databases_renew(struct databases *databases, bool *renewed, struct error *err);

/* The next databases_renew() looks, however long ago the last one did. */
void databases_look_again(struct databases *databases);

/* Wrapped addresses are looked up unwrapped, addresses that are not public not
 * at all. */
void databases_look_up(const struct databases *databases, const struct ip_address *address,
		       struct mmdb_facts *facts);

/* When the oldest of the files was built; 0: unknown, or there is none. */
int64_t databases_built(const struct databases *databases);

#endif
