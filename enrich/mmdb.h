/* mmdb.h - country, place and network of an address from one database file
 *
 * SPDX-License-Identifier: MIT
 *
 * Layouts of MaxMind, DB-IP, IPinfo, ip-location-db and GeoOpen are told apart
 * by the keys of a record, so any of their files will do.  The file is copied
 * into a sealed memory file and mapped from there: whoever truncates it in
 * place cannot end the process, and processes forked later share the copy.
 */
#ifndef ENRICH_MMDB_H
#define ENRICH_MMDB_H

#include "base/error.h"
#include "enrich/ip_address.h"

struct mmdb;

/* Of one address.  Texts are foreign and may be anything. */
struct mmdb_facts {
	char country[3]; /* ISO 3166-1 alpha-2, upper case; "" unknown */
	uint32_t as_number; /* 0: unknown */
	struct slice as_name, as_domain;
	struct slice city;
	bool has_place; /* of the city, never the centre of a country */
	double latitude, longitude;
};

/* FATAL: there is no such file, or it is not a database; the text names path. */
struct mmdb *mmdb_open(const char *path, struct error *err);
void mmdb_close(struct mmdb *mmdb);

/* When the data was built, Unix seconds; 0: the file does not say. */
int64_t mmdb_built(const struct mmdb *mmdb);

/* Has the file been replaced or changed since it was opened?  Not while there
 * is none. */
bool mmdb_is_outdated(const struct mmdb *mmdb, const char *path);

/* Fills those members of *facts that are not known yet; the texts are valid as
 * long as the database is open. */
void mmdb_look_up(const struct mmdb *mmdb, const struct ip_address *address,
		  struct mmdb_facts *facts);

#endif
