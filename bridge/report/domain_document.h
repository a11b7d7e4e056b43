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
	const struct domain_history *history; /* merged with the state before */
	const char *policy_digest;	      /* "": there is no MTA-STS policy */
	int64_t now;
};

/* The id is made of tenant, domain, UTC day and state: a repeat of the same
 * day meets itself, a new state is a second document. */
void domain_document_name(const struct domain_document *d, struct document_name *name);

/* The same from its parts; state: SHA-256 of records and findings, domain.digest. */
void domain_check_name(struct document_name *name, const char *tenant, struct slice domain,
		       int64_t checked, const uint8_t state[static HASH_SIZE]);

/* Writes all members; false: it is over LIMIT_DOCUMENT_BYTES. */
bool domain_document_write(const struct domain_document *d, struct document_writer *w);

#endif
