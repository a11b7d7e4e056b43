/* page_table.h - tables of the page
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_PAGE_TABLE_H
#define BRIDGE_REPORT_PAGE_TABLE_H

#include <stdio.h>

#include "bridge/report/tally.h"

/* What a table shows at most. */
#define PAGE_ROWS 25

/* columns: titles ended by NULL; one that begins with '#' is for figures. */
void table_begin(FILE *out, const char *caption, const char *const *columns);
void table_row(FILE *out);
void table_end(FILE *out);
/* The same, and says how many of the keys are not shown. */
void table_end_of(FILE *out, const struct tally_table *table, size_t shown);

/* The first cell of a row: its name. */
void cell_name(FILE *out, const struct tally *tally);
void cell_text(FILE *out, struct slice text);
/* Prose, or many words: broken into lines. */
void cell_long(FILE *out, struct slice text);
void cell_number(FILE *out, uint64_t number);
/* A number that is bad news unless it is 0. */
void cell_bad(FILE *out, uint64_t number);
void cell_share(FILE *out, uint64_t part, uint64_t whole);
void cell_day(FILE *out, int64_t unix_seconds);

/* In place of a table without rows. */
void table_none(FILE *out, const char *text);

#endif
