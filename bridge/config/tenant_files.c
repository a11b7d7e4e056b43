/* tenant_files.c - files of a directory that are named after tenants
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/tenant_files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

DIR *tenant_files_open(int directory)
{
	const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *files = fd >= 0 ? fdopendir(fd) : NULL;

	if (!files && fd >= 0)
		close(fd);
	return files;
}

void tenant_files_close(DIR *files)
{
	if (files)
		closedir(files);
}

const char *tenant_files_next_unknown(DIR *files, const char *suffix, const struct config *config,
				      struct slice *tenant)
{
	const struct dirent *entry;

	while (files && (entry = readdir(files))) {
		*tenant = slice_of(entry->d_name);
		if (!slice_ends_with_nocase(*tenant, suffix))
			continue;
		tenant->size -= strlen(suffix);
		if (tenant_name_valid(*tenant) && !config_find_tenant(config, *tenant))
			return entry->d_name;
	}
	return NULL;
}
