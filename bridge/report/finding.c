/* finding.c - a finding about reports or records
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/finding.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/datetime.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "bridge/report/words.h"

#define NAME_BYTES 120

static struct finding_figure *free_figure(struct finding *finding)
{
	for (unsigned i = 0; i < FINDING_FIGURES; i++)
		if (!finding->figures[i].name)
			return &finding->figures[i];
	return NULL;
}

void finding_add_figure(struct finding *finding, const char *name, uint64_t value)
{
	struct finding_figure *figure = free_figure(finding);

	if (figure)
		*figure = (struct finding_figure){ name, value, false };
}

void finding_add_share(struct finding *finding, const char *name, uint64_t part, uint64_t whole)
{
	struct finding_figure *figure = part > 0 && whole > 0 ? free_figure(finding) : NULL;

	if (!figure)
		return;
	const uint64_t tenths = (uint64_t)(1000.0 * (double)part / (double)whole + 0.5);

	*figure = (struct finding_figure){ name, part < whole && tenths > 999 ? 999 : tenths,
					   true };
}

void finding_add_name(struct finding *finding, const char *name, struct slice value)
{
	for (unsigned i = 0; i < FINDING_NAMES && value.size > 0; i++) {
		if (finding->names[i].name)
			continue;
		finding->names[i] = (struct finding_name){ name, value };
		return;
	}
}

static const struct finding_figure *figure_called(const struct finding *finding, struct slice name)
{
	for (unsigned i = 0; i < FINDING_FIGURES && finding->figures[i].name; i++)
		if (slice_is(name, finding->figures[i].name))
			return &finding->figures[i];
	return NULL;
}

static struct slice name_called(const struct finding *finding, struct slice name)
{
	if (slice_is(name, "subject"))
		return finding->subject;
	for (unsigned i = 0; i < FINDING_NAMES && finding->names[i].name; i++)
		if (slice_is(name, finding->names[i].name))
			return finding->names[i].value;
	return slice_of(NULL);
}

struct slice finding_name_of(const struct finding *finding, const char *name)
{
	return name_called(finding, slice_of(name));
}

struct slice finding_where(const struct finding *finding)
{
	const struct slice sources = finding_name_of(finding, "sources");

	return sources.size > 0 ? sources : finding_name_of(finding, "host");
}

/* --- templates --------------------------------------------------------------- */

static void put_percent(struct strbuf *out, uint64_t tenths)
{
	if (tenths == 0)
		strbuf_add_text(out, "less than 0.1 %");
	else if (tenths == 1000)
		strbuf_add_text(out, "100 %");
	else
		strbuf_add_format(out, "%" PRIu64 ".%u %%", tenths / 10, (unsigned)(tenths % 10));
}

/* false: the finding has no value of that name. */
static bool put_value(struct strbuf *out, const struct finding *finding, struct slice word)
{
	const bool bare = word.size > 0 && word.data[0] == '#';
	const struct slice name = slice_skip(word, bare ? 1 : 0);
	const struct finding_figure *figure = figure_called(finding, name);
	char number[NUMBER_TEXT_SIZE];

	if (!figure) {
		const struct slice text = name_called(finding, name);

		strbuf_add_slice(out, utf8_prefix(text, NAME_BYTES));
		if (text.size > NAME_BYTES)
			strbuf_add_text(out, "\xe2\x80\xa6");
		return text.size > 0;
	}
	if (figure->percent) {
		put_percent(out, figure->value);
		return true;
	}
	strbuf_add_text(out, number_text(figure->value, number));
	if (!bare) {
		strbuf_add_byte(out, ' ');
		strbuf_add(out, name.data, name.size - (figure->value == 1 ? 1 : 0));
		for (size_t i = out->len; i-- > 0 && out->buf[i] != ' ';)
			if (out->buf[i] == '_')
				out->buf[i] = ' ';
	}
	return figure->value > 0;
}

/* Fills up to the end of the template or of the current bracket. */
static const char *fill(struct strbuf *out, const struct finding *finding, const char *at,
			bool *complete)
{
	while (*at && *at != ']') {
		if (*at == '{') {
			const size_t size = strcspn(at + 1, "}");

			if (!put_value(out, finding, (struct slice){ at + 1, size }))
				*complete = false;
			at += size + 1;
			at += *at == '}';
		} else if (*at == '[') {
			const size_t before = out->len;
			bool part_complete = true;

			at = fill(out, finding, at + 1, &part_complete);
			at += *at == ']';
			if (!part_complete)
				strbuf_cut(out, before);
		} else {
			strbuf_add_byte(out, *at++);
		}
	}
	return at;
}

struct slice finding_fill(struct arena *arena, const struct finding *finding, const char *template)
{
	struct strbuf text;
	struct slice copy;
	bool complete = true;

	if (!template)
		return slice_of(NULL);
	strbuf_init(&text, 8 * KIB);
	fill(&text, finding, template, &complete);
	copy = arena_slice(arena, strbuf_slice(&text));
	strbuf_release(&text);
	return copy;
}

/* --- JSON ---------------------------------------------------------------------- */

static void write_percent(struct json_writer *jw, const char *key, uint64_t tenths)
{
	char text[32];
	const int size = snprintf(text, sizeof(text), "%" PRIu64 ".%u", tenths / 10,
				  (unsigned)(tenths % 10));

	jw_raw(jw, key, (struct slice){ text, (size_t)size });
}

static void write_evidence(struct json_writer *jw, const struct finding *finding)
{
	jw_object(jw, "evidence");
	for (unsigned i = 0; i < FINDING_FIGURES && finding->figures[i].name; i++) {
		const struct finding_figure *figure = &finding->figures[i];

		if (figure->percent)
			write_percent(jw, figure->name, figure->value);
		else
			jw_uint(jw, figure->name, figure->value);
	}
	for (unsigned i = 0; i < FINDING_NAMES && finding->names[i].name; i++)
		jw_string(jw, finding->names[i].name, finding->names[i].value);
	jw_end(jw);
}

static void write_day(struct json_writer *jw, const char *key, int64_t when)
{
	char day[DATETIME_DAY_SIZE];

	datetime_format_day(when, day);
	jw_text(jw, key, day);
}

void finding_write(struct json_writer *jw, const struct finding *finding)
{
	jw_object(jw, NULL);
	jw_text(jw, "code", finding->code);
	jw_text(jw, "severity", severity_name(finding->severity));
	jw_string(jw, "subject", finding->subject);
	jw_string(jw, "title", finding->title);
	if (finding->first != 0 || finding->last != 0) {
		write_day(jw, "since", finding->first);
		jw_bool(jw, "since_start", finding->since_start);
		jw_bool(jw, "ended", finding->ended);
		write_day(jw, "last", finding->last);
	}
	jw_string(jw, "amount", finding->amount);
	jw_string(jw, "why", finding->why);
	jw_string(jw, "effect", finding->effect);
	jw_string(jw, "recommendation", finding->recommendation);
	write_evidence(jw, finding);
	jw_end(jw);
}
