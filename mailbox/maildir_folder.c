/* maildir_folder.c - creates Maildir folders and moves mail to them
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/maildir_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "mailbox/maildir_name.h"

/* If a name exists, a number is appended, up to this one. */
#define NAME_ATTEMPTS 100

bool maildir_directory_open(int parent, const char *name, int *fd, struct error *err)
{
	/* The Maildir's owner must not redirect our moves with a symbolic link; the
	 * path of the Maildir itself is set by the configuration. */
	const int no_link = parent == AT_FDCWD ? 0 : O_NOFOLLOW;
	const int opened = openat(parent, name, O_RDONLY | O_DIRECTORY | no_link | O_CLOEXEC);
	struct stat status;

	if (opened < 0 && no_link && fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(status.st_mode))
		return error_set(err, ERROR_RETRY,
				 "%s: a symbolic link inside a Maildir is not followed", name);
	if (opened < 0)
		return error_set(err, ERROR_RETRY, "%s: %s", name, strerror(errno));
	*fd = opened;
	return true;
}

/* What root makes in the Maildir of a user belongs to that user: the service may run as that
 * user later. */
static void give_to_owner_of(int parent, int made)
{
	struct stat owner, status;

	if (parent == AT_FDCWD || geteuid() != 0 || fstat(parent, &owner) < 0 ||
	    fstat(made, &status) < 0 || status.st_uid != 0 || owner.st_uid == 0)
		return;
	if (fchown(made, owner.st_uid, owner.st_gid) < 0)
		return; /* it stays root's, and works as long as root runs the bridge */
}

static bool create_directory(int parent, const char *name, int *fd, struct error *err)
{
	const bool is_new = mkdirat(parent, name, 0700) == 0;

	if (!is_new && errno != EEXIST)
		return error_set(err, ERROR_RETRY, "%s: cannot be created: %s", name,
				 strerror(errno));
	if (!maildir_directory_open(parent, name, fd, err))
		return false;
	if (is_new)
		give_to_owner_of(parent, *fd);
	return true;
}

/* The file "maildirfolder" tells delivery agents that the folder is not a separate Maildir. */
static void create_mark(int folder)
{
	const int mark = openat(folder, "maildirfolder",
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (mark < 0)
		return;
	give_to_owner_of(folder, mark);
	close(mark);
}

bool maildir_folder_create(int root, const char *name, int *cur, struct error *err)
{
	int folder, added;
	bool ok;

	if (!create_directory(root, name, &folder, err))
		return false;
	ok = create_directory(folder, "new", &added, err) && close(added) == 0 &&
	     create_directory(folder, "tmp", &added, err) && close(added) == 0 &&
	     create_directory(folder, "cur", cur, err);
	if (ok)
		create_mark(folder);
	else
		error_context(err, "%s", name);
	close(folder);
	return ok;
}

static bool is_below(const char *name, struct slice folder)
{
	return strncmp(name, folder.data, folder.size) == 0 &&
	       (name[folder.size] == '\0' || name[folder.size] == '.');
}

bool maildir_folders_below(const char *path, const char *folder,
			   void (*take)(void *context, const char *name), void *context,
			   struct error *err)
{
	const struct dirent *entry;
	struct strbuf name;
	DIR *directory;
	bool good;

	strbuf_init(&name, 4 * KIB);
	good = maildir_folder_name(folder, NULL, &name, err);
	directory = good ? opendir(path) : NULL;
	if (good && !directory)
		good = error_set(err, ERROR_RETRY, "%s", strerror(errno));
	while (directory && (entry = readdir(directory)))
		if (is_below(entry->d_name, strbuf_slice(&name)))
			take(context, entry->d_name);
	if (directory)
		closedir(directory);
	strbuf_release(&name);
	return good;
}

/* Never overwrites an existing name.  Some network file systems have no rename
 * without overwriting; all have hard links. */
static int rename_new(int from, const char *name, int to, const char *target)
{
	if (renameat2(from, name, to, target, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return errno;
	if (linkat(from, name, to, target, 0) < 0 || unlinkat(from, name, 0) < 0)
		return errno;
	return 0;
}

int maildir_move(int from, const char *name, int to, bool seen)
{
	struct strbuf target;
	int failure = EEXIST;

	strbuf_init(&target, 4 * KIB);
	for (unsigned attempt = 0; failure == EEXIST && attempt < NAME_ATTEMPTS; attempt++) {
		strbuf_reset(&target);
		maildir_settled_name(slice_of(name), seen, attempt, &target);
		failure = rename_new(from, name, to, target.buf);
	}
	strbuf_release(&target);
	return failure;
}
