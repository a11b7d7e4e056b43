/* html_text.c - converts an HTML page to lines of text
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/text/html_text.h"

#include "base/ascii.h"

static const struct {
	const char *text, *character;
} entities[] = {
	{ "&lt;", "<" },   { "&gt;", ">" },   { "&amp;", "&" },  { "&quot;", "\"" },
	{ "&apos;", "'" }, { "&#39;", "'" },  { "&#34;", "\"" }, { "&#60;", "<" },
	{ "&#62;", ">" },  { "&nbsp;", " " }, { "&#160;", " " }, { "&#64;", "@" },
};

static size_t take_entity(struct slice text, struct strbuf *out)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (!slice_starts_with(text, entities[i].text))
			continue;
		strbuf_add_text(out, entities[i].character);
		return strlen(entities[i].text);
	}
	strbuf_add_byte(out, text.data[0]);
	return 1;
}

static struct slice tag_name(struct slice text)
{
	size_t size = 0;

	while (size < text.size && ascii_is_alnum(text.data[size]))
		size++;
	return (struct slice){ text.data, size };
}

static bool begins_line(struct slice name)
{
	static const char *const names[] = { "p",     "div", "tr", "li", "pre",
					     "table", "h1",  "h2", "h3", "blockquote" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return false;
}

static void end_line(struct strbuf *out)
{
	if (out->len > 0 && out->buf[out->len - 1] != '\n')
		strbuf_add_byte(out, '\n');
}

/* Returns the size of the line end at the start of text; after <br> it is skipped. */
static size_t line_end(struct slice text)
{
	return slice_starts_with(text, "\r\n") ? 2 : slice_starts_with(text, "\n");
}

/* Parses a tag that begins with "<" and returns its size. */
static size_t take_tag(struct slice text, struct strbuf *out)
{
	const struct slice whole = text;
	const char *end = memchr(text.data, '>', text.size);
	struct slice inside = slice_skip(text, 1);

	if (!end)
		return text.size;
	if (slice_starts_with(inside, "/"))
		inside = slice_skip(inside, 1);
	text = slice_skip(text, (size_t)(end - text.data) + 1);
	if (slice_is_nocase(tag_name(inside), "br")) {
		strbuf_add_byte(out, '\n');
		return (size_t)(end - whole.data) + 1 + line_end(text);
	}
	if (begins_line(tag_name(inside)))
		end_line(out);
	return (size_t)(end - whole.data) + 1;
}

void html_text_add(struct slice html, struct strbuf *out)
{
	while (html.size > 0) {
		size_t size = 1;

		if (html.data[0] == '<')
			size = take_tag(html, out);
		else if (html.data[0] == '&')
			size = take_entity(html, out);
		else
			strbuf_add_byte(out, html.data[0]);
		html = slice_skip(html, size);
	}
}
