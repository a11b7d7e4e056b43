/* domain_command.c - the command "domain": what domains publish, and what is wrong
 *
 * SPDX-License-Identifier: MIT
 *
 * Every domain is a task of its own (base/fiber.h), a bounded number at once;
 * the results come in the order of the names.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/domain_name.h"
#include "base/fiber.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/commands/command.h"
#include "bridge/report/domain_print.h"
#include "bridge/report/screen.h"
#include "domain/smtp_probe.h"

#define AT_ONCE 20
#define AT_ONCE_MAX 200
#define TEST_STEP_MS 3000
#define NAMES_ARENA ((size_t)64 << 20)

enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

struct subject_list {
	struct slice *names;
	size_t count, alloc;
};

struct rendered {
	char *text; /* NULL: not done */
	size_t size;
	enum severity worst;
};

struct domain_run {
	/* arguments */
	const char *config_file, *tenant;
	bool all, no_color, fails;
	enum output_format format;
	enum severity fail_on;
	size_t at_once;
	struct dns_settings dns;
	struct domain_settings settings;
	struct probe_settings probe;
	struct domain_selector selectors[DOMAIN_SELECTORS_MAX];
	size_t selector_count;
	/* what is checked */
	struct arena arena;
	struct subject_list subjects;
	struct rendered *results;
	size_t next, printed;
	unsigned columns;
	bool color;
};

/* --- arguments --------------------------------------------------------------------- */

static bool usage(const char *text, const char *argument)
{
	fprintf(stderr, "reportbridge domain: %s%s; try 'reportbridge help domain'\n", text, argument);
	return false;
}

static bool add_subject(struct domain_run *r, struct slice text)
{
	struct subject_list *list = &r->subjects;
	struct slice name;

	if (!domain_normalise(&r->arena, text, &name))
		return false;
	if (list->count == list->alloc) {
		list->alloc = list->alloc ? 2 * list->alloc : 16;
		list->names = xreallocarray(list->names, list->alloc, sizeof(*list->names));
	}
	list->names[list->count++] = name;
	return true;
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
		if (!add_subject(r, slice_of(argv[optind])))
			return usage("no domain name: ", argv[optind]);
	if ((r->tenant || r->all) && !r->config_file)
		return usage("--tenant and --all need -c FILE", "");
	if (r->config_file && !r->tenant && !r->all)
		return usage("-c FILE needs --tenant NAME or --all", "");
	return r->subjects.count > 0 || r->tenant || r->all || usage("which domain?", "");
}

/* --- domains of the configuration ------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	const size_t size = x->size < y->size ? x->size : y->size;
	const int order = memcmp(x->data, y->data, size);

	return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

static bool add_configured(struct domain_run *r, struct error *err)
{
	const size_t before = r->subjects.count;
	struct config config;
	const char *domain, *tenant;
	size_t position = 0;

	if (!config_read(&config, r->config_file, err)) {
		(void)command_bad_config(&config);
		return false;
	}
	while (tenant_table_next(config.tenant_table, &position, &domain, &tenant))
		if (!r->tenant || strcmp(tenant, r->tenant) == 0)
			(void)add_subject(r, slice_of(domain));
	config_release(&config);
	if (r->subjects.count == before)
		return usage(r->tenant ? "no domains of tenant " : "the configuration names no domain",
			     r->tenant ? r->tenant : "");
	qsort(r->subjects.names, r->subjects.count, sizeof(*r->subjects.names), by_name);
	return true;
}

/* --- checking ------------------------------------------------------------------------------ */

static void render(const struct domain_run *r, const struct domain_report *report,
		   struct rendered *result)
{
	FILE *out = open_memstream(&result->text, &result->size);

	if (!out)
		abort();
	result->worst = domain_findings_worst(&report->findings);
	switch (r->format) {
	case FORMAT_TEXT: domain_print(report, out, r->columns, r->color); break;
	case FORMAT_JSON: domain_json(report, r->settings.now, out); break;
	case FORMAT_HTML: domain_page_section(report, out); break;
	}
	if (fclose(out) != 0)
		abort();
}

/* Those that are done, up to the first that is not. */
static void print_done(struct domain_run *r)
{
	while (r->printed < r->subjects.count && r->results[r->printed].text) {
		struct rendered *result = &r->results[r->printed];

		if (r->printed > 0 && r->format == FORMAT_TEXT)
			fputc('\n', stdout);
		fwrite(result->text, 1, result->size, stdout);
		free(result->text);
		result->text = NULL;
		r->printed++;
	}
}

static void check_one(struct domain_run *r, size_t at)
{
	const struct domain_subject subject = { r->subjects.names[at], r->selectors,
						r->selector_count };
	const struct domain_report *report;
	struct arena arena;

	arena_init(&arena, DOMAIN_CHECK_ARENA_BYTES);
	report = domain_check(&r->settings, &subject, &arena);
	if (!report)
		abort(); /* the first piece of an arena always fits */
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
	wait_delegate(fiber_wait);
	fiber_run();
	wait_delegate(NULL);
}

static int status_of(const struct domain_run *r)
{
	if (r->fails)
		for (size_t i = 0; i < r->subjects.count; i++)
			if (severity_reaches(r->results[i].worst, r->fail_on))
				return EXIT_FINDING;
	return EXIT_DONE;
}

static bool run(struct domain_run *r, struct error *err)
{
	if (!dns_open(&r->dns, &r->settings.dns, err))
		return false;
	r->settings.now = clock_unix();
	if (r->settings.probe)
		r->settings.probes = probe_memory_new(&r->probe);
	r->results = xcalloc(r->subjects.count, sizeof(*r->results));
	if (r->format == FORMAT_HTML)
		domain_page_begin(stdout);
	check_all(r);
	if (r->format == FORMAT_HTML)
		domain_page_end(r->settings.now, stdout);
	probe_memory_free(r->settings.probes);
	dns_close(r->settings.dns);
	if (fflush(stdout) != 0)
		return error_set(err, ERROR_FATAL, "standard output: %s", strerror(errno));
	return true;
}

int command_domain(int argc, char **argv)
{
	struct domain_run r = { .at_once = AT_ONCE };
	struct error err = { .class = ERROR_NONE };
	int status = EXIT_USAGE;

	arena_init(&r.arena, NAMES_ARENA);
	if (read_arguments(&r, argc, argv) && (!r.config_file || add_configured(&r, &err))) {
		r.color = !r.no_color && screen_wants_color();
		r.columns = screen_width();
		status = run(&r, &err) ? status_of(&r) : command_failed(&err);
	}
	free(r.results);
	free(r.subjects.names);
	arena_release(&r.arena);
	return status;
}
