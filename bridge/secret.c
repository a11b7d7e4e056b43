/* secret.c - passwords and keys from a file, a command or the environment
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET_LIMIT 8192

extern char **environ;

/* Reads to the end of fd, at most SECRET_LIMIT bytes; -1: errno says why. */
static ssize_t read_all(int fd, char text[static SECRET_LIMIT])
{
	size_t used = 0;

	for (;;) {
		const ssize_t n = read(fd, text + used, SECRET_LIMIT - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
		if (used == SECRET_LIMIT) {
			errno = EFBIG;
			return -1;
		}
	}
}

static bool take_line(const char *text, size_t size, const char *where, struct arena *arena,
		      const char **secret, struct error *err)
{
	struct slice rest, line = slice_split((struct slice){ text, size }, '\n', &rest);

	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	if (line.size == 0)
		return error_set(err, ERROR_FATAL, "%s gives nothing", where);
	*secret = arena_text(arena, line);
	return true;
}

static bool read_file(const char *path, const char *option, struct arena *arena,
		      const char **secret, struct error *err)
{
	char text[SECRET_LIMIT];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;
	bool good;

	if (fd < 0)
		return error_set(err, ERROR_FATAL, "%s_file %s: %s", option, path, strerror(errno));
	size = read_all(fd, text);
	if (size < 0)
		good = error_set(err, ERROR_FATAL, "%s_file %s: %s", option, path, strerror(errno));
	else
		good = take_line(text, (size_t)size, path, arena, secret, err);
	close(fd);
	explicit_bzero(text, sizeof(text));
	return good;
}

static bool spawn_shell(const char *command, int out, pid_t *child)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	status = posix_spawn(child, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = status;
	return status == 0;
}

static bool read_command(const char *command, const char *option, struct arena *arena,
			 const char **secret, struct error *err)
{
	char text[SECRET_LIMIT];
	int ends[2], status = 0;
	ssize_t size = -1;
	bool good;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, ERROR_FATAL, "%s_command: %s", option, strerror(errno));
	good = spawn_shell(command, ends[1], &child);
	close(ends[1]);
	if (good) {
		size = read_all(ends[0], text);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	if (!good || size < 0)
		good = error_set(err, ERROR_FATAL, "%s_command: %s", option, strerror(errno));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		good = error_set(err, ERROR_FATAL, "%s_command '%s' failed", option, command);
	else
		good = take_line(text, (size_t)size, command, arena, secret, err);
	explicit_bzero(text, sizeof(text));
	return good;
}

bool secret_read(const struct secret_config *from, const char *option, struct arena *arena,
		 const char **secret, struct error *err)
{
	const char *value;

	if (!!from->file + !!from->command + !!from->env > 1)
		return error_set(err, ERROR_FATAL,
				 "give only one of %s_file, %s_command and %s_env", option, option,
				 option);
	if (from->file)
		return read_file(from->file, option, arena, secret, err);
	if (from->command)
		return read_command(from->command, option, arena, secret, err);
	if (!from->env)
		return true;
	value = getenv(from->env);
	if (!value)
		return error_set(err, ERROR_FATAL, "%s_env: the environment has no %s", option,
				 from->env);
	return take_line(value, strlen(value), from->env, arena, secret, err);
}
