/* rows.h - loops over the rows of a table of cases
 *
 * SPDX-License-Identifier: MIT
 *
 *	FOR_ROWS(i, cases)
 *		assert_int_equal(function(cases[i].input), cases[i].expected);
 *
 * When a test program fails, each loop that an assertion left names its row:
 * "tests/unit/test_x.c:12: failed in row 3 of cases".  Do not leave such a loop
 * by break or return.
 */
#ifndef TESTS_LIB_ROWS_H
#define TESTS_LIB_ROWS_H

#include <stdbool.h>
#include <stddef.h>

size_t rows_begin(const char *file, int line, const char *table);
bool rows_at(size_t row, size_t count);

#define FOR_ROWS(i, table)                                      \
	for (size_t i = rows_begin(__FILE__, __LINE__, #table); \
	     rows_at(i, sizeof(table) / sizeof((table)[0])); i++)

#endif
