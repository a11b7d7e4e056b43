/* findings.c - derives findings and the verdict from the figures
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"

#define DAY INT64_C(86400)
/* Reports of a day arrive on the next one; some reporters take two more. */
#define OLD_DAYS 4

static const struct finding_words {
	const char *code;
	enum finding_rank rank;
	const char *verdict, *was;
	const char *title, *title_then;
	const char *amount, *why, *effect, *advice;
} table[FINDING_IDS] = {
#define FINDING(id, ...) [FINDING_##id] = { __VA_ARGS__ },
#include "bridge/report/finding_table.h"
#undef FINDING
};

const char *severity_title(enum severity severity)
{
	static const char *const titles[SEVERITIES] = {
		[SEVERITY_CRITICAL] = "Critical", [SEVERITY_WARNING] = "Warning",
		[SEVERITY_NOTICE] = "Notice",     [SEVERITY_OK] = "OK",
		[SEVERITY_UNKNOWN] = "Unknown",
	};

	return titles[severity];
}

struct slice policy_word(struct slice type)
{
	if (slice_is(type, "sts"))
		return slice_of("MTA-STS");
	if (slice_is(type, "tlsa"))
		return slice_of("DANE");
	return slice_is(type, "no-policy-found") ? slice_of("no policy") : type;
}

void finding_set_days(struct finding *finding, int64_t from, int64_t to, int64_t first,
		      int64_t last)
{
	if (from == 0 && to == 0)
		return;
	finding->first = from;
	finding->last = to;
	finding->since_start = from <= first;
	finding->ended = to < last - FINDING_ENDED_DAYS * DAY;
}

void finding_when(const struct finding *finding, const struct findings *findings,
		  char text[static FINDING_WHEN_SIZE])
{
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
	text[0] = '\0';
	if (finding->first == 0 && finding->last == 0)
		return;
	day_text(finding->first, first);
	day_text(finding->last, last);
	if (strcmp(first, last) == 0 && (finding->ended || findings->old))
		snprintf(text, FINDING_WHEN_SIZE, "on %s%s", first, finding->ended ? " only" : "");
	else if (finding->ended)
		snprintf(text, FINDING_WHEN_SIZE, "%s to %s, then it stopped", first, last);
	else if (findings->old)
		snprintf(text, FINDING_WHEN_SIZE, "%s to %s, when the reports end", first, last);
	else
		snprintf(text, FINDING_WHEN_SIZE, "since %s%s", first,
			 finding->since_start ? " or earlier" : "");
}

static bool is_worse(const struct finding *a, const struct finding *b)
{
	if (a->severity != b->severity)
		return a->severity < b->severity;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->weight > b->weight;
}

static void insert(struct findings *f, const struct finding *finding)
{
	size_t at = f->count;

	if (f->count == FINDINGS_MAX) {
		f->more++;
		if (!is_worse(finding, &f->list[FINDINGS_MAX - 1]))
			return;
		at = --f->count;
	}
	while (at > 0 && is_worse(finding, &f->list[at - 1])) {
		f->list[at] = f->list[at - 1];
		at--;
	}
	f->list[at] = *finding;
	f->count++;
}

static void say(struct findings *f, const struct finding *finding, struct slice *text,
		const char *template)
{
	if (text->size == 0)
		*text = finding_fill(&f->arena, finding, template);
}

void findings_add(struct findings *f, enum finding_id id, struct finding *finding)
{
	const struct finding_words *words = &table[id];
	const bool then = finding->ended || f->old;

	finding->code = words->code;
	finding->rank = words->rank;
	say(f, finding, &finding->title, then ? words->title_then : words->title);
	say(f, finding, &finding->amount, words->amount);
	say(f, finding, &finding->why, words->why);
	say(f, finding, &finding->effect, words->effect);
	say(f, finding, &finding->recommendation, words->advice);
	insert(f, finding);
}

static const struct finding_words *words_of(const struct finding *finding)
{
	const struct finding_words *words = table;

	while (strcmp(words->code, finding->code) != 0)
		words++;
	return words;
}

/* A past loss of mail: with one the verdict must not say that all is well. */
static const struct finding *past_loss(const struct findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->list[i].ended && f->list[i].rank <= RANK_DELAYED)
			return &f->list[i];
	return NULL;
}

/* Replaces {day} in the template by the date. */
static struct slice dated(struct findings *f, const char *template, int64_t when)
{
	struct finding day = { .code = "" };
	char text[DAY_TEXT_SIZE];

	day_text(when, text);
	finding_add_name(&day, "day", slice_of(text));
	return finding_fill(&f->arena, &day, template);
}

static struct slice verdict_of(struct findings *f, const struct summary *s)
{
	const struct finding *loss = past_loss(f);

	if (f->severity == SEVERITY_UNKNOWN)
		return slice_of(s->documents == 0 ? "There are no reports to judge by."
						  : "No report has a period that can be read.");
	if (f->severity == SEVERITY_CRITICAL)
		return f->old ? dated(f, words_of(&f->list[0])->was,
				      f->list[0].last != 0 ? f->list[0].last : s->last)
			      : slice_of(words_of(&f->list[0])->verdict);
	if (loss)
		return dated(
			f,
			loss->rank == RANK_LOST
				? "No mail is known to be lost now; some was until {day}."
				: "No mail is known to be lost now; some was delayed until {day}.",
			loss->last);
	if (f->old)
		return dated(
			f,
			f->severity == SEVERITY_WARNING
				? "No mail was known to be lost until {day}, but some was at risk."
				: "No mail was known to be lost until {day}.",
			s->last);
	return slice_of(f->severity == SEVERITY_WARNING
				? "No mail is known to be lost now, but some is at risk."
				: "No mail is known to be lost.");
}

static enum severity worst_of(const struct findings *f, const struct summary *s)
{
	if (!summary_has_period(s))
		return SEVERITY_UNKNOWN;
	return f->count > 0 ? f->list[0].severity : SEVERITY_OK;
}

void findings_init(struct findings *f, const struct summary *s)
{
	*f = (struct findings){ .old = summary_has_period(s) && s->last < s->now - OLD_DAYS * DAY };
	arena_init(&f->arena, LIMIT_ARENA_BYTES);
	findings_of_tls(f, s);
	findings_of_dmarc(f, s);
	findings_of_feed(f, s);
	findings_of_records(f, s);
	f->severity = worst_of(f, s);
	f->verdict = verdict_of(f, s);
}

void findings_release(struct findings *f)
{
	arena_release(&f->arena);
}
