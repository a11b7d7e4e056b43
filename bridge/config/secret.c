/* secret.c - reads passwords and keys from a file, a command or the environment
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/wait.h"

/* Time limit for a command or named pipe; tests set less. */
#ifndef SECRET_MS
#define SECRET_MS 30000
#endif

/* O_NONBLOCK: it may be a named pipe without a writer. */
#define OPEN_SECRET (O_RDONLY | O_NONBLOCK | O_CLOEXEC)

#define CONTAINER_SECRETS "/run/secrets/"

extern char **environ;

/* Waits until fd is readable or the process (-1: none) has ended, which sets *ended.
 * false: see errno; no data is lost if the program is stopped. */
static bool wait_for(int fd, int process, int64_t until, bool *ended)
{
	struct pollfd wanted[] = { { .fd = fd, .events = POLLIN },
				   { .fd = process, .events = POLLIN } };
	const int ready = wait_poll_idle(wanted, process < 0 ? 1 : 2, until);

	if (ready == 0)
		errno = ETIMEDOUT;
	*ended = ready > 0 && process >= 0 && wanted[1].revents != 0;
	return ready > 0;
}

/* Reads fd to its end, or what is available when the process has ended: SECRET_LIMIT bytes
 * at most, until the monotonic time `until`; -1: see errno. */
static ssize_t read_all(int fd, int process, int64_t until, char text[static SECRET_LIMIT])
{
	size_t used = 0;
	bool ended;
	ssize_t n;

	for (;;) {
		if (!wait_for(fd, process, until, &ended))
			return -1;
		n = read(fd, text + used, SECRET_LIMIT - used);
		if (n == 0 || (n < 0 && errno == EAGAIN && ended))
			return (ssize_t)used;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -1;
		used += (size_t)n;
		if (used == SECRET_LIMIT) {
			errno = EFBIG;
			return -1;
		}
	}
}

