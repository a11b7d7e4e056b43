/* command.h - the commands of the program
 *
 * SPDX-License-Identifier: MIT
 *
 * Each reads its own arguments (argv[0] is the command's name) and returns the
 * exit status.
 */
#ifndef BRIDGE_COMMANDS_COMMAND_H
#define BRIDGE_COMMANDS_COMMAND_H

#include "base/exit_status.h"
#include "bridge/config/config.h"

int command_run(int argc, char **argv);
int command_parse(int argc, char **argv);
int command_report(int argc, char **argv);
int command_domain(int argc, char **argv);
int command_records(int argc, char **argv);
int command_senders(int argc, char **argv);
int command_enrich(int argc, char **argv);
int command_login(int argc, char **argv);
int command_setup(int argc, char **argv);
int command_tenant(int argc, char **argv);
int command_notify(int argc, char **argv);
int command_digest(int argc, char **argv);
int command_status(int argc, char **argv);
int command_check(int argc, char **argv);
int command_dead_letter(int argc, char **argv);
int command_retention(int argc, char **argv);
int command_delete_tenant(int argc, char **argv);

/* One line on stderr: "reportbridge: ..."; returns the status that fits. */
int command_failed(const struct error *err);

/* Every error of a configuration that config_read() refused; releases it. */
int command_bad_config(struct config *config);

/* The same for arguments that make no sense; returns EXIT_USAGE. */
int command_usage(const char *command, const char *text);

struct option;

/* getopt_long() that says itself, in one line, which option is unknown or lacks
 * its value, and which one is near; then '?' is returned. */
int command_next_option(int argc, char **argv, const char *letters, const struct option *known,
			int *which);

/* Whether documents may be of that tenant, NULL: all: it is configured, or one of
 * those there always are. */
bool command_is_tenant(const struct config *config, const char *tenant);

/* Of --since: "30d", "2w", or a date.  false: none of them. */
#define SINCE_FORMS "takes days (30d), weeks (4w) or a date (2026-11-24)"
bool command_read_since(const char *text, int64_t *since);
/* The midnight, UTC, so many days ago. */
int64_t command_days_ago(int64_t days);

/* The arguments of the commands that need a configuration file. */
struct command_line {
	const char *config_file;
	bool once, print, force, dry_run, yes;
	const char *reread; /* a folder; NULL: not given */
	const char *format, *tenant, *write_key;
	const char *operand; /* NULL: not given */
};

/* "setup" of every output; status. */
int setup_all(struct config *config, const struct command_line *line);

/* Among the options that are allowed: one argument besides them. */
#define COMMAND_OPERAND "OPERAND"

/* allowed names the long options this command takes, "once print force".
 * Reads the configuration too; false: *status is the exit status. */
bool command_start(int argc, char **argv, const char *allowed, struct command_line *line,
		   struct config *config, int *status);
/* The same for commands that need other secrets than run: config_read_...() */
typedef bool read_secrets_fn(struct config *config, struct error *err);
bool command_start_with(read_secrets_fn *read_secrets, int argc, char **argv, const char *allowed,
			struct command_line *line, struct config *config, int *status);

#endif
