/* domain_document.h - a check of a domain as a document
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_DOMAIN_DOCUMENT_H
#define BRIDGE_REPORT_DOMAIN_DOCUMENT_H

#include "domain/history.h"
#include "ingest/document/document_writer.h"

struct domain_document {
	const char *tenant;
	const struct domain_report *report;
	const struct domain_history *history; /* merged with the previous state */
	const char *policy_digest;            /* "": no MTA-STS policy */
	int64_t now;
};

/* The id is made of tenant, domain, UTC day and state: the same state on the same day
 * gives a duplicate, a new state a second document. */
void domain_document_name(const struct domain_document *d, struct document_name *name);

/* The same from parts; state: SHA-256 of records and findings, domain.digest. */
void domain_check_name(struct document_name *name, const char *tenant, struct slice domain,
		       int64_t checked, const uint8_t state[static HASH_SIZE]);

/* Writes all members; false: the document exceeds LIMIT_DOCUMENT_BYTES. */
bool domain_document_write(const struct domain_document *d, struct document_writer *w);

#endif
