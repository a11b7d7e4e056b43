/* report_command.c - the command "report": what the stored reports say
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/report/report_output.h"
#include "bridge/report/report_source.h"

#define USUAL_DAYS 30

struct report {
	const char *config_file;
	struct report_query query;
	struct report_output output;
};

static bool usage(const char *text, const char *argument)
{
	fprintf(stderr, "reportbridge report: %s%s; try 'reportbridge help report'\n", text,
		argument);
	return false;
}

static bool read_logo(struct report *r, const char *path)
{
	struct error err;

	return report_output_set_logo(&r->output, path, &err) || usage(err.text, "");
}

static bool read_option(struct report *r, int found)
{
	switch (found) {
	case 'c': r->config_file = optarg; return true;
	case 'n': r->output.no_color = true; return true;
	case 'b': r->output.by_tenant = true; return true;
	case 'S': r->output.heading.service = optarg; return true;
	case 'L': return read_logo(r, optarg);
	case 't':
		r->query.tenant = r->output.heading.subject = optarg;
		return tenant_name_valid(slice_of(optarg)) ||
		       usage("no name of a tenant: ", optarg);
	case 's':
		return command_read_since(optarg, &r->query.since) ||
		       usage(SINCE_FORMS ", not ", optarg);
	case 'f':
		return report_output_set_format(&r->output, optarg) ||
		       usage("--format is html, summary or json, not ", optarg);
	case 'F':
		return report_output_set_fail_on(&r->output, optarg) ||
		       usage("--fail-on takes critical, warning or notice, not ", optarg);
	default: return false; /* said already */
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
		{ "by-tenant", no_argument, NULL, 'b' },
		{ "fail-on", required_argument, NULL, 'F' },
		{ "service", required_argument, NULL, 'S' },
		{ "logo", required_argument, NULL, 'L' },
		{ NULL, 0, NULL, 0 },
	};
	int found;

	optind = 1;
	while ((found = command_next_option(argc, argv, "c:", long_options, NULL)) != -1)
		if (!read_option(r, found))
			return false;
	if (optind < argc)
		return usage("too many arguments", "");
	return r->config_file || usage("-c FILE is missing", "");
}

/* One page of all tenants has a line for each. */
static bool is_by_tenant(const struct report *r)
{
	return r->output.by_tenant || (!r->query.tenant && r->output.format != REPORT_JSON);
}

static int run(struct report *r)
{
	struct summary_set set;
	struct config config;
	struct error err;
	int status = EXIT_DONE;
	bool good;

	if (!config_read(&config, r->config_file, &err))
		return command_bad_config(&config);
	if (!command_is_tenant(&config, r->query.tenant)) {
		config_release(&config);
		return command_usage("report", "--tenant: the configuration has no such tenant");
	}
	if (r->query.since > clock_unix()) {
		config_release(&config);
		return command_usage("report", "--since lies in the future");
	}
	summary_set_init(&set, clock_unix(), is_by_tenant(r));
	good = config_read_secrets(&config, &err) && report_read(&config, &r->query, &set, &err);
	if (good) {
		report_output_print(&r->output, &set);
		status = report_output_has_failed(&r->output, &set) ? EXIT_FINDING : EXIT_DONE;
		if (fflush(stdout) != 0)
			good = error_set(&err, ERROR_FATAL, "standard output: %s", strerror(errno));
	}
	summary_set_release(&set);
	config_release(&config);
	return good ? status : command_failed(&err);
}

int command_report(int argc, char **argv)
{
	struct report r = { .query.since = command_days_ago(USUAL_DAYS) };
	int status;

	report_output_init(&r.output);
	status = read_arguments(&r, argc, argv) ? run(&r) : EXIT_USAGE;
	report_output_release(&r.output);
	return status;
}
