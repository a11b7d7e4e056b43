/* domain_print.h - prints checks of domains
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_DOMAIN_PRINT_H
#define BRIDGE_REPORT_DOMAIN_PRINT_H

#include <stdio.h>

#include "base/strbuf.h"
#include "domain/domain_check.h"

/* Version of the JSON documents; raise it when a member changes its meaning. */
#define DOMAIN_JSON_SCHEMA 1

/* Prints what is published, the findings and records to paste, `columns` wide. */
void domain_print(const struct domain_report *report, FILE *out, unsigned columns, bool color);

/* Prints one object on one line. */
void domain_json(const struct domain_report *report, int64_t checked, FILE *out);

/* One self-contained page: head, a section for each domain, end. */
void domain_page_begin(FILE *out);
void domain_page_section(const struct domain_report *report, FILE *out);
void domain_page_end(int64_t checked, FILE *out);

/* Prints every code as a table in Markdown: docs/findings.md. */
void domain_codes_print(FILE *out);

/* "3 findings: 1 critical, 2 notices"; omits counts of 0. */
void domain_counts(const struct domain_report *report, struct strbuf *out);

/* What a domain publishes, as lines of name and value for terminal and page. The values
 * are printable ASCII. */
struct domain_fact {
	const char *name;
	const char *value;
};
#define DOMAIN_FACTS_MAX 80
size_t domain_facts(const struct domain_report *report,
		    struct domain_fact facts[static DOMAIN_FACTS_MAX]);

#endif
