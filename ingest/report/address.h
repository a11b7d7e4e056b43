/* address.h - mail addresses in foreign text, and how to leave people out
 *
 * SPDX-License-Identifier: MIT
 *
 * Failure reports carry the addresses of people who wrote and got mail.  What
 * is stored of an address is its domain (RFC 9991 section 7, RFC 6590).
 */
#ifndef INGEST_REPORT_ADDRESS_H
#define INGEST_REPORT_ADDRESS_H

#include "base/arena.h"

/* Domain behind the last "@" of the text, normalised; absent: there is none. */
struct slice address_domain(struct arena *arena, struct slice text);

/* The different domains behind every "@"; returns how many of at most max
 * were written. */
size_t address_domains(struct arena *arena, struct slice text, struct slice *domains, size_t max);

/* A copy without the local parts: "<a.b@example.com>" becomes "<@example.com>".
 * Absent when the arena is full. */
struct slice address_redact(struct arena *arena, struct slice text);

/* The same with a word in the place of each local part, made with the key: the
 * same one for the same address of a tenant, and nothing can be read from it. */
struct slice address_pseudonyms(struct arena *arena, struct slice text, struct slice key,
				const char *tenant);

#endif
