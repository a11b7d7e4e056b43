/* command.h - the commands of the program
 *
 * SPDX-License-Identifier: MIT
 *
 * Each command reads its own arguments (argv[0] is its name) and returns the exit status.
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

/* Prints one line on stderr, "reportbridge: ..."; returns the exit status for the error. */
int command_failed(const struct error *err);

/* Prints every error of a configuration that config_read() refused, and releases it. */
int command_bad_config(struct config *config);

/* The same for wrong arguments; returns EXIT_USAGE. */
int command_usage(const char *command, const char *text);

/* Whether documents may belong to that tenant: it is configured or built in. NULL: all
 * tenants. */
bool command_is_tenant(const struct config *config, const char *tenant);

/* Value of --since: "30d", "2w", or a date. false: malformed. */
#define SINCE_FORMS "takes days (30d), weeks (4w) or a date (2026-11-24)"
bool command_read_since(const char *text, int64_t *since);
/* Midnight UTC that many days ago. */
int64_t command_days_ago(int64_t days);

/* For the end of a command that writes to the state directory: what root made there, and in
 * the directories of file outputs, gets the owner of the directory. */
void command_hand_over(const struct config *config);

/* The arguments of the commands that need a configuration file. */
struct command_line {
	const char *config_file;
	bool once, print, force, dry_run, yes;
	const char *reread; /* a folder; NULL: not given */
	const char *format, *tenant, *write_key;
	const char *operand; /* NULL: not given */
};

/* Runs "setup" for every output; returns the exit status. */
int setup_all(struct config *config, const struct command_line *line);

/* In the list of allowed options: the command takes one argument. */
#define COMMAND_OPERAND "OPERAND"

/* allowed lists the long options of this command, "once print force". Also reads the
 * configuration. false: *status is the exit status. */
bool command_start(int argc, char **argv, const char *allowed, struct command_line *line,
		   struct config *config, int *status);
/* The same for commands that need other secrets than run. */
typedef bool read_secrets_fn(struct config *config, struct error *err);
bool command_start_with(read_secrets_fn *read_secrets, int argc, char **argv, const char *allowed,
			struct command_line *line, struct config *config, int *status);

#endif
