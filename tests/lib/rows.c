/* rows.c - loops over the rows of a table of cases
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/rows.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOPS_MAX 64

/* Those that have begun and not ended, loops within loops after their outer ones. */
static struct loop {
	const char *file, *table;
	int line;
	size_t row;
} loops[LOOPS_MAX];
static size_t loop_count;

/* An assertion leaves a test by longjmp(), so what it left is still there at the end. */
static void name_rows(int status, void *unused)
{
	(void)unused;
	for (size_t i = 0; status != 0 && i < loop_count; i++)
		fprintf(stderr, "%s:%d: failed in row %zu of %s\n", loops[i].file, loops[i].line,
			loops[i].row, loops[i].table);
}

size_t rows_begin(const char *file, int line, const char *table)
{
	static bool registered;

	if (!registered)
		on_exit(name_rows, NULL);
	registered = true;
	if (loop_count == LOOPS_MAX)
		abort();
	loops[loop_count++] = (struct loop){ file, table, line, 0 };
	return 0;
}

bool rows_at(size_t row, size_t count)
{
	loops[loop_count - 1].row = row;
	if (row < count)
		return true;
	loop_count--;
	return false;
}
