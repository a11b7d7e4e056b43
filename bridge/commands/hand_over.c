/* hand_over.c - gives files that root's commands made to the user of the service
 *
 * SPDX-License-Identifier: MIT
 *
 * The service runs as a user of its own, the owner of the state directory.  A command
 * that root runs there by hand, such as "dead-letter replay", would leave files that
 * the service could not write.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/commands/command.h"
#include "bridge/config/output_config.h"

/* The state directory is all ours: domains/TENANT/NAME, invalid-NAME/new/MAIL.  Of a file
 * output's directory only the files are. */
#define STATE_DEPTH 3
#define OUTPUT_DEPTH 0

static void hand_over_directory(int fd, const struct stat *owner, unsigned depth);

/* The owner of the directory chose its names: a hard link may be one to root's own file
 * elsewhere, and opening a pipe or a link must do nothing. */
static void hand_over_entry(int directory, const char *name, const struct stat *owner,
			    unsigned depth)
{
	const int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat found;

	if (fd < 0)
		return;
	if (fstat(fd, &found) < 0) {
		close(fd);
		return;
	}
	if (found.st_uid == 0 &&
	    ((S_ISDIR(found.st_mode) && depth > 0) ||
	     (S_ISREG(found.st_mode) && found.st_nlink == 1)) &&
	    fchown(fd, owner->st_uid, owner->st_gid) < 0)
		fprintf(stderr,
			"reportbridge: %s stays root's, and the service may not write it: %s\n",
			name, strerror(errno));
	if (S_ISDIR(found.st_mode) && depth > 0)
		hand_over_directory(fd, owner, depth - 1);
	else
		close(fd);
}

/* Closes fd. */
static void hand_over_directory(int fd, const struct stat *owner, unsigned depth)
{
	DIR *entries = fdopendir(fd);
	const struct dirent *entry;

	if (!entries) {
		close(fd);
		return;
	}
	while ((entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			hand_over_entry(fd, entry->d_name, owner, depth);
	closedir(entries);
}

static void hand_over(const char *path, unsigned depth)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat owner;

	if (fd < 0)
		return;
	if (fstat(fd, &owner) == 0 && owner.st_uid != 0)
		hand_over_directory(fd, &owner, depth);
	else
		close(fd);
}

void command_hand_over(const struct config *config)
{
	if (geteuid() != 0)
		return;
	hand_over(config->bridge.state_directory, STATE_DEPTH);
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (output_config_directory(o))
			hand_over(output_config_directory(o), OUTPUT_DEPTH);
}
