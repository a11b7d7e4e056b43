/* findings_pile.h - sums the rows of a table for one finding
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_FINDINGS_PILE_H
#define BRIDGE_REPORT_FINDINGS_PILE_H

#include "bridge/report/findings_make.h"

/* Rows of a table that are read individually. */
#define PILE_ROWS 64

struct pile {
	uint64_t messages, quarantined, rejected, delivered;
	struct name_list authors, sources;
	struct slice where; /* replaces the list of sources; absent: list them */
	int64_t first, last;
};

/* author: index of the text of the row that is the From domain. */
void pile_add(struct pile *pile, const struct tally *row, struct slice source, unsigned author);

/* Sums a whole table of summary_senders(); its largest rows are named. false: the table
 * has no mail. */
bool pile_of(const struct tally_table *table, struct pile *pile);

/* Sets subject, figures, sources and days of a finding; whole: the total for the share. */
void pile_fill(struct findings *f, const struct summary *s, struct finding *finding,
	       const struct pile *pile, uint64_t whole);

/* What the policy of the domain did with the mail. */
struct slice policy_words(const struct summary *s, const struct pile *pile, struct slice author);

/* "quarantined", "rejected", or both. */
struct slice fate_of(uint64_t quarantined, uint64_t rejected);

/* So small a part of all messages that it does not justify a warning. */
bool is_few(const struct summary *s, uint64_t messages);

/* A finding that has ended gets a lower severity. */
enum severity severity_then(enum severity severity, bool ended);

/* All messages with this From domain. */
uint64_t messages_from(const struct summary *s, struct slice author);

#endif
