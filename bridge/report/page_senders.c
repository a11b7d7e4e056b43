/* page_senders.c - page section: who sends mail from the reader's domains
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_table.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
#define SENDER_ROWS 10
/* Rows that are read to find one sender under several domains. */
#define SENDERS_READ 100

/* A sender, summed over all From domains. */
struct sender_row {
	struct tally sums;
	struct name_list authors;
};

static void merge(struct sender_row *row, const struct tally *t, unsigned author)
{
	const bool is_first = row->authors.count == 0;

	for (unsigned i = 0; i < TALLY_TEXTS; i++)
		if (row->sums.texts[i].size == 0)
			row->sums.texts[i] = t->texts[i];
	for (unsigned i = 0; i < TALLY_COUNTS; i++)
		row->sums.counts[i] = count_sum(row->sums.counts[i], t->counts[i]);
	row->sums.key = t->key;
	row->sums.first = is_first || t->first < row->sums.first ? t->first : row->sums.first;
	row->sums.last = is_first || t->last > row->sums.last ? t->last : row->sums.last;
	name_list_add(&row->authors, t->texts[author]);
}

static int by_messages(const void *a, const void *b)
{
	const uint64_t one = ((const struct sender_row *)a)->sums.counts[DMARC_MESSAGES];
	const uint64_t other = ((const struct sender_row *)b)->sums.counts[DMARC_MESSAGES];

	return one > other ? -1 : one < other;
}

/* The largest senders of a table whose keys are senders and domains in From. */
struct senders {
	struct sender_row *rows;
	size_t count, shown;
	size_t read; /* number of rows read */
};

static struct senders read_senders(const struct tally_table *keys, unsigned author, size_t most)
{
	const struct tally *rows[SENDERS_READ];
	struct senders senders = { .rows = xcalloc(SENDERS_READ, sizeof(struct sender_row)) };

	senders.read = tally_largest(keys, DMARC_MESSAGES, SENDERS_READ, rows);
	for (size_t i = 0; i < senders.read; i++) {
		size_t at = 0;

		while (at < senders.count &&
		       !slice_equal(tally_name(&senders.rows[at].sums), tally_name(rows[i])))
			at++;
		senders.count += at == senders.count;
		merge(&senders.rows[at], rows[i], author);
	}
	qsort(senders.rows, senders.count, sizeof(*senders.rows), by_messages);
	senders.shown = senders.count < most ? senders.count : most;
	return senders;
}

static void end_senders(struct page_table *table, const struct tally_table *keys,
			struct senders *senders)
{
	table_end_of(table, keys, senders->shown + (senders->read - senders->count));
	free(senders->rows);
}

static void put_days(const struct page *page, struct page_table *table, const struct tally *t)
{
	if (summary_is_new(page->summary, t->first))
		cell_new_day(table, t->first);
	else
		cell_day(table, t->first);
	cell_day(table, t->last);
}

/* --- all senders, by name -------------------------------------------------------- */

static void put_sender(const struct page *page, struct page_table *table, const struct tally *t)
{
	const uint64_t *counts = t->counts;

	table_row(table);
	cell_sender(table, tally_name(t), t->texts[SERVICE_STATUS], t->texts[SERVICE_HELP]);
	cell_text(table, t->texts[SERVICE_KIND]);
	cell_number(table, counts[DMARC_MESSAGES]);
	cell_share(table, counts[DMARC_MESSAGES], page->summary->dmarc.counts[DMARC_MESSAGES]);
	cell_share(table, counts[DMARC_PASSED], counts[DMARC_MESSAGES]);
	cell_share(table, counts[DMARC_DKIM], counts[DMARC_MESSAGES]);
	cell_share(table, counts[DMARC_SPF], counts[DMARC_MESSAGES]);
	put_days(page, table, t);
}

