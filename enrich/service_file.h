/* service_file.h - reads files of rules that name sending services
 *
 * SPDX-License-Identifier: MIT
 *
 * One rule per line; fields are separated by blanks and quoted if they contain
 * blanks; # begins a comment:
 *
 *	kind     pattern            name          type           help
 *	dkim     amazonses.com      "Amazon SES"  transactional  https://...
 *	spf      mcsv.net           Mailchimp     marketing
 *	ptr      mta.example.net    "Our relay"   own
 *	asn      11377              SendGrid      transactional
 *	network  198.51.100.0/24    "Head office" own
 */
#ifndef ENRICH_SERVICE_FILE_H
#define ENRICH_SERVICE_FILE_H

#include "enrich/service_table.h"

/* Each function adds the rules of a file to the table.  FATAL: the table must not be used;
 * the error names file and line. */
bool service_file_read(struct service_table *table, const char *path, struct error *err);

/* parsedmarc's map: CSV with the columns base_reverse_dns, name and type. */
bool service_file_read_map(struct service_table *table, const char *path, struct error *err);

/* The same for a text; errors call it file. */
bool service_text_read(struct service_table *table, const char *file, struct slice text,
		       struct error *err);
bool service_text_read_map(struct service_table *table, const char *file, struct slice text,
			   struct error *err);

/* The built-in rules. */
void service_file_read_built_in(struct service_table *table);

#endif
