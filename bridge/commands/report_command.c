/* report_command.c - the command "report": summarises the stored reports
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/commands/options.h"
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
	const char *mail_to, *directory; /* instead of standard output */
	bool with_index;
	const char *logo;
};

static bool read_since(void *command, const char *text)
{
	return command_read_since(text, &((struct report *)command)->query.since);
}

static bool read_format(void *command, const char *word)
{
	return report_output_set_format(&((struct report *)command)->output, word);
}

static bool read_fail_on(void *command, const char *word)
{
	return report_output_set_fail_on(&((struct report *)command)->output, word);
}

static bool read_tenant(void *command, const char *name)
{
	struct report *r = command;

	r->query.tenant = r->output.heading.subject = name;
	return tenant_name_valid(slice_of(name));
}

static bool read_mail(void *command, const char *address)
{
	((struct report *)command)->mail_to = address;
	return mail_address_valid(address);
}

static bool read_arguments(struct report *r, int argc, char **argv)
{
	static const struct command_option options[] = {
		OPTION_TEXT("config", struct report, config_file),
		OPTION_READ("tenant", read_tenant, "takes the name of a tenant"),
		OPTION_READ("since", read_since, SINCE_FORMS),
		OPTION_READ("format", read_format, "is html, summary or json"),
		OPTION_FLAG("no-color", struct report, output.no_color),
		OPTION_FLAG("by-tenant", struct report, output.by_tenant),
		OPTION_READ("fail-on", read_fail_on, "takes critical, warning or notice"),
		OPTION_TEXT("service", struct report, output.heading.service),
		OPTION_TEXT("logo", struct report, logo),
		OPTION_TEXT("directory", struct report, directory),
		OPTION_FLAG("index", struct report, with_index),
		OPTION_READ("mail", read_mail, "takes an address"),
		{ .name = NULL },
	};
	struct error err;

	if (!command_read_options(argc, argv, NULL, options, r))
		return false;
	if (r->logo && !report_output_set_logo(&r->output, r->logo, &err))
		return command_refuse(argv[0], err.text);
	if (optind < argc)
		return command_refuse(argv[0], "too many arguments");
	if (r->directory && (!r->output.by_tenant || r->query.tenant || r->mail_to))
		return command_refuse(argv[0],
				      "--directory goes with --by-tenant, and neither with "
				      "--tenant nor with --mail");
	if (r->with_index && !r->directory)
		return command_refuse(argv[0], "--index goes with --directory");
	return r->config_file || command_refuse(argv[0], "-c FILE is missing");
}

/* A page about all tenants has a line for each. */
static bool is_by_tenant(const struct report *r)
{
	return r->output.by_tenant || (!r->query.tenant && r->output.format != REPORT_JSON);
}

/* Takes the heading from [service] of the configuration unless options set it. */
static bool set_heading(struct report *r, const struct config *config, struct error *err)
{
	if (!r->output.heading.service)
		r->output.heading.service = config->service.name;
	return r->logo || !config->service.logo_file ||
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
		return error_set(err, ERROR_FATAL,
				 "--mail needs a section [mail] in the configuration");
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