static void put_all(const struct page *page)
{
	static const char *const columns[] = {
		"Sender",        "Type",         "#Messages",  "#Of all mail", "#Passed",
		"#DKIM aligned", "#SPF aligned", "First seen", "Last seen",    NULL
	};
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_SOURCES);
	struct senders senders = read_senders(keys, SERVICE_AUTHOR, PAGE_ROWS);
	struct page_table table = table_begin(page->out, "Senders by name", columns);

	for (size_t i = 0; i < senders.shown; i++)
		put_sender(page, &table, &senders.rows[i].sums);
	end_senders(&table, keys, &senders);
}

/* --- by authentication ------------------------------------------------------------- */

/* The most useful detail of a sender of this class: the identity that it proves instead of
 * the author's, or its signature. */
static enum sender_text detail_of(enum sender_class class)
{
	return class == SENDER_SERVICE || class == SENDER_FOREIGN ? SENDER_IDENTITY : SENDER_PROOF;
}

static bool has_text(const struct senders *senders, enum sender_text text)
{
	for (size_t i = 0; i < senders->shown; i++)
		if (senders->rows[i].sums.texts[text].size > 0)
			return true;
	return false;
}

static void put_of_class(const struct page *page, struct page_table *table,
			 const struct sender_row *row, enum sender_class class, bool relays)
{
	const struct tally *t = &row->sums;
	struct arena arena;

	arena_init(&arena, 4096);
	table_row(table);
	cell_sender(table, tally_name(t), t->texts[SENDER_STATUS], slice_of(NULL));
	cell_text(table, name_list_text(&arena, &row->authors));
	cell_text(table, t->texts[detail_of(class)]);
	cell_text(table, sender_addresses(&arena, t));
	if (relays)
		cell_text(table, t->texts[SENDER_RELAY]);
	cell_number(table, t->counts[DMARC_MESSAGES]);
	cell_number(table, t->counts[DMARC_QUARANTINED]);
	cell_number(table, t->counts[DMARC_REJECTED]);
	put_days(page, table, t);
	arena_release(&arena);
}

static void put_class_table(const struct page *page, enum sender_class class)
{
	const struct tally_table *keys = summary_senders(page->summary, class);
	struct senders senders = read_senders(keys, SENDER_AUTHOR, SENDER_ROWS);
	const bool relays = has_text(&senders, SENDER_RELAY);
	const char *columns[12] = { "Sender", "From domain",
				    detail_of(class) == SENDER_IDENTITY ? "Passes for"
									: "Signature",
				    "Addresses" };
	const char **column = columns + 4;
	struct page_table table;

	if (relays)
		*column++ = "Delivered by";
	*column++ = "#Messages";
	*column++ = "#Quarantined";
	*column++ = "#Rejected";
	*column++ = "First seen";
	*column++ = "Last seen";
	table = table_begin(page->out, sender_words(class)->name, columns);
	for (size_t i = 0; i < senders.shown; i++)
		put_of_class(page, &table, &senders.rows[i], class, relays);
	end_senders(&table, keys, &senders);
}

static void put_class(const struct page *page, enum sender_class class)
{
	const struct sender_words *words = sender_words(class);
	const uint64_t messages = page->summary->senders[class];

	if (messages == 0)
		return;
	fprintf(page->out, "<div class=\"senders\"><h4 class=\"%s\"><b>%s</b> <span>",
		words->fails ? "fails" : "holds", words->name);
	html_number(page->out, messages);
	fprintf(page->out, " message%s, ", messages == 1 ? "" : "s");
	html_share(page->out, messages, page->summary->dmarc.counts[DMARC_MESSAGES]);
	fprintf(page->out, "</span></h4>\n<p>%s <b>What to do.</b> %s</p>\n", words->cause,
		words->advice);
	put_class_table(page, class);
	fputs("</div>\n", page->out);
}

void page_senders(const struct page *page)
{
	fputs("<h3 id=\"senders\">Who sends</h3>\n", page->out);
	put_all(page);
	fputs("<h3>How they authenticate</h3>\n", page->out);
	for (unsigned class = SENDER_CLASSES; class -- > 0;)
		put_class(page, class);
}
