/* confinement.c - confines a worker with Landlock and seccomp
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridge/config/output_config.h"

/* Sanitizers read /proc and start a process to look for leaks. */
#if defined(__SANITIZE_ADDRESS__)
#define CONFINED false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINED false
#endif
#endif
#ifndef CONFINED
#define CONFINED true
#endif

/* Rights that are missing in the headers of Linux 6.1. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)    /* version 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15)   /* version 5 */
#define ACCESS_NET_BIND_TCP (UINT64_C(1) << 0) /* version 4 */
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0) /* version 6 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

/* Before version 2, files cannot be moved between directories, which Maildir needs. */
#define LEAST_VERSION 2

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                   \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |         \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER)
#define ALL                                                                  \
	(WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |       \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* Rights that apply to files that are not directories. */
#define FILE_RIGHTS                                                   \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 LANDLOCK_ACCESS_FS_READ_FILE | ACCESS_TRUNCATE | ACCESS_IOCTL_DEV)

struct ruleset_attributes {
	uint64_t files, net, scopes;
};

/* Libraries read these at any time: modules of iconv, time zones, certificates, the public
 * suffix list. No user data is there. */
static const char *const system_directories[] = {
	"/usr/lib",       "/usr/lib64",           "/lib",     "/lib64",   "/usr/share",
	"/usr/local/lib", "/usr/local/share",     "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
	"/etc/gnutls",    "/etc/crypto-policies", NULL,
};
/* For the resolver and the time zone. */
static const char *const system_files[] = {
	"/etc/resolv.conf", "/etc/hosts",     "/etc/nsswitch.conf", "/etc/host.conf",
	"/etc/gai.conf",    "/etc/localtime", "/dev/urandom",       NULL,
};

/* Files that may be replaced while the worker runs. */
#define WATCHED_MAX 64
struct watched {
	const char *path;
	dev_t device;
	ino_t inode;
};
static struct watched watched[WATCHED_MAX];
static size_t watched_count;

/* --- files -------------------------------------------------------------------- */

static int landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static int ruleset_new(int version)
{
	const struct ruleset_attributes attributes = {
		.files = ALL | (version >= 3 ? ACCESS_TRUNCATE : 0) |
			 (version >= 5 ? ACCESS_IOCTL_DEV : 0),
		.net = version >= 4 ? ACCESS_NET_BIND_TCP : 0,
		.scopes = version >= 6 ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : 0,
	};
	const size_t size = version >= 6   ? sizeof(attributes)
			    : version >= 4 ? offsetof(struct ruleset_attributes, scopes)
					   : offsetof(struct ruleset_attributes, net);

	return (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
}

static void watch(const char *path, const struct stat *file)
{
	if (watched_count < WATCHED_MAX)
		watched[watched_count++] = (struct watched){ path, file->st_dev, file->st_ino };
}

/* Grants rights on the file or directory at the path; errno is set where it cannot be
 * opened. */
static bool grant(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	struct stat file;
	bool good;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return false;
	good = fstat(rule.parent_fd, &file) == 0;
	if (good && !S_ISDIR(file.st_mode)) {
		rule.allowed_access &= FILE_RIGHTS;
		watch(path, &file);
	}
	good = good &&
	       syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(rule.parent_fd);
	return good;
}

/* Ignores missing files. */
static void grant_reading(int ruleset, const char *path)
{
	if (path)
		(void)grant(ruleset, path, READ);
}

static bool grant_writing(int ruleset, const char *path, int version, struct error *err)
{
	const uint64_t truncate = version >= 3 ? ACCESS_TRUNCATE : 0;

	return !path || grant(ruleset, path, WRITE | truncate) ||
	       error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
}

static void grant_system(int ruleset)
{
	for (const char *const *path = system_directories; *path; path++)
		grant_reading(ruleset, *path);
	for (const char *const *path = system_files; *path; path++)
		grant_reading(ruleset, *path);
	(void)grant(ruleset, "/dev/null", READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
}

static bool grant_mailbox(int ruleset, const struct mailbox_config *mailbox, int version,
			  struct error *err)
{
	grant_reading(ruleset, mailbox->imap.ca_file);
	grant_reading(ruleset, mailbox->imap.client_cert_file);
	grant_reading(ruleset, mailbox->imap.client_key_file);
	grant_reading(ruleset, mailbox->kafka.connection.ca_file);
	grant_reading(ruleset, mailbox->kafka.connection.client_cert_file);
	grant_reading(ruleset, mailbox->kafka.connection.client_key_file);
	/* A missing Maildir is reported when it is opened. */
	return mailbox->source != SOURCE_MAILDIR ||
	       grant_writing(ruleset, mailbox->maildir.path, version, err) || errno == ENOENT;
}

static bool grant_output(int ruleset, const struct output_config *output, int version,
			 struct error *err)
{
	grant_reading(ruleset, output->elastic.ca_file);
	grant_reading(ruleset, output->kafka.connection.ca_file);
	grant_reading(ruleset, output->login.as.client_cert_file);
	grant_reading(ruleset, output->login.as.client_key_file);
	return grant_writing(ruleset, output_config_directory(output), version, err);
}

static bool grant_config(int ruleset, const struct config *config, int version, struct error *err)
{
	if (!grant_writing(ruleset, config->bridge.state_directory, version, err))
		return false;
	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		if (!grant_mailbox(ruleset, m, version, err))
			return false;
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (!grant_output(ruleset, o, version, err))
			return false;
	return true;
}

static bool confine_files(const struct config *config, struct error *err)
{
	const int version = landlock_version();
	int ruleset;
	bool good;

	if (version < LEAST_VERSION)
		return true; /* reported by confinement_lacks() */
	ruleset = ruleset_new(version);
	if (ruleset < 0)
		return error_set(err, ERROR_FATAL, "landlock: %s", strerror(errno));
	watched_count = 0;
	grant_system(ruleset);
	good = grant_config(ruleset, config, version, err);
	if (good && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		good = error_set(err, ERROR_FATAL, "landlock: %s", strerror(errno));
	close(ruleset);
	return good;
}

bool confinement_is_stale(void)
{
	struct stat file;

	for (size_t i = 0; i < watched_count; i++)
		if (stat(watched[i].path, &file) == 0 &&
		    (file.st_ino != watched[i].inode || file.st_dev != watched[i].device))
			return true;
	return false;
}

/* --- system calls --------------------------------------------------------------- */

/* A list of denied calls: libraries may need any other. Names that libseccomp or the
 * machine does not know are skipped. */
/* clang-format off */
static const char *const denied[] = {
	/* programs and processes */
	"execve", "execveat", "fork", "vfork",
	/* other processes */
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
	"pidfd_open", "pidfd_getfd", "pidfd_send_signal",
	/* the file system as others see it */
	"mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
	"fsconfig", "fsmount", "fspick", "mount_setattr", "name_to_handle_at",
	"open_by_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "swapon", "swapoff",
	"acct",
	/* the kernel */
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "kexec_load", "kexec_file_load", "init_module", "finit_module",
	"delete_module", "reboot", "iopl", "ioperm", "modify_ldt", "personality", "syslog",
	"lookup_dcookie", "add_key", "request_key", "keyctl",
	/* clocks, names, namespaces */
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname",
	"setdomainname", "unshare", "setns",
	NULL,
};
/* clang-format on */

static const unsigned long long new_namespaces[] = {
	CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,    CLONE_NEWUSER,
	CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP,
};

static bool deny_names(scmp_filter_ctx filter)
{
	for (const char *const *name = denied; *name; name++) {
		const int number = seccomp_syscall_resolve_name(*name);

		if (number != __NR_SCMP_ERROR &&
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0) != 0)
			return false;
	}
	return true;
}

/* Allows threads (librdkafka creates some), denies processes and namespaces. clone3 passes
 * its flags by a pointer, so it is denied; glibc then uses clone. */
static bool deny_processes(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(new_namespaces) / sizeof(new_namespaces[0]); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, new_namespaces[i],
					     new_namespaces[i])) != 0)
			return false;
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

/* Allows IPv4, IPv6 and netlink, which lists local addresses. */
static bool deny_sockets(scmp_filter_ctx filter)
{
	for (unsigned family = 0; family < AF_NETLINK; family++)
		if (family != AF_INET && family != AF_INET6 &&
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, family, 0)) != 0)
			return false;
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)) == 0;
}

