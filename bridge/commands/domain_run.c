/* domain_run.c - checks many domains at once
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/domain_run.h"

#include <errno.h>
#include <stdlib.h>

#include "base/domain_name.h"
#include "base/fiber.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/commands/domain_store.h"
#include "bridge/config/config.h"
#include "bridge/report/reported_read.h"
#include "ingest/tlsrpt/policy_digest.h"

/* --- which domains ------------------------------------------------------------------- */

bool domain_run_add(struct domain_run *r, struct slice text)
{
	struct subject_list *list = &r->subjects;
	struct slice name;

	if (!domain_normalise(&r->arena, text, &name))
		return false;
	list->names = xgrow(list->names, list->count, &list->alloc, sizeof(*list->names));
	list->names[list->count++] = name;
	return true;
}

bool domain_run_add_configured(struct domain_run *r, const struct config *config, struct error *err)
{
	const size_t before = r->subjects.count;
	const char *domain, *tenant;
	size_t position = 0;

	while (tenant_table_next(config->tenant_table, &position, &domain, &tenant))
		if (!r->tenant || strcmp(tenant, r->tenant) == 0)
			(void)domain_run_add(r, slice_of(domain));
	if (r->subjects.count == before)
		return error_set(err, ERROR_FATAL, "%s: %s%s", r->config_file,
				 r->tenant ? "no domains of tenant " : "it names no domain",
				 r->tenant ? r->tenant : "");
	qsort(r->subjects.names, r->subjects.count, sizeof(*r->subjects.names),
	      slice_compare_items);
	return true;
}

/* --- checking ---------------------------------------------------------------------------- */

static void render(struct domain_run *r, struct domain_report *report, struct rendered *result)
{
	FILE *out = open_memstream(&result->text, &result->size);
	FILE *aside = open_memstream(&result->aside, &result->aside_size);

	if (!out || !aside)
		abort();
	r->render(r, report, out, aside);
	result->worst = domain_findings_worst(&report->findings);
	if (fclose(out) != 0 || fclose(aside) != 0)
		abort();
}

/* Prints the finished checks up to the first unfinished one. */
static void print_done(struct domain_run *r)
{
	while (r->printed < r->subjects.count && r->results[r->printed].text) {
		struct rendered *result = &r->results[r->printed];

		if (r->printed > 0 && r->format == FORMAT_TEXT && result->size > 0)
			fputc('\n', stdout);
		fwrite(result->text, 1, result->size, stdout);
		free(result->text);
		result->text = NULL;
		r->printed++;
	}
}

/* Selectors given by the user, and those that passed in reports. */
static size_t choose_selectors(const struct domain_run *r, const struct reported *reported,
			       struct slice name,
			       struct domain_selector list[static DOMAIN_SELECTORS_MAX])
{
	size_t count = r->selector_count;

	memcpy(list, r->selectors, count * sizeof(*list));
	if (count == 0 && reported)
		count = reported_selectors(reported, name, r->settings.now, list);
	return count;
}

static void judge_reported(const struct domain_run *r, struct domain_report *report,
			   const struct reported *reported)
{
	char digest[2 * HASH_SIZE + 1];
	struct domain_since since = { .dmarc = 0 };

	tlsrpt_policy_file_digest(report->state.sts_policy, digest);
	if (r->config)
		domain_store_since(r->config, report, r->settings.now, &since);
	domain_judge_reported(&r->settings, report, reported, digest, &since);
}

static void check_one(struct domain_run *r, size_t at)
{
	const struct slice name = r->subjects.names[at];
	const struct reported *reported = r->reported ? reported_set_of(r->reported, name) : NULL;
	struct domain_selector selectors[DOMAIN_SELECTORS_MAX];
	const struct domain_subject subject = {
		name,
		selectors,
		choose_selectors(r, reported, name, selectors),
	};
	struct domain_report *report;
	struct arena arena;

	arena_init(&arena, DOMAIN_CHECK_ARENA_BYTES);
	report = domain_check(&r->settings, &subject, &arena);
	if (!report)
		abort(); /* the first block of an arena always fits */
	if (reported)
		judge_reported(r, report, reported);
	render(r, report, &r->results[at]);
	arena_release(&arena);
	print_done(r);
}

static void check_in_turn(void *context)
{
	struct domain_run *r = context;

	while (r->next < r->subjects.count && !wait_stopping())
		check_one(r, r->next++);
}

static void check_all(struct domain_run *r)
{
	const size_t fibers = r->at_once < r->subjects.count ? r->at_once : r->subjects.count;

	for (size_t i = 0; i < fibers; i++)
		fiber_start(check_in_turn, r);
	fiber_run(fiber_wait);
}

static void take_aside(struct domain_run *r, struct strbuf *aside)
{
	for (size_t i = 0; i < r->subjects.count; i++) {
		if (r->results[i].aside)
			strbuf_add(aside, r->results[i].aside, r->results[i].aside_size);
		free(r->results[i].aside);
		r->results[i].aside = NULL;
	}
}

bool domain_run_all(struct domain_run *r, struct strbuf *aside, struct error *err)
{
	if (!dns_open(&r->dns, &r->settings.dns, err))
		return false;
	if (r->settings.probe)
		r->settings.probes = probe_memory_new(&r->probe);
	r->results = xcalloc(r->subjects.count, sizeof(*r->results));
	check_all(r);
	take_aside(r, aside);
	probe_memory_free(r->settings.probes);
	dns_close(r->settings.dns);
	if (fflush(stdout) != 0)
		return error_set(err, ERROR_FATAL, "standard output: %s", strerror(errno));
	return true;
}

void domain_run_release(struct domain_run *r)
{
	reported_set_free(r->reported);
	free(r->results);
	free(r->subjects.names);
	arena_release(&r->arena);
}
