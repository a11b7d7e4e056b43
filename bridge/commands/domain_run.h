/* domain_run.h - checks many domains at once
 *
 * SPDX-License-Identifier: MIT
 *
 * Every domain is a task of its own (base/fiber.h), with a limited number at once; results
 * are printed in the order of the names.
 */
#ifndef BRIDGE_COMMANDS_DOMAIN_RUN_H
#define BRIDGE_COMMANDS_DOMAIN_RUN_H

#include <stdio.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "domain/domain_check.h"
#include "domain/smtp_probe.h"

struct config;
struct domain_store;
struct reported_set;

enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

struct subject_list {
	struct slice *names;
	size_t count, alloc;
};

struct rendered {
	char *text; /* NULL: unfinished */
	char *aside;
	size_t size, aside_size;
	enum severity worst;
};

struct domain_run {
	/* arguments */
	const char *config_file, *tenant;
	const char *reports_file;
	bool all, no_color, fails, stores, with_reports;
	enum output_format format;
	enum severity fail_on;
	size_t at_once;
	struct dns_settings dns;
	struct domain_settings settings;
	struct probe_settings probe;
	struct domain_selector selectors[DOMAIN_SELECTORS_MAX];
	size_t selector_count;
	/* Writes the text of a check, which is kept until its turn, and what to print
	 * after the texts of all domains. */
	void (*render)(struct domain_run *run, struct domain_report *report, FILE *out,
		       FILE *aside);
	const struct config *config;   /* NULL: none was given */
	struct domain_store *store;    /* NULL: nothing is stored */
	struct reported_set *reported; /* NULL: no reports are read */
	/* what is checked */
	struct arena arena;
	struct subject_list subjects;
	struct rendered *results;
	size_t next, printed;
	unsigned columns;
	bool color;
};

/* false: not a domain name. */
bool domain_run_add(struct domain_run *run, struct slice name);
/* Adds all domains of the configuration's tenants, or of run->tenant. FATAL: there are
 * none. */
bool domain_run_add_configured(struct domain_run *run, const struct config *config,
			       struct error *err);

/* Checks the domains; writes their texts to stdout in order, and what is to follow them to
 * `aside`. RETRY: the resolver does not answer. */
bool domain_run_all(struct domain_run *run, struct strbuf *aside, struct error *err);
void domain_run_release(struct domain_run *run);

#endif
