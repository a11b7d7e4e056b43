/* notify_command.c - the commands "notify" and "digest"
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "base/clock.h"
#include "bridge/commands/command.h"
#include "bridge/tell/digest_run.h"
#include "bridge/tell/notify.h"

/* The default of "report". */
#define NOTIFY_DAYS 30

static int end(struct config *config, const struct tell_result *result)
{
	printf("%zu message%s sent, %zu waiting\n", result->sent, result->sent == 1 ? "" : "s",
	       result->waiting);
	command_hand_over(config);
	config_release(config);
	switch (result->worst) {
	case ERROR_NONE: return EXIT_DONE;
	case ERROR_REJECT: return EXIT_REFUSED;
	case ERROR_RETRY: return EXIT_UNREACHABLE;
	default: return EXIT_USAGE;
	}
}

static bool start(int argc, char **argv, struct config *config, int *status)
{
	struct command_line line;

	return command_start_with(config_read_tell_secrets, argc, argv, "", &line, config, status);
}

int command_notify(int argc, char **argv)
{
	struct tell_result result;
	struct config config;
	int status;

	if (!start(argc, argv, &config, &status))
		return status;
	if (!config.notifies) {
		config_release(&config);
		return command_usage(argv[0], "the configuration has no [notify NAME]");
	}
	notify_run(&config, clock_unix(), command_days_ago(NOTIFY_DAYS), &result);
	return end(&config, &result);
}

int command_digest(int argc, char **argv)
{
	struct tell_result result;
	struct config config;
	int status;

	if (!start(argc, argv, &config, &status))
		return status;
	if (!config.digests) {
		config_release(&config);
		return command_usage(argv[0], "the configuration has no [digest NAME]");
	}
	digest_run(&config, clock_unix(), &result);
	return end(&config, &result);
}