static const char *why(int failure)
{
	return failure == ETIMEDOUT   ? "does not answer"
	       : failure == ECANCELED ? "stopped before it answered"
				      : strerror(failure);
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Skips the byte order mark that Windows editors write. Keeps a trailing blank, but warns
 * about it, since it rarely belongs to the secret. */
static struct slice trim_line(struct slice line, const char *where)
{
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	if (slice_starts_with(line, BYTE_ORDER_MARK))
		line = slice_skip(line, strlen(BYTE_ORDER_MARK));
	if (line.size > 0 && (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\t'))
		log_event(LOG_LEVEL_WARNING, "secret",
			  LOG_TEXT("error", "the secret ends in a blank, which is taken as part of "
					    "it: remove the blank if it is not"),
			  LOG_TEXT("file", where));
	return line;
}

/* Cuts the text to its first line. */
static bool take_line(char text[static SECRET_LIMIT], size_t size, const char *where,
		      struct error *err)
{
	struct slice rest, line = slice_split((struct slice){ text, size }, '\n', &rest);

	line = trim_line(line, where);
	if (line.size == 0 || line.size == SECRET_LIMIT)
		return error_set(err, ERROR_FATAL, "%s gives nothing", where);
	if (memchr(line.data, '\0', line.size))
		return error_set(err, ERROR_FATAL, "%s gives a line with a NUL byte", where);
	memmove(text, line.data, line.size);
	text[line.size] = '\0';
	return true;
}

/* Opens the credential of that name from the service manager (systemd.exec(5),
 * LoadCredential=); -1: none. */
static int open_credential(const char *path)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY"), *name = strrchr(path, '/');
	char credential[PATH_MAX];

	if (!directory || !name ||
	    (size_t)snprintf(credential, sizeof(credential), "%s%s", directory, name) >=
		    sizeof(credential))
		return -1;
	return open(credential, OPEN_SECRET);
}

/* Reads fd to its end and closes it; the text is not NUL-terminated. */
static bool read_and_close(int fd, const char *path, const char *option,
			   char text[static SECRET_LIMIT], size_t *size, struct error *err)
{
	const ssize_t got = fd < 0 ? -1 : read_all(fd, -1, clock_ms() + SECRET_MS, text);
	const int failure = errno;

	if (fd >= 0)
		close(fd);
	if (got < 0 && failure == EACCES)
		return error_set(
			err, ERROR_FATAL,
			"%s_file %s: user id %u may not read it: chown %u it, or hand it over "
			"with LoadCredential= of the service",
			option, path, (unsigned)geteuid(), (unsigned)geteuid());
	if (got < 0)
		return error_set(err, ERROR_FATAL, "%s_file %s: %s", option, path, why(failure));
	*size = (size_t)got;
	return true;
}

/* In containers of Docker and Podman secrets are readable by all users by default, so no
 * warning there. */
static void warn_of_readers(int fd, const char *path)
{
	struct stat file;

	if (fd < 0 || strncmp(path, CONTAINER_SECRETS, strlen(CONTAINER_SECRETS)) == 0 ||
	    fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) || !(file.st_mode & (S_IROTH | S_IWOTH)))
		return;
	log_event(LOG_LEVEL_WARNING, "secret",
		  LOG_TEXT("error", file.st_mode & S_IWOTH
					    ? "every user may write the file: chmod 600"
					    : "every user may read the file: chmod 600"),
		  LOG_TEXT("file", path));
}

/* The credential has precedence over the file, which a service may not be allowed to read. */
static bool fetch_file(const char *path, const char *option, char text[static SECRET_LIMIT],
		       struct error *err)
{
	int fd = open_credential(path);
	size_t size;

	if (fd < 0) {
		fd = open(path, OPEN_SECRET);
		warn_of_readers(fd, path);
	}
	return read_and_close(fd, path, option, text, &size, err) &&
	       take_line(text, size, path, err);
}

/* Puts the shell into its own process group, so that its children can be ended with it.
 * Unblocks the signals that we block; its standard input is not ours. */
static bool spawn_shell(const char *command, int out, pid_t *child)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int status;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	status = posix_spawn(child, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	errno = status;
	return status == 0;
}

/* A command that has written everything may still be running, and only its exit status
 * says whether the secret is good. -1: see errno. */
static ssize_t read_to_end(int fd, pid_t child, char text[static SECRET_LIMIT])
{
	const int64_t until = clock_ms() + SECRET_MS;
	const int process = pidfd_open(child, 0);
	ssize_t size = -1;
	int failure;
	bool ended;

	if (process < 0)
		return -1;
	size = read_all(fd, process, until, text);
	if (size >= 0 && !wait_for(process, -1, until, &ended))
		size = -1;
	failure = errno;
	close(process);
	errno = failure;
	return size;
}

static bool fetch_command(const char *command, const char *option, char text[static SECRET_LIMIT],
			  struct error *err)
{
	char where[64];
	int ends[2], status = 0, failure;
	ssize_t size = -1;
	pid_t child;

	snprintf(where, sizeof(where), "%s_command", option);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", where, strerror(errno));
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* only our end */
	if (!spawn_shell(command, ends[1], &child)) {
		failure = errno;
		close(ends[0]);
		close(ends[1]);
		return error_set(err, ERROR_FATAL, "%s: /bin/sh: %s", where, strerror(failure));
	}
	close(ends[1]);
	size = read_to_end(ends[0], child, text);
	failure = errno;
	/* Ends also its background processes. The group number cannot be reused before
	 * waitpid(). */
	(void)kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	close(ends[0]);
	/* Does not print the command, which may contain a secret. */
	if (size < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", where, why(failure));
	if (!WIFEXITED(status))
		return error_set(err, ERROR_FATAL, "%s ended by signal %d", where,
				 WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_FATAL, "%s failed with exit status %d", where,
				 WEXITSTATUS(status));
	return take_line(text, (size_t)size, where, err);
}

static bool fetch_env(const char *name, const char *option, char text[static SECRET_LIMIT],
		      struct error *err)
{
	const char *value = getenv(name);
	const size_t size = value ? strlen(value) : 0;

	if (!value)
		return error_set(err, ERROR_FATAL, "%s_env: the environment has no %s", option,
				 name);
	if (size < SECRET_LIMIT)
		memcpy(text, value, size);
	return take_line(text, size < SECRET_LIMIT ? size : 0, name, err);
}

bool secret_is_given(const struct secret_config *from)
{
	return from->file || from->command || from->env;
}

bool secret_fetch(const struct secret_config *from, const char *option,
		  char secret[static SECRET_LIMIT], struct error *err)
{
	if (!!from->file + !!from->command + !!from->env > 1)
		return error_set(err, ERROR_FATAL,
				 "give only one of %s_file, %s_command and %s_env", option, option,
				 option);
	if (from->file)
		return fetch_file(from->file, option, secret, err);
	if (from->command)
		return fetch_command(from->command, option, secret, err);
	return fetch_env(from->env, option, secret, err);
}

bool secret_read(const struct secret_config *from, const char *option, struct arena *arena,
		 const char **secret, struct error *err)
{
	char text[SECRET_LIMIT];
	bool good;

	if (!secret_is_given(from))
		return true;
	good = secret_fetch(from, option, text, err);
	if (good)
		*secret = arena_text(arena, slice_of(text));
	explicit_bzero(text, sizeof(text));
	return good;
}

/* --- secrets that change ---------------------------------------------------- */

/* Begins the second line of a stored secret that has precedence over a credential. */
#define REPLACES "replaces sha256:"
#define KEPT_LIMIT (SECRET_LIMIT - sizeof(REPLACES) - 2 * HASH_SIZE - 2)

/* Writes the second line of a file that replaces this credential. */
static void replaces_line(const char *credential, char line[static 2 * HASH_SIZE + 32])
{
	char digest[2 * HASH_SIZE + 1];
	uint8_t bytes[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_bytes(&hash, credential, strlen(credential));
	hash_end(&hash, bytes);
	hash_hex(bytes, digest);
	snprintf(line, 2 * HASH_SIZE + 32, REPLACES "%s", digest);
}

/* The second line that a stored secret must have now; "" without a credential. */
static bool wanted_line(const char *path, const char *option, char line[static 2 * HASH_SIZE + 32],
			struct error *err)
{
	const int fd = open_credential(path);
	char credential[SECRET_LIMIT];
	size_t size;
	bool good;

	line[0] = '\0';
	if (fd < 0)
		return true;
	good = read_and_close(fd, path, option, credential, &size, err) &&
	       take_line(credential, size, path, err);
	if (good)
		replaces_line(credential, line);
	explicit_bzero(credential, sizeof(credential));
	return good;
}

bool secret_fetch_newest(const struct secret_config *from, const char *option,
			 char secret[static SECRET_LIMIT], struct error *err)
{
	char line[2 * HASH_SIZE + 32];
	struct slice rest;
	struct error unused;
	size_t size;

	if (!from->file)
		return secret_fetch(from, option, secret, err);
	if (!wanted_line(from->file, option, line, err))
		return false;
	if (line[0] && read_and_close(open(from->file, OPEN_SECRET), from->file, option, secret,
				      &size, &unused)) {
		(void)slice_split((struct slice){ secret, size }, '\n', &rest);
		if (slice_is(slice_trim(rest), line))
			return take_line(secret, size, from->file, err);
	}
	return secret_fetch(from, option, secret, err);
}

/* Keeps owner and mode, so that the same users can read the file. */
static bool copy_owner(int fd, const char *path, int directory)
{
	struct stat old;
	const bool exists = stat(path, &old) == 0;

	if (exists && !S_ISREG(old.st_mode)) {
		errno = EINVAL;
		return false;
	}
	if (!exists && fstat(directory, &old) < 0)
		return false;
	if (fchown(fd, old.st_uid, old.st_gid) < 0 && errno != EPERM)
		return false;
	return !exists || fchmod(fd, old.st_mode & 0777) == 0;
}

/* Replaces the file atomically and durably; false: see errno. */
static bool replace_file(const char *path, const char *first, const char *second)
{
	char target[PATH_MAX], beside[PATH_MAX + 8];
	int fd, directory, failure;
	bool good;

	/* Replaces the target of a symbolic link. */
	if (!realpath(path, target) && snprintf(target, sizeof(target), "%s", path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(beside, sizeof(beside), "%s", target);
	directory = open(dirname(beside), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(beside, sizeof(beside), "%s.XXXXXX", target);
	fd = directory < 0 ? -1 : mkostemp(beside, O_CLOEXEC);
	good = fd >= 0 && copy_owner(fd, target, directory) &&
	       dprintf(fd, "%s\n%s%s", first, second, second[0] ? "\n" : "") > 0 &&
	       fsync(fd) == 0 && rename(beside, target) == 0 && fsync(directory) == 0;
	failure = errno;
	if (fd >= 0 && !good)
		(void)unlink(beside);
	if (fd >= 0)
		close(fd);
	if (directory >= 0)
		close(directory);
	errno = failure;
	return good;
}

bool secret_keep(const struct secret_config *from, const char *option, const char *secret,
		 struct error *err)
{
	char line[2 * HASH_SIZE + 32];

	if (!from->file)
		return error_set(err, ERROR_RETRY,
				 "only %s_file can keep a new one: use it instead of %s_%s", option,
				 option, from->command ? "command" : "env");
	if (strlen(secret) > KEPT_LIMIT)
		return error_set(err, ERROR_RETRY,
				 "%s_file %s: the new one has more than %zu bytes", option,
				 from->file, KEPT_LIMIT);
	if (!wanted_line(from->file, option, line, err))
		return false;
	if (replace_file(from->file, secret, line))
		return true;
	return error_set(err, ERROR_RETRY, "%s_file %s cannot be replaced: %s", option, from->file,
			 strerror(errno));
}
