/* address.h - finds mail addresses in untrusted text and redacts them
 *
 * SPDX-License-Identifier: MIT
 *
 * Failure reports contain the addresses of people who sent and received mail.  Only
 * the domain of an address is stored (RFC 9991 section 7, RFC 6590).
 */
#ifndef INGEST_REPORT_ADDRESS_H
#define INGEST_REPORT_ADDRESS_H

#include "base/arena.h"

/* Returns the domain after the last "@" of the text, normalised; absent if there is none. */
struct slice address_domain(struct arena *arena, struct slice text);

/* Collects the different domains after each "@"; returns the number written, at most max. */
size_t address_domains(struct arena *arena, struct slice text, struct slice *domains, size_t max);

/* Copies text without local parts: "<a.b@example.com>" becomes "<@example.com>".  Absent if
 * the arena is full. */
struct slice address_redact(struct arena *arena, struct slice text);

/* The same with a pseudonym, derived with the key, for each local part.  An address has one
 * pseudonym per tenant, which does not reveal the address. */
struct slice address_pseudonyms(struct arena *arena, struct slice text, struct slice key,
				const char *tenant);

#endif
