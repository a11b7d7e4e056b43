/* replay.c - a fuzz target over given files, without a fuzzer
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &st) != 0) {
		perror(path);
		exit(2);
	}
	data = xmalloc((size_t)st.st_size);
	if (read(fd, data, (size_t)st.st_size) != st.st_size) {
		perror(path);
		exit(2);
	}
	close(fd);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static unsigned replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX];
	unsigned count = 0;

	if (!folder) {
		perror(path);
		exit(2);
	}
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		replay(file);
		count++;
	}
	closedir(folder);
	return count;
}

/* replay PATH...: files, and every file in folders */
int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		if (is_folder(argv[i])) {
			count += replay_folder(argv[i]);
		} else {
			replay(argv[i]);
			count++;
		}
	}
	printf("%u inputs\n", count);
	return count == 0;
}
