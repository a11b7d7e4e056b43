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

/* Creates a folder with its three directories; the "maildirfolder" file tells
 * delivery agents that it is not a separate Maildir. */
bool maildir_folder_create(int root, const char *name, int *cur, struct error *err)
{
	static const char *const parts[] = { "new", "tmp", "cur" };
	int folder, mark;
	bool ok = true;

	if (mkdirat(root, name, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERROR_RETRY, "%s: cannot be created: %s", name,
				 strerror(errno));
	if (!maildir_directory_open(root, name, &folder, err))
		return false;
	for (size_t i = 0; ok && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (mkdirat(folder, parts[i], 0700) < 0 && errno != EEXIST)
			ok = error_set(err, ERROR_RETRY, "%s/%s: cannot be created: %s", name,
				       parts[i], strerror(errno));
	mark = ok ? openat(folder, "maildirfolder",
			   O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600)
		  : -1;
	if (mark >= 0)
		close(mark);
	ok = ok && maildir_directory_open(folder, "cur", cur, err);
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
