/* summary_print_dmarc.c - prints the DMARC part of a summary on the terminal
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/report/summary_lines.h"

/* For sums by sender, in all tables. */
_Static_assert((unsigned)SENDER_AUTHOR == (unsigned)SERVICE_AUTHOR, "the same text");

#define SOURCES 4 /* listed per class */

static void print_domains(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SUMMARY_ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_DMARC_DOMAINS), 0,
					   SUMMARY_ROWS, rows);

	if (count == 0)
		return;
	head(s, "DMARC: mail from your domains");
	for (size_t i = 0; i < count; i++) {
		const uint64_t all = rows[i]->counts[DMARC_MESSAGES];
		const uint64_t passed = rows[i]->counts[DMARC_PASSED];
		char share[SHARE_TEXT_SIZE];

		begin_row(s, rows[i]->key, 49);
		put_count(s, TONE_PLAIN, all, "message");
		put_fact(s, passed == all ? TONE_GOOD : TONE_BAD, "%8s passed",
			 share_text(passed, all, share));
		if (rows[i]->texts[1].size > 0)
			put_foreign_fact(s, " p=", rows[i]->texts[1]);
		end_line(s);
	}
}

/* "marketing service, approved" */
static void put_what(struct screen *s, struct slice words, struct slice status)
{
	put_fact(s,
		 slice_is(status, "approved")  ? TONE_GOOD
		 : slice_is(status, "unknown") ? TONE_WARN
					       : TONE_DIM,
		 " %.*s%s%.*s", (int)words.size, words.size > 0 ? words.data : "",
		 words.size > 0 && status.size > 0 ? ", " : "", (int)status.size,
		 status.size > 0 ? status.data : "");
}

/* "Mailchimp for example.com" */
static void begin_sender(struct screen *s, const struct tally *row, unsigned rest)
{
	const struct slice author = row->texts[SENDER_AUTHOR];
	struct strbuf name;

	strbuf_init(&name, 4 * KIB);
	strbuf_add_slice(&name, tally_name(row));
	if (author.size > 0 && !slice_equal(author, tally_name(row))) {
		strbuf_add_text(&name, " for ");
		strbuf_add_slice(&name, author);
	}
	begin_row(s, strbuf_slice(&name), rest);
	strbuf_release(&name);
}

static void print_names(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SUMMARY_ROWS];
	const size_t count = tally_largest(summary_table(sum, SUMMARY_SOURCES), DMARC_MESSAGES,
					   SUMMARY_ROWS, rows);

	if (count == 0)
		return;
	head(s, "DMARC: who sends");
	for (size_t i = 0; i < count; i++) {
		const uint64_t all = rows[i]->counts[DMARC_MESSAGES];
		const uint64_t passed = rows[i]->counts[DMARC_PASSED];
		char share[SHARE_TEXT_SIZE];

		begin_sender(s, rows[i], 40);
		put_count(s, TONE_PLAIN, all, "message");
		put_fact(s, passed == all ? TONE_GOOD : TONE_BAD, "%8s passed",
			 share_text(passed, all, share));
		put_what(s, rows[i]->texts[SERVICE_KIND], rows[i]->texts[SERVICE_STATUS]);
		end_line(s);
	}
}

static void print_senders(const struct summary *sum, struct screen *s)
{
	const struct tally *rows[SOURCES];

	if (!summary_has_dmarc(sum))
		return;
	head(s, "DMARC: how they authenticate, the largest senders of each kind");
	for (unsigned class = 0; class < SENDER_CLASSES; class ++) {
		const size_t count = tally_largest(summary_senders(sum, class), DMARC_MESSAGES,
						   SOURCES, rows);

		for (size_t i = 0; i < count; i++) {
			begin_sender(s, rows[i], 40);
			put_count(s, TONE_PLAIN, rows[i]->counts[DMARC_MESSAGES], "message");
			put_fact(s, sender_words(class)->fails ? TONE_BAD : TONE_DIM, " %s",
				 sender_words(class)->name);
			end_line(s);
		}
	}
}

void print_dmarc(const struct summary *sum, struct screen *s)
{
	print_domains(sum, s);
	print_names(sum, s);
	print_senders(sum, s);
}
