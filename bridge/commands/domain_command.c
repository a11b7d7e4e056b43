/* domain_command.c - the commands "domain" and "records": check what domains publish, and
 * print what they should publish
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/commands/domain_run.h"
#include "bridge/commands/domain_store.h"
#include "bridge/commands/options.h"
#include "bridge/report/domain_print.h"
#include "bridge/report/records_print.h"
#include "bridge/report/report_source.h"
#include "bridge/report/reported_read.h"
#include "bridge/report/screen.h"

#define AT_ONCE 20
#define AT_ONCE_MAX 200
#define TEST_STEP_MS 3000
#define DAY INT64_C(86400)
#define REPORT_DAYS 90
#define SERVICE_LIMIT ((size_t)64 << 20)
#define NAMES_ARENA ((size_t)64 << 20)

/* --- arguments --------------------------------------------------------------------- */

static bool add_selector(void *command, const char *text)
{
	struct domain_run *r = command;

	if (r->selector_count == DOMAIN_SELECTORS_MAX)
		return false;
	r->selectors[r->selector_count++] = (struct domain_selector){ slice_of(text), true };
	return true;
}

static bool read_format(void *command, const char *text)
{
	static const char *const words[] = { "text", "json", "html" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			((struct domain_run *)command)->format = (enum output_format)i;
			return true;
		}
	}
	return false;
}

static bool read_fail_on(void *command, const char *text)
{
	struct domain_run *r = command;

	r->fails = severity_of_name(slice_of(text), &r->fail_on) && r->fail_on < SEVERITY_OK;
	return r->fails;
}

static bool read_jobs(void *command, const char *text)
{
	uint64_t number;

	if (!slice_to_uint(slice_of(text), AT_ONCE_MAX, &number) || number == 0)
		return false;
	((struct domain_run *)command)->at_once = (size_t)number;
	return true;
}

static bool read_ca_file(void *command, const char *path)
{
	struct domain_run *r = command;

	r->settings.ca_file = r->probe.ca_file = path;
	return true;
}

/* For tests: "25443,25525" or "25443,25525,5000": ports of servers on loopback, and the
 * milliseconds for one domain. */
static bool read_test_servers(void *command, const char *text)
{
	struct domain_run *r = command;
	struct slice second, third = { NULL, 0 };
	const struct slice first = slice_split(slice_of(text), ',', &second);
	uint64_t https, smtp, time_ms = 0;

	if (second.data)
		second = slice_split(second, ',', &third);
	if (!slice_to_uint(first, UINT16_MAX, &https) ||
	    !slice_to_uint(second, UINT16_MAX, &smtp) ||
	    (third.data && !slice_to_uint(third, UINT32_MAX, &time_ms)))
		return false;
	r->settings.allow_private = true;
	r->settings.https_port = (uint16_t)https;
	r->settings.smtp_port = r->probe.port = (uint16_t)smtp;
	r->settings.step_ms = r->probe.step_ms = r->dns.timeout_ms = TEST_STEP_MS;
	r->settings.time_ms = (int64_t)time_ms;
	return true;
}

static bool refuse(const char *text, const char *argument)
{
	fprintf(stderr, "reportbridge: %s%s; try 'reportbridge help domain' or 'help records'\n",
		text, argument);
	return false;
}

