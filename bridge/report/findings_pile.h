/* findings_pile.h - rows of a table added up, for one finding
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_FINDINGS_PILE_H
#define BRIDGE_REPORT_FINDINGS_PILE_H

#include "bridge/report/findings_make.h"

/* Rows of a table that are looked at one by one. */
#define PILE_ROWS 64

struct pile {
	uint64_t messages, quarantined, rejected, delivered;
	struct name_list authors, sources;
	struct slice where; /* in place of the sources; absent: they are named */
	int64_t first, last;
};

/* author: which text of the row is the domain in From. */
void pile_add(struct pile *pile, const struct tally *row, struct slice source, unsigned author);

/* A whole table of summary_senders(): its largest rows name the pile.  false:
 * there is no mail in it. */
bool pile_of(const struct tally_table *table, struct pile *pile);

/* Subject, figures, sources and days of a finding; whole: what its messages are a
 * share of. */
void pile_fill(struct findings *f, const struct summary *s, struct finding *finding,
	       const struct pile *pile, uint64_t whole);

/* What the policy of the domain has done with the mail. */
struct slice policy_words(const struct summary *s, const struct pile *pile, struct slice author);

/* "quarantined", "rejected", or both. */
struct slice fate_of(uint64_t quarantined, uint64_t rejected);

/* So few of all messages that it is worth no warning. */
bool is_few(const struct summary *s, uint64_t messages);

/* What is over is worth less than what goes on. */
enum severity severity_then(enum severity severity, bool ended);

/* All messages with this domain in From. */
uint64_t messages_from(const struct summary *s, struct slice author);

#endif
