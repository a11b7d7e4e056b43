/* report_command.c - the command "report": the page from what was stored
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/report/page.h"
#include "bridge/report/report_source.h"
#include "bridge/report/screen.h"

#define DAY INT64_C(86400)
#define USUAL_DAYS 30

struct report {
	const char *config_file;
	struct report_wish wish;
	bool as_page, no_color;
};

static bool usage(const char *text, const char *argument)
{
	fprintf(stderr, "reportbridge report: %s%s; try 'reportbridge help report'\n", text, argument);
	return false;
}

static int64_t midnight(int64_t days_ago)
{
	const int64_t now = clock_unix();

	return now - now % DAY - days_ago * DAY;
}

/* "30d", or a date. */
static bool read_since(const char *text, int64_t *since)
{
	const struct slice whole = slice_of(text);
	uint64_t days;
	bool no_zone;

	if (slice_ends_with_nocase(whole, "d") &&
	    slice_to_uint((struct slice){ text, whole.size - 1 }, 36500, &days)) {
		*since = midnight((int64_t)days);
		return true;
	}
	return datetime_parse(whole, since, &no_zone);
}

static bool read_option(struct report *r, int found)
{
	switch (found) {
	case 'c': r->config_file = optarg; return true;
	case 'n': r->no_color = true; return true;
	case 't':
		r->wish.tenant = optarg;
		return tenant_name_valid(slice_of(optarg)) || usage("no name of a tenant: ", optarg);
	case 's':
		return read_since(optarg, &r->wish.since) ||
		       usage("--since takes days (30d) or a date (2026-11-24), not ", optarg);
	case 'f':
		r->as_page = strcmp(optarg, "html") == 0;
		return r->as_page || strcmp(optarg, "summary") == 0 ||
		       usage("--format is html or summary, not ", optarg);
	default: return usage("unknown option", "");
	}
}

static bool read_arguments(struct report *r, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tenant", required_argument, NULL, 't' },
		{ "since", required_argument, NULL, 's' },
		{ "format", required_argument, NULL, 'f' },
		{ "no-color", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int found;

	optind = 1;
	while ((found = getopt_long(argc, argv, "c:", long_options, NULL)) != -1)
		if (!read_option(r, found))
			return false;
	if (optind < argc)
		return usage("too many arguments", "");
	return r->config_file || usage("-c FILE is missing", "");
}

static void print(const struct report *r, const struct summary *summary)
{
	if (r->as_page)
		page_print(summary, r->wish.tenant, stdout);
	else
		screen_summary(summary, r->no_color);
}

int command_report(int argc, char **argv)
{
	struct report r = { .as_page = true, .wish.since = midnight(USUAL_DAYS) };
	struct config config;
	struct summary *summary;
	struct error err;
	bool good;

	if (!read_arguments(&r, argc, argv))
		return EXIT_USAGE;
	if (!config_read(&config, r.config_file, &err))
		return command_bad_config(&config);
	summary = summary_new(clock_unix());
	good = config_read_secrets(&config, &err) &&
	       report_read(&config, &r.wish, summary, &err);
	if (good) {
		print(&r, summary);
		if (fflush(stdout) != 0)
			good = error_set(&err, ERROR_FATAL, "standard output: %s", strerror(errno));
	}
	summary_free(summary);
	config_release(&config);
	return good ? EXIT_DONE : command_failed(&err);
}