static bool read_arguments(struct domain_run *r, int argc, char **argv)
{
	static const struct command_option options[] = {
		OPTION_TEXT("config", struct domain_run, config_file),
		OPTION_TEXT("tenant", struct domain_run, tenant),
		OPTION_FLAG("all", struct domain_run, all),
		OPTION_FLAG("probe", struct domain_run, settings.probe),
		OPTION_READ("selector", add_selector, "may be given 50 times"),
		OPTION_TEXT("rua", struct domain_run, settings.report_address),
		OPTION_READ("format", read_format, "is text, json or html"),
		OPTION_READ("fail-on", read_fail_on, "is critical, warning or notice"),
		OPTION_TEXT("name-server", struct domain_run, dns.servers),
		OPTION_TEXT("trust-anchor", struct domain_run, dns.trust_anchor),
		OPTION_READ("ca-file", read_ca_file, ""),
		OPTION_TEXT("helo", struct domain_run, probe.helo),
		OPTION_READ("jobs", read_jobs, "takes 1 to 200"),
		OPTION_FLAG("no-color", struct domain_run, no_color),
		OPTION_FLAG("store", struct domain_run, stores),
		OPTION_TEXT("reports", struct domain_run, reports_file),
		OPTION_FLAG("with-reports", struct domain_run, with_reports),
		OPTION_READ("test-servers", read_test_servers, "takes two ports"),
		{ .name = NULL },
	};

	if (!command_read_options(argc, argv, NULL, options, r))
		return false;
	for (; optind < argc; optind++)
		if (!domain_run_add(r, slice_of(argv[optind])))
			return refuse("no domain name: ", argv[optind]);
	if ((r->tenant || r->all || r->stores || r->with_reports) && !r->config_file)
		return refuse("--tenant, --all, --store and --with-reports need -c FILE", "");
	return r->subjects.count > 0 || r->tenant || r->all || refuse("which domain?", "");
}

/* --- the two commands -------------------------------------------------------------------- */

static void render_check(struct domain_run *r, struct domain_report *report, FILE *out, FILE *aside)
{
	(void)aside;
	if (r->store) {
		domain_store_take(r->store, report, r->settings.now);
		return;
	}
	switch (r->format) {
	case FORMAT_TEXT: domain_print(report, out, r->columns, r->color); break;
	case FORMAT_JSON: domain_json(report, r->settings.now, out); break;
	case FORMAT_HTML: domain_page_section(report, out); break;
	}
}

static void render_records(struct domain_run *r, struct domain_report *report, FILE *out,
			   FILE *aside)
{
	struct wanted_record list[WANTED_RECORDS_MAX];
	struct arena *arena = report->findings.arena;
	const char *name = arena_format(arena, "%.*s", (int)report->state.name.size,
					report->state.name.data);
	const size_t count = wanted_records(&r->settings, report, r->settings.report_address, arena,
					    list);

	fprintf(out, "; --- %s ---\n", name);
	if (domain_has(&report->findings, DOMAIN_DOMAIN_MISSING))
		fputs("; the domain does not exist\n", out);
	else
		records_print(out, name, list, count, false);
	records_print(aside, name, list, count, true);
}

static int status_of(const struct domain_run *r)
{
	if (r->fails)
		for (size_t i = 0; i < r->subjects.count; i++)
			if (severity_reaches(r->results[i].worst, r->fail_on))
				return EXIT_FINDING;
	return EXIT_DONE;
}

static bool read_config(struct domain_run *r, struct config *config, int *status)
{
	struct error err;

	if (!r->config_file)
		return true;
	if (!config_read(config, r->config_file, &err)) {
		*status = command_bad_config(config);
		return false;
	}
	r->config = config;
	if ((r->tenant || r->all) && !domain_run_add_configured(r, config, &err)) {
		*status = command_failed(&err);
		return false;
	}
	return true;
}

static bool begin(struct domain_run *r, int argc, char **argv, struct config *config, int *status)
{
	*status = EXIT_USAGE;
	arena_init(&r->arena, NAMES_ARENA);
	if (!read_arguments(r, argc, argv) || !read_config(r, config, status))
		return false;
	r->settings.now = clock_unix();
	*status = EXIT_DONE;
	return true;
}

/* --- storing ------------------------------------------------------------------------------- */

/* Refuses domains without a tenant: nobody could read their documents. */
static bool all_have_tenants(const struct domain_run *r, struct error *err)
{
	for (size_t i = 0; i < r->subjects.count; i++) {
		const struct slice name = r->subjects.names[i];

		if (!domain_store_tenant(r->store, name))
			return error_set(err, ERROR_FATAL, "--store: no tenant has the domain %.*s",
					 (int)name.size, name.data);
	}
	return true;
}

