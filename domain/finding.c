/* finding.c - findings of a domain check
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/finding.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/printf_like.h"
#include "base/strbuf.h"

#define TEXT_LIMIT ((size_t)16 << 10)
#define STRING_OCTETS 250

static const struct domain_code_row rows[DOMAIN_CODES] = {
#define FINDING(id, code, severity, source, title, advice) \
	[DOMAIN_##id] = { code, SEVERITY_##severity, source, title, advice },
	DOMAIN_FINDINGS(FINDING)
#undef FINDING
};

const struct domain_code_row *domain_code_row(enum domain_code code)
{
	return &rows[code];
}

const struct domain_code_row *domain_code_row_named(struct slice code)
{
	for (size_t i = 0; i < DOMAIN_CODES; i++)
		if (slice_is(code, rows[i].code))
			return &rows[i];
	return NULL;
}

PRINTF_LIKE(2, 0)
static const char *format_text(struct arena *arena, const char *format, va_list arguments)
{
	char text[1024];
	va_list again;
	const char *copy;
	int size;

	va_copy(again, arguments);
	size = vsnprintf(text, sizeof(text), format, arguments);
	if (size < 0 || (size_t)size > TEXT_LIMIT) {
		copy = "";
	} else if ((size_t)size < sizeof(text)) {
		copy = arena_copy(arena, text, (size_t)size + 1);
	} else {
		char *longer = arena_alloc(arena, (size_t)size + 1);

		if (longer)
			vsnprintf(longer, (size_t)size + 1, format, again);
		copy = longer;
	}
	va_end(again);
	return copy ? copy : "";
}

const char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = format_text(arena, format, arguments);
	va_end(arguments);
	return text;
}

static struct domain_finding *find(struct domain_findings *findings, enum domain_code code,
				   struct slice subject)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct domain_finding *f = &findings->list[i];

		if (f->code == code && slice_equal(f->subject, subject))
			return f;
	}
	return NULL;
}

/* The last slot of the list is the dummy. */
static struct domain_finding *spare(struct domain_findings *findings)
{
	struct domain_finding *place = &findings->list[DOMAIN_FINDINGS_MAX - 1];

	*place = (struct domain_finding){ .code = DOMAIN_BUDGET };
	return place;
}

struct domain_finding *domain_found(struct domain_findings *findings, enum domain_code code,
				    struct slice subject, const char *format, ...)
{
	struct domain_finding *f;
	va_list arguments;

	if (find(findings, code, subject))
		return spare(findings);
	if (findings->count == DOMAIN_FINDINGS_MAX - 1) {
		findings->more++;
		return spare(findings);
	}
	f = &findings->list[findings->count++];
	*f = (struct domain_finding){
		.code = code,
		.severity = rows[code].severity,
		.subject = arena_slice(findings->arena, subject),
		.advice = slice_of(rows[code].advice),
	};
	va_start(arguments, format);
	f->evidence = slice_of(format_text(findings->arena, format, arguments));
	va_end(arguments);
	return f;
}

void domain_paste(struct domain_findings *findings, struct domain_finding *finding,
		  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	finding->paste = slice_of(format_text(findings->arena, format, arguments));
	va_end(arguments);
}

void domain_advise(struct domain_findings *findings, struct domain_finding *finding,
		   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	finding->advice = slice_of(format_text(findings->arena, format, arguments));
	va_end(arguments);
}

bool domain_has(const struct domain_findings *findings, enum domain_code code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].code == code)
			return true;
	return false;
}

void domain_findings_sort(struct domain_findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		const struct domain_finding f = findings->list[i];
		size_t at = i;

		for (; at > 0 && findings->list[at - 1].severity > f.severity; at--)
			findings->list[at] = findings->list[at - 1];
		findings->list[at] = f;
	}
}

enum severity domain_findings_worst(const struct domain_findings *findings)
{
	enum severity worst = SEVERITY_OK;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].severity < worst)
			worst = findings->list[i].severity;
	return worst;
}

const char *text_quote(struct arena *arena, struct slice text, size_t most)
{
	struct strbuf out;
	const char *copy;

	strbuf_init(&out, TEXT_LIMIT);
	for (size_t i = 0; i < text.size; i++) {
		const unsigned char c = (unsigned char)text.data[i];

		if (i == most) {
			strbuf_add_text(&out, "...");
			break;
		}
		if (c < 0x20 || c >= 0x7f || c == '\\')
			strbuf_add_format(&out, "\\%03u", c);
		else
			strbuf_add_byte(&out, (char)c);
	}
	copy = arena_text(arena, strbuf_slice(&out));
	strbuf_release(&out);
	return copy ? copy : "";
}

/* Returns the length of the first string of text, which ends at a blank if possible. */
static size_t string_end(struct slice text)
{
	if (text.size <= STRING_OCTETS)
		return text.size;
	for (size_t end = STRING_OCTETS; end > STRING_OCTETS / 2; end--)
		if (text.data[end - 1] == ' ')
			return end;
	return STRING_OCTETS;
}

const char *text_strings(struct arena *arena, struct slice text)
{
	struct strbuf out;
	const char *copy;

	strbuf_init(&out, TEXT_LIMIT);
	do {
		const size_t end = string_end(text);

		if (out.len > 0)
			strbuf_add_byte(&out, ' ');
		strbuf_add_byte(&out, '"');
		for (size_t i = 0; i < end; i++) {
			const unsigned char c = (unsigned char)text.data[i];

			if (c < 0x20 || c >= 0x7f)
				strbuf_add_format(&out, "\\%03u", c);
			else if (c == '"' || c == '\\')
				strbuf_add_format(&out, "\\%c", c);
			else
				strbuf_add_byte(&out, (char)c);
		}
		strbuf_add_byte(&out, '"');
		text = slice_skip(text, end);
	} while (text.size > 0);
	copy = arena_text(arena, strbuf_slice(&out));
	strbuf_release(&out);
	return copy ? copy : "";
}
