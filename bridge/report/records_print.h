/* records_print.h - the records that a domain has to publish, as a zone file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_RECORDS_PRINT_H
#define BRIDGE_REPORT_RECORDS_PRINT_H

#include <stdio.h>

#include "domain/wanted_records.h"

/* ours: those of the zone of the report mailbox, else those of the domain. */
void records_print(FILE *out, const char *domain, const struct wanted_record *list, size_t count,
		   bool ours);

/* The end: all records for the zone of the report mailbox, and the wildcard
 * that can stand for them.  Nothing where there are none. */
void records_print_service(FILE *out, const char *host, struct slice records);

#endif
