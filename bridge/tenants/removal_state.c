/* removal_state.c - deletes what the state directory stores of a tenant, and lists what is
 * out of reach
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/limits.h"
#include "bridge/tenants/removal.h"
#include "bridge/wiring/wiring.h"
#include "output/dead_letter_file.h"

#define PATH_LIMIT 4096

static bool is_of(const struct removal *removal, const struct output_config *output,
		  struct slice index)
{
	struct index_name parts;

	return index_name_read(index, &output->naming, &parts) &&
	       index_tenant_is(&output->naming, parts.tenant, removal->tenant);
}

static bool remove_letters(struct removal *removal, const struct output_config *output,
			   const char *path, struct error *err)
{
	struct dead_letter_file *file;
	struct dead_letter letter;
	size_t count = 0;
	bool good = true;

	if (!dead_letter_file_open(path, &file, err))
		return false;
	for (size_t i = 0; i < dead_letter_file_count(file); i++) {
		if (!dead_letter_file_at(file, i, &letter) || !is_of(removal, output, letter.index))
			continue;
		dead_letter_file_drop(file, i);
		count++;
	}
	if (count > 0 && !removal->only_show)
		good = dead_letter_file_rewrite(file, err);
	if (count > 0 && good)
		removal_say(removal, "%zu dead letters in %s", count, path);
	dead_letter_file_close(file);
	return good;
}

/* Takes the same lock as a replay. */
static bool remove_dead_letters(struct removal *removal, const struct output_config *output,
				const char *path, struct error *err)
{
	struct strbuf lock;
	bool good = false;
	int fd;

	if (access(path, F_OK) < 0)
		return true;
	strbuf_init(&lock, PATH_LIMIT);
	strbuf_add_format(&lock, "%s.lock", path);
	fd = dead_letters_open(lock.buf, O_RDWR | O_CREAT);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		error_set(err, ERROR_RETRY, "%s: %s", lock.buf, strerror(errno));
	else
		good = remove_letters(removal, output, path, err);
	if (fd >= 0)
		close(fd);
	strbuf_release(&lock);
	return good;
}

/* Deletes the last states of the tenant's domains, which are files. */
static bool remove_domains(struct removal *removal, const struct config *config, struct error *err)
{
	char path[PATH_LIMIT];
	struct dirent *entry;
	DIR *directory;
	size_t count = 0;
	bool good = true;

	snprintf(path, sizeof(path), "%s/domains/%s", config->bridge.state_directory,
		 removal->tenant);
	directory = opendir(path);
	if (!directory)
		return errno == ENOENT ||
		       error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	while (good && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (!removal->only_show && unlinkat(dirfd(directory), entry->d_name, 0) < 0)
			good = error_set(err, ERROR_FATAL, "%s/%s: %s", path, entry->d_name,
					 strerror(errno));
	}
	closedir(directory);
	if (good && !removal->only_show && rmdir(path) < 0)
		good = error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	if (good)
		removal_say(removal, "%zu states of domains in %s", count, path);
	return good;
}

static void name_archives(const struct removal *removal, const struct config *config)
{
	if (removal->found == 0)
		return;
	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		if (!m->is_further)
			printf("mailbox %s: report mails about tenant %s that are archived stay there; "
			       "one mail may be about several tenants: delete them by hand\n",
			       m->section, removal->tenant);
}

bool removal_of_state(struct removal *removal, struct config *config, struct error *err)
{
	for (const struct output_config *o = &config->output; o; o = o->next) {
		const char *path = wiring_dead_letter_file(config, o);

		if (path && !remove_dead_letters(removal, o, path, err))
			return false;
	}
	if (!remove_domains(removal, config, err))
		return false;
	name_archives(removal, config);
	return true;
}
