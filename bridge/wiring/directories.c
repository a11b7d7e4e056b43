/* directories.c - creates the directories that the program writes to
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/wiring/wiring.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/config/output_config.h"

static bool forbidden(const char *path, const char *option, struct error *err)
{
	const unsigned user = (unsigned)geteuid();

	return error_set(err, ERROR_FATAL, "%s %s: user id %u may not write there: chown %u it",
			 option, path, user, user);
}

static bool is_good(const char *path, const char *option, const struct stat *status,
		    struct error *err)
{
	if (!S_ISDIR(status->st_mode))
		return error_set(err, ERROR_FATAL, "%s %s: not a directory", option, path);
	if (status->st_mode & S_IWOTH)
		return error_set(err, ERROR_FATAL, "%s %s may be written by everybody: chmod o-w",
				 option, path);
	return access(path, W_OK | X_OK) == 0 || forbidden(path, option, err);
}

static bool make_directory(const char *path, const char *option, struct error *err)
{
	struct stat status;

	/* Mode 0700: dead letters and documents quote mail. */
	if (mkdir(path, 0700) == 0)
		return true;
	if (errno == EACCES)
		return forbidden(path, option, err);
	if (errno != EEXIST || stat(path, &status) < 0)
		return error_set(err, ERROR_FATAL, "%s %s: %s", option, path, strerror(errno));
	return is_good(path, option, &status, err);
}

/* run creates a missing directory if its parent exists. */
static bool look_at_directory(const char *path, const char *option, struct error *err)
{
	char parent[PATH_MAX];
	struct stat status;

	if (stat(path, &status) == 0)
		return is_good(path, option, &status, err);
	snprintf(parent, sizeof(parent), "%s", path);
	if (errno == ENOENT && access(dirname(parent), W_OK | X_OK) == 0)
		return true;
	if (errno == EACCES)
		return forbidden(path, option, err);
	return error_set(err, ERROR_FATAL, "%s %s: %s", option, path, strerror(errno));
}

bool wiring_state_directory(const struct config *config, struct error *err)
{
	return make_directory(config->bridge.state_directory, "state_directory", err);
}

bool wiring_directories(const struct config *config, struct error *err)
{
	/* First: the default directories of the others are in it. */
	if (!wiring_state_directory(config, err))
		return false;
	for (const struct output_config *o = &config->output; o; o = o->next) {
		const char *path = output_config_directory(o);

		if (path && !make_directory(path, "directory", err))
			return false;
	}
	return true;
}

static bool is_below(const char *path, const char *directory)
{
	const size_t size = strlen(directory);

	return strncmp(path, directory, size) == 0 && path[size] == '/';
}

bool wiring_look_at_directories(const struct config *config, struct error *err)
{
	const char *state = config->bridge.state_directory;
	const bool is_there = access(state, F_OK) == 0;

	if (!look_at_directory(state, "state_directory", err))
		return false;
	for (const struct output_config *o = &config->output; o; o = o->next) {
		const char *path = output_config_directory(o);

		if (path && (is_there || !is_below(path, state)) &&
		    !look_at_directory(path, "directory", err))
			return false;
	}
	return true;
}
