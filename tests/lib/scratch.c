/* scratch.c - a directory of a group of tests
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATE "/tmp/reportbridge-test.XXXXXX"

char scratch_directory[sizeof(TEMPLATE)];

int scratch_make(void **state)
{
	(void)state;
	memcpy(scratch_directory, TEMPLATE, sizeof(TEMPLATE));
	return mkdtemp(scratch_directory) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch_directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
