/* mmdb.h - country, place and network of an address from one database file
 *
 * SPDX-License-Identifier: MIT
 *
 * Reads files of MaxMind, DB-IP, IPinfo, ip-location-db and GeoOpen; the keys of a
 * record tell the layouts apart.  The file is copied to a sealed memfd and mapped
 * from there, so truncating it in place cannot crash the process and forked
 * processes share the copy.
 */
#ifndef ENRICH_MMDB_H
#define ENRICH_MMDB_H

#include "base/error.h"
#include "enrich/ip_address.h"

struct mmdb;

/* Facts about one address.  Texts are untrusted and may contain any bytes. */
struct mmdb_facts {
	char country[3];    /* ISO 3166-1 alpha-2, upper case; "" if unknown */
	uint32_t as_number; /* 0: unknown */
	struct slice as_name, as_domain;
	struct slice city;
	bool has_place; /* of the city, never a country's centre */
	double latitude, longitude;
};

/* FATAL: the file is missing or not a database; the error names path. */
struct mmdb *mmdb_open(const char *path, struct error *err);
void mmdb_close(struct mmdb *mmdb);

/* Build time, Unix seconds; 0: unspecified. */
int64_t mmdb_built(const struct mmdb *mmdb);

/* Has the file been replaced or changed since it was opened?  false while it is missing. */
bool mmdb_is_outdated(const struct mmdb *mmdb, const char *path);

/* Fills the members of *facts that are not known yet; the texts are valid while the
 * database is open. */
void mmdb_look_up(const struct mmdb *mmdb, const struct ip_address *address,
		  struct mmdb_facts *facts);

#endif
