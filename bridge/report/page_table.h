/* page_table.h - tables of the page
 *
 * SPDX-License-Identifier: MIT
 *
 * On a phone each row becomes a card with a line per cell, so every cell contains the title
 * of its column.
 */
#ifndef BRIDGE_REPORT_PAGE_TABLE_H
#define BRIDGE_REPORT_PAGE_TABLE_H

#include <stdio.h>

#include "bridge/report/tally.h"

/* Limit of rows in a table. */
#define PAGE_ROWS 25

struct page_table {
	FILE *out;
	const char *const *columns;
	unsigned at; /* column of the next cell */
};

/* columns: titles ended by NULL; a title with '#' in front is a column of figures. */
struct page_table table_begin(FILE *out, const char *caption, const char *const *columns);
void table_row(struct page_table *table);
void table_end(struct page_table *table);
/* The same, and prints how many keys are not shown. */
void table_end_of(struct page_table *table, const struct tally_table *keys, size_t shown);

/* The first cell of a row. */
void cell_name(struct page_table *table, struct slice name);
/* The same for a sender, with its status (approved, known, unknown; may be absent) and a
 * link to its help page. */
void cell_sender(struct page_table *table, struct slice name, struct slice status,
		 struct slice help);
void cell_text(struct page_table *table, struct slice text);
/* Long text, which may wrap. */
void cell_long(struct page_table *table, struct slice text);
void cell_number(struct page_table *table, uint64_t number);
/* A number that is highlighted unless it is 0. */
void cell_bad(struct page_table *table, uint64_t number);
void cell_share(struct page_table *table, uint64_t part, uint64_t whole);
void cell_day(struct page_table *table, int64_t unix_seconds);
/* The same, marked as new. */
void cell_new_day(struct page_table *table, int64_t unix_seconds);

/* Replaces a table without rows. */
void table_none(FILE *out, const char *text);

#endif
