/* from_inside.c - loaded into the program: tries at a signal what a worker must not do
 *
 * SPDX-License-Identifier: MIT
 *
 * With LD_PRELOAD.  At SIGNAL a process makes each attempt, against its parent, the
 * file FROM_INSIDE_SECRET and the socket FROM_INSIDE_SOCKET, and logs for each an
 * error number, 0 where it worked.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNAL (SIGRTMIN + 5)

static const char *secret, *socket_path;
static char anything[8]; /* at the same place in a process forked from this one */

static int open_secret(void)
{
	return open(secret, O_RDONLY | O_CLOEXEC);
}

static int write_secret(void)
{
	return open(secret, O_WRONLY | O_CLOEXEC);
}

static int make_file(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s.new", secret);
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

/* Where it is allowed, a child becomes the program. */
static int execute(void)
{
	char name[] = "true", *const argv[] = { name, NULL };
	const pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execv("/bin/true", argv);
		_exit(1);
	}
	if (pid < 0)
		return -1;
	waitpid(pid, &status, 0);
	return 0;
}

static int become_a_program(void)
{
	char name[] = "", *const argv[] = { name, NULL };

	/* which is not there: only permission is asked for */
	return execv("/nonexistent", argv);
}

static int trace(void)
{
	return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

static int read_memory(void)
{
	char copy[sizeof(anything)];
	struct iovec mine = { copy, sizeof(copy) }, theirs = { anything, sizeof(copy) };

	return (int)process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0);
}

static int open_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int read_environment(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int connect_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result;

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	result = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return result;
}

static const struct attempt {
	const char *name;
	int (*make)(void); /* negative: errno says why it failed */
	bool makes_descriptor;
} attempts[] = {
	{ "open", open_secret, true },
	{ "write", write_secret, true },
	{ "create", make_file, true },
	{ "execute", execute, false },
	{ "become", become_a_program, false },
	{ "trace", trace, false },
	{ "read-memory", read_memory, false },
	{ "open-memory", open_memory, true },
	{ "environment", read_environment, true },
	{ "unix-socket", connect_unix, false },
};

static void try_all(int number)
{
	const int before = errno;

	(void)number;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const int result = attempts[i].make();
		const int error = result < 0 ? errno : 0;
		char line[128];
		const int size = snprintf(line, sizeof(line),
					  "event=attempt pid=%d name=%s error=%d\n", (int)getpid(),
					  attempts[i].name, error);

		if (result >= 0 && attempts[i].makes_descriptor)
			close(result);
		if (write(STDERR_FILENO, line, (size_t)size) != size)
			abort();
	}
	errno = before;
}

__attribute__((constructor)) static void load(void)
{
	secret = getenv("FROM_INSIDE_SECRET");
	socket_path = getenv("FROM_INSIDE_SOCKET");
	if (secret && socket_path)
		signal(SIGNAL, try_all);
}
