/* report_command.c - the command "report": what the stored reports say
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/config/tell_config.h"
#include "bridge/report/page_files.h"
#include "bridge/report/report_output.h"
#include "bridge/report/report_source.h"
#include "bridge/tell/digest_run.h"

#define USUAL_DAYS 30

struct report {
	const char *config_file;
	struct report_query query;
	struct report_output output;
	const char *mail_to, *directory; /* in place of standard output */
	bool with_index, has_logo;
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

	r->has_logo = true;
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
	case 'd': r->directory = optarg; return true;
	case 'i': r->with_index = true; return true;
	case 'm':
		r->mail_to = optarg;
		return mail_address_valid(optarg) || usage("--mail takes an address, not ", optarg);
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
		{ "directory", required_argument, NULL, 'd' },
		{ "index", no_argument, NULL, 'i' },
		{ "mail", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int found;

	optind = 1;
	while ((found = command_next_option(argc, argv, "c:", long_options, NULL)) != -1)
		if (!read_option(r, found))
			return false;
	if (optind < argc)
		return usage("too many arguments", "");
	if (r->directory && (!r->output.by_tenant || r->query.tenant || r->mail_to))
		return usage("--directory goes with --by-tenant, and neither with --tenant nor with --mail",
			     "");
	if (r->with_index && !r->directory)
		return usage("--index goes with --directory", "");
	return r->config_file || usage("-c FILE is missing", "");
}

/* One page of all tenants has a line for each. */
static bool is_by_tenant(const struct report *r)
{
	return r->output.by_tenant || (!r->query.tenant && r->output.format != REPORT_JSON);
}

/* What the configuration says of the service holds where no option says else. */
static bool set_heading(struct report *r, const struct config *config, struct error *err)
{
	if (!r->output.heading.service)
		r->output.heading.service = config->service.name;
	return r->has_logo || !config->service.logo_file ||
	       report_output_set_logo(&r->output, config->service.logo_file, err);
}

static bool write_files(const struct report *r, const struct config *config,
			const struct summary_set *set, struct error *err)
{
	const struct page_files files = { r->directory, config, r->output.heading, r->with_index };
	size_t count;

	if (!config->tenants)
		return error_set(err, ERROR_FATAL, "--directory: the configuration has no tenants");
	if (!page_files_write(&files, set, &count, err))
		return false;
	printf("%zu page%s written\n", count, count == 1 ? "" : "s");
	return true;
}

static bool send_mail(const struct report *r, struct config *config, const struct summary_set *set,
		      struct error *err)
{
	const char *const to[] = { r->mail_to, NULL };

	if (!config->mail.host)
		return error_set(err, ERROR_FATAL, "--mail needs a section [mail] in the configuration");
	return digest_send_now(config, set, r->query.tenant, to, set->now, err);
}

static bool put_out(const struct report *r, struct config *config, const struct summary_set *set,
		    struct error *err)
{
	if (r->mail_to)
		return send_mail(r, config, set, err);
	if (r->directory)
		return write_files(r, config, set, err);
	report_output_print(&r->output, set);
	return true;
}

static bool read_secrets(const struct report *r, struct config *config, struct error *err)
{
	return r->mail_to ? config_read_tell_secrets(config, err)
			  : config_read_reader_secrets(config, err);
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
	good = set_heading(r, &config, &err) && read_secrets(r, &config, &err) &&
	       report_read(&config, &r->query, &set, &err) && put_out(r, &config, &set, &err);
	if (good) {
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
