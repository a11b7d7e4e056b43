/* senders_command.c - the command "senders": who sends mail using the domains
 *
 * SPDX-License-Identifier: MIT
 *
 * Reads the stored documents of aggregate reports and sums them by sender. Prints senders
 * that are not approved as a line for the configuration.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "bridge/commands/command.h"
#include "bridge/commands/options.h"
#include "bridge/report/report_source.h"
#include "bridge/report/source_name.h"
#include "bridge/report/tally.h"

#define DAY INT64_C(86400)
#define USUAL_DAYS 30
/* A sender first seen within these days of a longer window is new. */
#define NEW_DAYS 7
#define ROWS_MAX 500
#define PASTED_MAX 20
#define NAME_COLUMNS 40

enum { COUNT_MESSAGES, COUNT_SPF, COUNT_DKIM, COUNT_PASSED };
enum { TEXT_TYPE, TEXT_STATUS };

struct senders {
	const char *config_file;
	struct report_query query;
	struct tally_table table;
};

static bool read_since(void *command, const char *text)
{
	return command_read_since(text, &((struct senders *)command)->query.since);
}

static bool read_tenant(void *command, const char *name)
{
	((struct senders *)command)->query.tenant = name;
	return tenant_name_valid(slice_of(name));
}

static bool read_arguments(struct senders *s, int argc, char **argv)
{
	static const struct command_option options[] = {
		OPTION_TEXT("config", struct senders, config_file),
		OPTION_READ("tenant", read_tenant, "takes the name of a tenant"),
		OPTION_READ("since", read_since, SINCE_FORMS),
		{ .name = NULL },
	};

	if (!command_read_options(argc, argv, NULL, options, s))
		return false;
	if (optind < argc)
		return command_refuse(argv[0], "too many arguments");
	return s->config_file || command_refuse(argv[0], "-c FILE is missing");
}

static bool passes(const struct document_view *view, enum field field)
{
	return slice_is(view->texts[field], "pass");
}

/* Approved and known senders are keyed by name, unknown senders by label. */
static void take(void *context, enum document_kind kind, struct document_view *view)
{
	struct senders *s = context;
	struct tally *tally;
	uint64_t messages;
	int64_t when;
	bool added, no_zone;

	if (kind != DOCUMENT_DMARC_AGGREGATE)
		return;
	messages = document_view_number(view, FIELD_ID_DMARC_MESSAGE_COUNT);
	tally = tally_of(&s->table, source_name(view), &added);
	tally->counts[COUNT_MESSAGES] += messages;
	tally->counts[COUNT_SPF] += passes(view, FIELD_ID_DMARC_ALIGNED_SPF) ? messages : 0;
	tally->counts[COUNT_DKIM] += passes(view, FIELD_ID_DMARC_ALIGNED_DKIM) ? messages : 0;
	tally->counts[COUNT_PASSED] += passes(view, FIELD_ID_DMARC_RESULT) ? messages : 0;
	tally_set_text(&s->table, tally, TEXT_TYPE, view->texts[FIELD_ID_SOURCE_SENDER_TYPE]);
	tally_set_text(&s->table, tally, TEXT_STATUS, view->texts[FIELD_ID_SOURCE_SENDER_STATUS]);
	if (datetime_parse(view->texts[FIELD_ID_TIMESTAMP], &when, &no_zone))
		tally_met(tally, when);
}

/* --- printing ----------------------------------------------------------------------- */

static unsigned percent(const struct tally *tally, unsigned which)
{
	const uint64_t all = tally->counts[COUNT_MESSAGES];

	return all == 0 ? 0 : (unsigned)((double)tally->counts[which] * 100 / (double)all);
}

static bool is_new(const struct senders *s, const struct tally *tally, int64_t now)
{
	return tally->first > now - NEW_DAYS * DAY && s->query.since < now - 2 * NEW_DAYS * DAY;
}

static void print_row(const struct senders *s, const struct tally *tally, int64_t now)
{
	const struct slice status = tally->texts[TEXT_STATUS], type = tally->texts[TEXT_TYPE];
	char first[DATETIME_DAY_SIZE], last[DATETIME_DAY_SIZE];
	const struct slice name = utf8_prefix(tally->key, NAME_COLUMNS);

	datetime_format_day(tally->first, first);
	datetime_format_day(tally->last, last);
	printf("%-*.*s  %-13.*s  %10" PRIu64 "  %3u %%  %3u %%  %3u %%  %s  %s  %.*s%s\n",
	       NAME_COLUMNS, (int)name.size, name.size > 0 ? name.data : "", (int)type.size,
	       type.size > 0 ? type.data : "", tally->counts[COUNT_MESSAGES],
	       percent(tally, COUNT_SPF), percent(tally, COUNT_DKIM), percent(tally, COUNT_PASSED),
	       first, last, (int)status.size, status.size > 0 ? status.data : "",
	       is_new(s, tally, now) ? ", new" : "");
}

static void print_table(const struct senders *s, const struct tally *const *rows, size_t count)
{
	const int64_t now = clock_unix();

	printf("%-*s  %-13s  %10s  %5s  %5s  %5s  %-10s  %-10s  %s\n", NAME_COLUMNS, "sender",
	       "type", "messages", "SPF", "DKIM", "DMARC", "first seen", "last seen", "status");
	for (size_t i = 0; i < count; i++)
		print_row(s, rows[i], now);
}

/* A name with a comma cannot be in the list. */
static bool can_be_approved(const struct tally *tally)
{
	return slice_is(tally->texts[TEXT_STATUS], "known") &&
	       slice_find(tally->key, ',') == tally->key.size;
}

static void print_lines(const struct senders *s, const struct tally *const *rows, size_t count)
{
	const char *between = "";
	size_t pasted = 0;

	for (size_t i = 0; i < count && pasted < PASTED_MAX; i++) {
		if (!can_be_approved(rows[i]))
			continue;
		pasted++;
		if (!*between)
			printf("\nTo approve these senders, put those that are yours into [tenant %s]:\n\n"
			       "senders = ",
			       s->query.tenant ? s->query.tenant : "NAME");
		printf("%s%.*s", between, (int)rows[i]->key.size, rows[i]->key.data);
		between = ", ";
	}
	if (*between)
		printf("\n");
}

static void print(const struct senders *s)
{
	const struct tally *rows[ROWS_MAX];
	const size_t count = tally_largest(&s->table, COUNT_MESSAGES, ROWS_MAX, rows);

	if (count == 0) {
		printf("No aggregate reports in this time.\n");
		return;
	}
	print_table(s, rows, count);
	print_lines(s, rows, count);
}

int command_senders(int argc, char **argv)
{
	struct senders s = { .query.since = command_days_ago(USUAL_DAYS) };
	struct config config;
	struct error err;
	bool good;

	if (!read_arguments(&s, argc, argv))
		return EXIT_USAGE;
	if (!config_read(&config, s.config_file, &err))
		return command_bad_config(&config);
	tally_init(&s.table, 16 * MIB);
	good = config_read_reader_secrets(&config, &err) &&
	       report_read_documents(&config, &s.query, take, &s, &err);
	if (good) {
		print(&s);
		if (fflush(stdout) != 0)
			good = error_set(&err, ERROR_FATAL, "standard output: %s", strerror(errno));
	}
	tally_release(&s.table);
	config_release(&config);
	return good ? EXIT_DONE : command_failed(&err);
}
