/* findings.c - what the figures mean: the list and the verdict
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define TEXT_LIMIT 4096
#define NAME_BYTES 72

const char *finding_level_text(enum finding_level level)
{
	static const char *const texts[] = {
		[FINDING_LOST] = "Mail is being lost",
		[FINDING_AT_RISK] = "At risk",
		[FINDING_WATCH] = "Worth knowing",
		[FINDING_FINE] = "All right as it is",
	};

	return texts[level];
}

struct slice policy_word(struct slice type)
{
	if (slice_is(type, "sts"))
		return slice_of("MTA-STS");
	if (slice_is(type, "tlsa"))
		return slice_of("DANE");
	return slice_is(type, "no-policy-found") ? slice_of("no policy") : type;
}

void day_text(int64_t unix_seconds, char text[static DAY_TEXT_SIZE])
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char time[DATETIME_SIZE];
	uint64_t month = 1, day = 1;

	datetime_format(unix_seconds, time);
	slice_to_uint((struct slice){ time + 5, 2 }, 12, &month);
	slice_to_uint((struct slice){ time + 8, 2 }, 31, &day);
	snprintf(text, DAY_TEXT_SIZE, "%u %s %.4s", (unsigned)day, months[month - 1], time);
}

const char *number_text(uint64_t number, char text[static NUMBER_TEXT_SIZE])
{
	char digits[24];
	const int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *out = text;

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

void finding_when(const struct finding *finding, const struct summary *summary,
		  char text[static FINDING_WHEN_SIZE])
{
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];

	text[0] = '\0';
	if (finding->first == 0 && finding->last == 0)
		return;
	day_text(finding->first, first);
	day_text(finding->last, last);
	if (finding->last < summary->last - FINDING_ENDED)
		snprintf(text, FINDING_WHEN_SIZE, strcmp(first, last) == 0 ? "on %s" : "%s to %s", first,
			 last);
	else if (finding->since_start)
		snprintf(text, FINDING_WHEN_SIZE, "all the time, or since before %s", first);
	else
		snprintf(text, FINDING_WHEN_SIZE, "since %s", first);
}

struct slice finding_text(struct findings *f, const char *format, ...)
{
	struct strbuf text;
	struct slice copy;
	char line[TEXT_LIMIT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	strbuf_init(&text, TEXT_LIMIT);
	strbuf_add_text(&text, line);
	copy = arena_slice(&f->arena, strbuf_slice(&text));
	strbuf_release(&text);
	return copy;
}

const char *finding_name(struct findings *f, struct slice text)
{
	const struct slice cut = utf8_prefix(text, NAME_BYTES);
	const char *name = arena_text(&f->arena, cut);

	if (!name || cut.size == 0)
		return "";
	return cut.size == text.size ? name : finding_text(f, "%s\xe2\x80\xa6", name).data;
}

void finding_names_add(struct findings *f, struct finding_names *names, struct slice name)
{
	if (names->count < FINDING_NAMES)
		names->names[names->count] = finding_name(f, name);
	names->count++;
}

const char *finding_names_text(struct findings *f, const struct finding_names *names)
{
	const size_t shown = names->count < FINDING_NAMES ? names->count : FINDING_NAMES;
	struct strbuf text;
	const char *copy;

	strbuf_init(&text, TEXT_LIMIT);
	for (size_t i = 0; i < shown; i++)
		strbuf_add_format(&text, "%s%s",
				  i == 0 ? "" : i + 1 == names->count ? " and " : ", ", names->names[i]);
	if (names->count > shown)
		strbuf_add_format(&text, " and %zu more", names->count - shown);
	copy = arena_text(&f->arena, strbuf_slice(&text));
	strbuf_release(&text);
	return copy ? copy : "";
}

static bool is_worse(const struct finding *a, const struct finding *b)
{
	if (a->level != b->level)
		return a->level < b->level;
	return a->weight > b->weight;
}

void finding_add(struct findings *f, const struct finding *finding)
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

static void judge(struct findings *f, const struct summary *s)
{
	f->nothing = s->documents == 0;
	f->level = f->count > 0 ? f->list[0].level : FINDING_FINE;
	if (f->nothing)
		f->verdict = "There are no reports to tell by.";
	else if (f->level == FINDING_LOST)
		f->verdict = "Mail is being lost or delayed.";
	else if (f->level == FINDING_AT_RISK)
		f->verdict = "No mail is known to be lost now, but some is at risk.";
	else
		f->verdict = "No mail is being lost, as far as the reports tell.";
}

void findings_init(struct findings *f, const struct summary *s)
{
	*f = (struct findings){ .count = 0 };
	arena_init(&f->arena, LIMIT_ARENA_BYTES);
	findings_of_tls(f, s);
	findings_of_dmarc(f, s);
	findings_of_feed(f, s);
	judge(f, s);
}

void findings_release(struct findings *f)
{
	arena_release(&f->arena);
}
