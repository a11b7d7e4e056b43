/* domain_command.c - the commands "domain" and "records": what domains publish,
 * what is wrong with it, and what they have to publish
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/commands/domain_run.h"
#include "bridge/report/domain_print.h"
#include "bridge/report/records_print.h"
#include "bridge/report/screen.h"

#define AT_ONCE 20
#define AT_ONCE_MAX 200
#define TEST_STEP_MS 3000
#define SERVICE_LIMIT ((size_t)64 << 20)
#define NAMES_ARENA ((size_t)64 << 20)

/* --- arguments --------------------------------------------------------------------- */

static bool usage(const char *text, const char *argument)
{
	fprintf(stderr, "reportbridge: %s%s; try 'reportbridge help domain' or 'help records'\n", text,
		argument);
	return false;
}

static bool add_selector(struct domain_run *r, const char *text)
{
	if (r->selector_count == DOMAIN_SELECTORS_MAX)
		return usage("too many selectors, the last is ", text);
	r->selectors[r->selector_count++] = (struct domain_selector){ slice_of(text), true };
	return true;
}

static bool read_format(struct domain_run *r, const char *text)
{
	static const char *const words[] = { "text", "json", "html" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			r->format = (enum output_format)i;
			return true;
		}
	}
	return usage("--format is text, json or html, not ", text);
}

static bool read_fail_on(struct domain_run *r, const char *text)
{
	r->fails = severity_of_name(slice_of(text), &r->fail_on) && r->fail_on < SEVERITY_OK;
	return r->fails || usage("--fail-on is critical, warning or notice, not ", text);
}

static bool read_number(const char *text, uint64_t most, uint64_t *number, const char *what)
{
	if (slice_to_uint(slice_of(text), most, number) && *number > 0)
		return true;
	return usage(what, text);
}

/* Of the tests: "25443,25525", servers on loopback. */
static bool read_test_ports(struct domain_run *r, const char *text)
{
	struct slice second;
	const struct slice first = slice_split(slice_of(text), ',', &second);
	uint64_t https, smtp;

	if (!slice_to_uint(first, UINT16_MAX, &https) || !slice_to_uint(second, UINT16_MAX, &smtp))
		return usage("--test-servers takes two ports, not ", text);
	r->settings.allow_private = true;
	r->settings.https_port = (uint16_t)https;
	r->settings.smtp_port = r->probe.port = (uint16_t)smtp;
	r->settings.step_ms = r->probe.step_ms = r->dns.timeout_ms = TEST_STEP_MS;
	return true;
}

static bool read_option(struct domain_run *r, int found)
{
	uint64_t number = 0;

	switch (found) {
	case 'c': r->config_file = optarg; return true;
	case 't': r->tenant = optarg; return true;
	case 'a': r->all = true; return true;
	case 'p': r->settings.probe = true; return true;
	case 's': return add_selector(r, optarg);
	case 'r': r->settings.report_address = optarg; return true;
	case 'f': return read_format(r, optarg);
	case 'F': return read_fail_on(r, optarg);
	case 'n': r->dns.servers = optarg; return true;
	case 'A': r->dns.trust_anchor = optarg; return true;
	case 'C': r->settings.ca_file = r->probe.ca_file = optarg; return true;
	case 'H': r->probe.helo = optarg; return true;
	case 'N': r->no_color = true; return true;
	case 'T': return read_test_ports(r, optarg);
	case 'j':
		if (!read_number(optarg, AT_ONCE_MAX, &number, "--jobs takes 1 to 200, not "))
			return false;
		r->at_once = (size_t)number;
		return true;
	default: return usage("unknown option", "");
	}
}

static bool read_arguments(struct domain_run *r, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tenant", required_argument, NULL, 't' },
		{ "all", no_argument, NULL, 'a' },
		{ "probe", no_argument, NULL, 'p' },
		{ "selector", required_argument, NULL, 's' },
		{ "rua", required_argument, NULL, 'r' },
		{ "format", required_argument, NULL, 'f' },
		{ "fail-on", required_argument, NULL, 'F' },
		{ "name-server", required_argument, NULL, 'n' },
		{ "trust-anchor", required_argument, NULL, 'A' },
		{ "ca-file", required_argument, NULL, 'C' },
		{ "helo", required_argument, NULL, 'H' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "no-color", no_argument, NULL, 'N' },
		{ "test-servers", required_argument, NULL, 'T' },
		{ NULL, 0, NULL, 0 },
	};
	int found;

	optind = 1;
	while ((found = getopt_long(argc, argv, "c:", long_options, NULL)) != -1)
		if (!read_option(r, found))
			return false;
	for (; optind < argc; optind++)
		if (!domain_run_add(r, slice_of(argv[optind])))
			return usage("no domain name: ", argv[optind]);
	if ((r->tenant || r->all) && !r->config_file)
		return usage("--tenant and --all need -c FILE", "");
	if (r->config_file && !r->tenant && !r->all)
		return usage("-c FILE needs --tenant NAME or --all", "");
	return r->subjects.count > 0 || r->tenant || r->all || usage("which domain?", "");
}

/* --- the two commands -------------------------------------------------------------------- */

static void render_check(struct domain_run *r, const struct domain_report *report, FILE *out,
			 FILE *aside)
{
	(void)aside;
	switch (r->format) {
	case FORMAT_TEXT: domain_print(report, out, r->columns, r->color); break;
	case FORMAT_JSON: domain_json(report, r->settings.now, out); break;
	case FORMAT_HTML: domain_page_section(report, out); break;
	}
}

static void render_records(struct domain_run *r, const struct domain_report *report, FILE *out,
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

static bool begin(struct domain_run *r, int argc, char **argv, int *status)
{
	struct error err;

	*status = EXIT_USAGE;
	arena_init(&r->arena, NAMES_ARENA);
	if (!read_arguments(r, argc, argv))
		return false;
	if (r->config_file && !domain_run_add_configured(r, &err)) {
		*status = command_failed(&err);
		return false;
	}
	r->settings.now = clock_unix();
	*status = EXIT_DONE;
	return true;
}

int command_domain(int argc, char **argv)
{
	struct domain_run r = { .at_once = AT_ONCE, .render = render_check };
	struct strbuf nothing;
	struct error err;
	int status;

	strbuf_init(&nothing, 0);
	if (begin(&r, argc, argv, &status)) {
		r.color = !r.no_color && screen_wants_color();
		r.columns = screen_width();
		if (r.format == FORMAT_HTML)
			domain_page_begin(stdout);
		status = domain_run_all(&r, &nothing, &err) ? status_of(&r) : command_failed(&err);
		if (r.format == FORMAT_HTML)
			domain_page_end(r.settings.now, stdout);
	}
	strbuf_release(&nothing);
	domain_run_release(&r);
	return status;
}

int command_records(int argc, char **argv)
{
	struct domain_run r = { .at_once = AT_ONCE, .render = render_records };
	struct strbuf service;
	const char *host;
	struct error err;
	int status;

	strbuf_init(&service, SERVICE_LIMIT);
	if (begin(&r, argc, argv, &status)) {
		host = r.settings.report_address ? strchr(r.settings.report_address, '@') : NULL;
		if (!host)
			status = command_usage("records", "--rua ADDRESS is missing: the report mailbox");
		else if (!domain_run_all(&r, &service, &err))
			status = command_failed(&err);
		else
			records_print_service(stdout, host + 1, strbuf_slice(&service));
	}
	strbuf_release(&service);
	domain_run_release(&r);
	return status;
}
