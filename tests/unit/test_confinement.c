/* test_confinement.c - what a worker cannot do, tried from inside of one
 *
 * SPDX-License-Identifier: MIT
 *
 * Each attempt is made twice, by a child that is not confined and must succeed,
 * and by one that is and must be refused: so an attempt that never works shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/process/confinement.h"
#include "tests/lib/rows.h"

static char directory[] = "/tmp/test_confinement.XXXXXX";
static char state[64], maildir[64], secret[64], inside[80], moved[80], socket_path[80];
static pid_t other; /* a process of the same user, as another worker is */
static char *shared_secret;

static int attempt_open_secret(void)
{
	const int fd = open(secret, O_RDONLY);

	return fd < 0 ? errno : 0;
}

static int attempt_write_elsewhere(void)
{
	const int fd = open(secret, O_WRONLY | O_APPEND);

	return fd < 0 ? errno : 0;
}

static int attempt_list_home(void)
{
	const int fd = open(directory, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? errno : 0;
}

static int attempt_execute(void)
{
	char name[] = "true", *const argv[] = { name, NULL };

	execv("/bin/true", argv);
	return errno;
}

static int attempt_fork(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int attempt_trace(void)
{
	if (ptrace(PTRACE_SEIZE, other, NULL, NULL) != 0)
		return errno;
	return 0;
}

static int attempt_read_memory(void)
{
	char copy[8];
	struct iovec mine = { copy, sizeof(copy) }, theirs = { shared_secret, sizeof(copy) };

	return process_vm_readv(other, &mine, 1, &theirs, 1, 0) < 0 ? errno : 0;
}

static int attempt_open_memory(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)other);
	fd = open(path, O_RDONLY);
	return fd < 0 ? errno : 0;
}

static int attempt_signal(void)
{
	return kill(other, SIGCONT) != 0 ? errno : 0;
}

static int attempt_unix_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ? errno : 0;
}

static int attempt_listen(void)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ? errno : 0;
}

static int attempt_namespace(void)
{
	return unshare(CLONE_NEWUSER) != 0 ? errno : 0;
}

/* --- what it must be able to do --------------------------------------------- */

static int attempt_state(void)
{
	int fd = open(inside, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0)
		return errno;
	close(fd);
	if (rename(inside, moved) != 0)
		return errno;
	fd = open(moved, O_RDONLY);
	if (fd < 0)
		return errno;
	close(fd);
	return unlink(moved) != 0 ? errno : 0;
}

static int attempt_tcp(void)
{
	const int fd = socket(AF_INET6, SOCK_STREAM, 0);

	return fd < 0 ? errno : 0;
}

/* A module of the C library, loaded when it is asked for. */
static int attempt_iconv(void)
{
	iconv_t converter = iconv_open("UTF-8", "EUC-JP");

	if (converter == (iconv_t)-1)
		return errno;
	iconv_close(converter);
	return 0;
}

static int attempt_resolver(void)
{
	FILE *file = fopen("/etc/hosts", "r");

	return file ? fclose(file) : errno;
}

static int attempt_socketpair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ? errno : 0;
}

/* Returns errno of the attempt in a child. */
static int try(int (*attempt)(void), bool confined)
{
	struct config config = { .bridge.state_directory = state };
	struct mailbox_config mailbox = { .source = SOURCE_MAILDIR, .maildir.path = maildir };
	struct error err;
	pid_t pid;
	int status;

	config.mailboxes = &mailbox;
	config.output.type = OUTPUT_ELASTICSEARCH;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (confined && !confinement_enter(&config, &err)) {
			fprintf(stderr, "%s\n", err.text);
			_exit(255);
		}
		_exit(attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void what_is_not_its_work_is_refused(void **unused)
{
	static const struct {
		const char *name;
		int (*attempt)(void);
	} attempts[] = {
		{ "open a file", attempt_open_secret },
		{ "write a file", attempt_write_elsewhere },
		{ "list a directory", attempt_list_home },
		{ "start a program", attempt_execute },
		{ "start a process", attempt_fork },
		{ "trace", attempt_trace },
		{ "read another's memory", attempt_read_memory },
		{ "open another's memory", attempt_open_memory },
		{ "signal another", attempt_signal },
		{ "connect to a Unix socket", attempt_unix_socket },
		{ "listen", attempt_listen },
		{ "make a namespace", attempt_namespace },
	};

	(void)unused;
	if (confinement_lacks()) {
		print_message("skipped: %s\n", confinement_lacks());
		skip();
	}
	FOR_ROWS (i, attempts) {
		const int outside = try(attempts[i].attempt, false);
		const int within = try(attempts[i].attempt, true);

		print_message("%s: %s\n", attempts[i].name, strerror(within));
		/* Nor has a chroot, in which packages are built, namespaces. */
		if (attempts[i].attempt == attempt_namespace && outside == EPERM)
			continue;
		if (outside != 0)
			fail_msg("%s does not even work outside: %s", attempts[i].name,
				 strerror(outside));
		if (within != EPERM && within != EACCES)
			fail_msg("%s: %s", attempts[i].name, strerror(within));
	}
}

static void its_work_goes_on(void **unused)
{
	static const struct {
		const char *name;
		int (*attempt)(void);
	} attempts[] = {
		{ "move a file from one directory to another", attempt_state },
		{ "open a TCP socket", attempt_tcp },
		{ "load a module of iconv", attempt_iconv },
		{ "read the resolver's files", attempt_resolver },
		{ "make a socket pair", attempt_socketpair },
	};

	(void)unused;
	FOR_ROWS (i, attempts)
		if (try(attempts[i].attempt, true) != 0)
			fail_msg("%s: %s", attempts[i].name,
				 strerror(try(attempts[i].attempt, true)));
}

/* As on a kernel without Landlock and seccomp, and as under QEMU. */
static bool enter_old_kernel(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	return filter &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SYS_landlock_create_ruleset, 0) ==
		       0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
				SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)) == 0 &&
	       seccomp_load(filter) == 0;
}

static void an_old_kernel_is_reported_but_no_error(void **unused)
{
	struct config config = { .bridge.state_directory = state };
	struct error err;
	const char *lacks;
	pid_t pid;
	int status;

	(void)unused;
	if (confinement_lacks()) {
		print_message("skipped: %s\n", confinement_lacks());
		skip();
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!enter_old_kernel())
			_exit(1);
		lacks = confinement_lacks();
		if (!lacks || strcmp(lacks, "no Landlock and no seccomp: workers are not confined"))
			_exit(2);
		_exit(confinement_enter(&config, &err) ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
}

static int set_up(void **unused)
{
	FILE *file;

	(void)unused;
	if (!mkdtemp(directory))
		return -1;
	snprintf(state, sizeof(state), "%s/state", directory);
	snprintf(maildir, sizeof(maildir), "%s/maildir", directory);
	snprintf(secret, sizeof(secret), "%s/secret", directory);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", directory);
	snprintf(inside, sizeof(inside), "%s/file", state);
	snprintf(moved, sizeof(moved), "%s/file", maildir);
	mkdir(state, 0700);
	mkdir(maildir, 0700);
	file = fopen(secret, "w");
	fputs("hush\n", file);
	fclose(file);
	make_socket();
	shared_secret = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
	other = fork();
	if (other == 0)
		for (;;)
			pause();
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	unlink(secret);
	unlink(socket_path);
	rmdir(state);
	rmdir(maildir);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_its_work_is_refused),
		cmocka_unit_test(its_work_goes_on),
		cmocka_unit_test(an_old_kernel_is_reported_but_no_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