/* prctl(2): without a filter EFAULT, and EINVAL if the kernel knows no filters.
 * libseccomp fails with ECANCELED then, as it does for other reasons. */
static bool has_seccomp(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno == EFAULT;
}

static bool confine_calls(struct error *err)
{
	scmp_filter_ctx filter;
	int status = -ENOMEM;

	if (!has_seccomp())
		return true; /* reported by confinement_lacks() */
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter && deny_names(filter) && deny_processes(filter) && deny_sockets(filter))
		status = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return status == 0 || error_set(err, ERROR_FATAL, "seccomp: %s", strerror(-status));
}

/* --- both ------------------------------------------------------------------------ */

const char *confinement_lacks(void)
{
	const bool files = landlock_version() >= LEAST_VERSION;
	const bool calls = has_seccomp();

	if (!CONFINED)
		return "a build with sanitizers is not confined";
	if (files && calls)
		return NULL;
	if (calls)
		return "no Landlock (Linux 5.19): workers can open every file of their user";
	return files ? "no seccomp: workers can start programs"
		     : "no Landlock and no seccomp: workers are not confined";
}

bool confinement_enter(const struct config *config, struct error *err)
{
	if (!CONFINED)
		return true;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set(err, ERROR_FATAL, "no_new_privs: %s", strerror(errno));
	return confine_files(config, err) && confine_calls(err);
}
