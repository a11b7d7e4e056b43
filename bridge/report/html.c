/* html.c - writes text and figures as HTML
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"

#include "base/ascii.h"
#include "base/datetime.h"
#include "base/utf8.h"
#include "bridge/report/words.h"

#define LINK_BYTES 400

/* Characters that are invisible or change the display of other text. */
static const struct range {
	uint32_t first, last;
} unwelcome[] = {
	{ 0x0000, 0x0008 },   { 0x000b, 0x001f },    { 0x007f, 0x009f }, { 0x00ad, 0x00ad },
	{ 0x061c, 0x061c },   { 0x115f, 0x1160 },    { 0x180b, 0x180f }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x206f },    { 0x3164, 0x3164 }, { 0xd800, 0xf8ff },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },    { 0xffa0, 0xffa0 }, { 0xfff0, 0xffff },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
};

static bool is_unwelcome(uint32_t code)
{
	for (size_t i = 0; i < sizeof(unwelcome) / sizeof(unwelcome[0]); i++)
		if (code >= unwelcome[i].first && code <= unwelcome[i].last)
			return true;
	return false;
}

static void put_character(FILE *out, const char *text, size_t length)
{
	switch (length == 1 ? text[0] : 0) {
	case '&': fputs("&amp;", out); return;
	case '<': fputs("&lt;", out); return;
	case '>': fputs("&gt;", out); return;
	case '"': fputs("&quot;", out); return;
	case '\'': fputs("&#39;", out); return;
	}
	if (length == 0 || is_unwelcome(utf8_code_point(text, length)))
		fputs(UTF8_REPLACEMENT, out);
	else
		fwrite(text, 1, length, out);
}

/* Whether a line must not end at this blank: between a figure and its sign, or inside a date. */
static bool holds_together(struct slice text, size_t at)
{
	if (text.data[at] != ' ' || at == 0 || at + 1 == text.size)
		return false;
	const char before = text.data[at - 1], after = text.data[at + 1];

	if (ascii_is_digit(before))
		return after == '%' ||
		       (text.size - at > 3 && is_month((struct slice){ text.data + at + 1, 3 }));
	return ascii_is_digit(after) && at >= 3 &&
	       is_month((struct slice){ text.data + at - 3, 3 });
}

void html_text(FILE *out, struct slice text, size_t most)
{
	size_t characters = 0;

	for (size_t at = 0; at < text.size; characters++) {
		const size_t length = utf8_sequence(text.data + at, text.size - at);

		if (characters == most) {
			fputs("\xe2\x80\xa6", out);
			return;
		}
		if (holds_together(text, at))
			fputs("&nbsp;", out);
		else
			put_character(out, text.data + at, length);
		at += length > 0 ? length : 1;
	}
}

static void add_plain(struct strbuf *out, const char *text, size_t length)
{
	const bool blank = length == 1 && memchr("\t\n\r", text[0], 3);

	if (blank)
		strbuf_add_byte(out, ' ');
	else if (length == 0 || is_unwelcome(utf8_code_point(text, length)))
		strbuf_add_text(out, UTF8_REPLACEMENT);
	else
		strbuf_add(out, text, length);
}

void plain_text(struct strbuf *out, struct slice text, size_t most)
{
	size_t characters = 0;

	for (size_t at = 0; at < text.size; characters++) {
		const size_t length = utf8_sequence(text.data + at, text.size - at);

		if (characters == most) {
			strbuf_add_text(out, "\xe2\x80\xa6");
			return;
		}
		add_plain(out, text.data + at, length);
		at += length > 0 ? length : 1;
	}
}

/* Documents are untrusted: only https links to a page are allowed. */
static bool is_page(struct slice url)
{
	if (!slice_starts_with(url, "https://") || url.size > LINK_BYTES)
		return false;
	for (size_t i = 0; i < url.size; i++)
		if (url.data[i] <= ' ' || url.data[i] > '~')
			return false;
	return true;
}

void html_link(FILE *out, struct slice url, struct slice text, size_t most)
{
	const bool link = is_page(url);

	if (link) {
		fputs("<a href=\"", out);
		html_text(out, url, LINK_BYTES);
		fputs("\" rel=\"noreferrer\">", out);
	}
	html_text(out, text, most);
	fputs(link ? "</a>" : "", out);
}

void html_number(FILE *out, uint64_t number)
{
	char text[NUMBER_TEXT_SIZE];

	fputs(number_text(number, text), out);
}

void html_share(FILE *out, uint64_t part, uint64_t whole)
{
	char share[SHARE_TEXT_SIZE];

	html_text(out, slice_of(share_text(part, whole, share)), SHARE_TEXT_SIZE);
}

void html_day(FILE *out, int64_t unix_seconds)
{
	char time[DATETIME_SIZE], day[DAY_TEXT_SIZE];

	datetime_format(unix_seconds, time);
	day_text(unix_seconds, day);
	fprintf(out, "<time datetime=\"%.10s\">%s</time>", time, day);
}
