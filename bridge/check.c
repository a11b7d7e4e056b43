/* check.c - the command "check": is everything there that run will need
 *
 * SPDX-License-Identifier: MIT
 *
 * Logs in everywhere and touches no mail and no document.
 */
#include <stdio.h>

#include "bridge/command.h"
#include "bridge/wiring.h"

/* Says how it went, and remembers the worst. */
static void report(const char *what, const char *name, bool good, const struct error *err,
		   int *status)
{
	const int this_status = good ? EXIT_DONE
			      : err->class == ERROR_RETRY ? EXIT_UNREACHABLE : EXIT_USAGE;

	printf("%s %s: %s\n", what, name, good ? "ok" : err->text);
	if (this_status > *status)
		*status = this_status;
}

static void check_mailbox(struct config *config, const struct mailbox_config *m, int *status)
{
	struct mailbox *mailbox = wiring_mailbox(config, m);
	struct error err;

	report("mailbox", m->name, mailbox->ops->open(mailbox, &err), &err, status);
	mailbox->ops->free(mailbox);
}

int command_check(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct sink *sink;
	struct error err;
	int status;

	if (!command_start(argc, argv, "", &line, &config, &status))
		return status;
	status = EXIT_DONE;
	report("configuration", line.config_file, wiring_directories(&config, &err), &err, &status);
	for (const struct mailbox_config *m = config.mailboxes; m; m = m->next)
		check_mailbox(&config, m, &status);
	sink = wiring_sink(&config);
	report("output", config.output.name, sink->ops->check(sink, &err), &err, &status);
	sink->ops->free(sink);
	config_release(&config);
	return status;
}
