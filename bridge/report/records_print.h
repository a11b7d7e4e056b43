/* records_print.h - prints the records that a domain must publish as a zone file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_RECORDS_PRINT_H
#define BRIDGE_REPORT_RECORDS_PRINT_H

#include <stdio.h>

#include "domain/wanted_records.h"

/* ours: records of the report mailbox's zone; otherwise of the domain. */
void records_print(FILE *out, const char *domain, const struct wanted_record *list, size_t count,
		   bool ours);

/* Ends the output with all records for the zone of the report mailbox and the wildcard
 * that can replace them. Prints nothing if there are none. */
void records_print_service(FILE *out, const char *host, struct slice records);

#endif