static bool store(struct domain_run *r, struct config *config, struct error *err)
{
	struct domain_store_result result = { .domains = 0 };
	struct strbuf nothing;
	bool good;

	if (!config_read_output_secrets(config, err) || !domain_store_open(config, &r->store, err))
		return false;
	strbuf_init(&nothing, 0);
	good = all_have_tenants(r, err) && domain_run_all(r, &nothing, err);
	if (good) {
		good = domain_store_post(r->store, &result, err);
		printf("%zu domain%s, %zu changed: %" PRIu64 " document%s stored, %" PRIu64
		       " known already, %" PRIu64 " refused, %" PRIu64 " to be tried again\n",
		       result.domains, result.domains == 1 ? "" : "s", result.changed,
		       result.stored, result.stored == 1 ? "" : "s", result.duplicates,
		       result.refused, result.kept);
	}
	domain_store_close(r->store);
	strbuf_release(&nothing);
	return good &&
	       (result.refused == 0 ||
		error_reject(err, "refused", "%" PRIu64 " documents were refused", result.refused));
}

static void take_document(void *context, enum document_kind kind, struct document_view *view)
{
	(void)kind;
	reported_set_add(context, view);
}

/* Reads reports of the last weeks, from a file or from the output. */
static bool read_reports(struct domain_run *r, struct config *config, struct error *err)
{
	const struct report_query query = { r->tenant, r->settings.now - REPORT_DAYS * DAY };

	if (!r->reports_file && !r->with_reports)
		return true;
	r->reported = reported_set_new(r->subjects.names, r->subjects.count);
	if (r->reports_file && !reported_set_read(r->reported, r->reports_file, err))
		return false;
	return !r->with_reports ||
	       (config_read_reader_secrets(config, err) &&
		report_read_documents(config, &query, take_document, r->reported, err));
}

static bool print(struct domain_run *r, struct error *err)
{
	struct strbuf nothing;
	bool good;

	strbuf_init(&nothing, 0);
	r->color = !r->no_color && screen_wants_color();
	r->columns = screen_width();
	if (r->format == FORMAT_HTML)
		domain_page_begin(stdout);
	good = domain_run_all(r, &nothing, err);
	if (good && r->format == FORMAT_HTML)
		domain_page_end(r->settings.now, stdout);
	strbuf_release(&nothing);
	return good;
}

int command_domain(int argc, char **argv)
{
	struct domain_run r = { .at_once = AT_ONCE, .render = render_check };
	struct config config = { .tenants = NULL };
	struct error err;
	int status;

	if (begin(&r, argc, argv, &config, &status)) {
		if (read_reports(&r, &config, &err) &&
		    (r.stores ? store(&r, &config, &err) : print(&r, &err)))
			status = status_of(&r);
		else
			status = command_failed(&err);
		if (r.stores)
			command_hand_over(&config);
	}
	domain_run_release(&r);
	config_release(&config);
	return status;
}

int command_records(int argc, char **argv)
{
	struct domain_run r = { .at_once = AT_ONCE, .render = render_records };
	struct config config = { .tenants = NULL };
	struct strbuf service;
	const char *host;
	struct error err;
	int status;

	strbuf_init(&service, SERVICE_LIMIT);
	if (begin(&r, argc, argv, &config, &status)) {
		host = r.settings.report_address ? strchr(r.settings.report_address, '@') : NULL;
		if (!host)
			status = command_usage("records",
					       "--rua ADDRESS is missing: the report mailbox");
		else if (!domain_run_all(&r, &service, &err))
			status = command_failed(&err);
		else
			records_print_service(stdout, host + 1, strbuf_slice(&service));
	}
	strbuf_release(&service);
	domain_run_release(&r);
	config_release(&config);
	return status;
}
