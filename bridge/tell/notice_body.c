/* notice_body.c - a notification as the body of a webhook
 *
 * SPDX-License-Identifier: MIT
 *
 * Foreign text stays plain text in every form: Slack's markup is escaped, Teams gets text
 * runs, which have no markup, and ntfy shows the text as it is.
 */
#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/tell/notice.h"

/* Limits of the services: Slack 40,000 characters, Teams 28 KiB, ntfy 4,096 bytes. */
#define SLACK_BYTES 12000
#define TEAMS_BYTES 12000
#define NTFY_BYTES 3000

/* --- json: everything ---------------------------------------------------------------- */

static void write_change(struct json_writer *jw, const struct change *c)
{
	const struct observed *what = &c->told->what;

	jw_object(jw, NULL);
	jw_text(jw, "state", change_kind_name(c->kind));
	jw_text(jw, "severity", severity_name(c->told->seen));
	if (tenant_name_valid(what->scope))
		jw_string(jw, "tenant", what->scope);
	jw_string(jw, "code", what->code);
	jw_string(jw, "subject", what->subject);
	jw_string(jw, "title", what->title);
	jw_string(jw, "when", what->when);
	jw_string(jw, "where", what->where);
	jw_string(jw, "amount", what->amount);
	jw_string(jw, "why", what->why);
	jw_string(jw, "effect", what->effect);
	jw_string(jw, "recommendation", what->advice);
	jw_time(jw, "since", c->told->since);
	jw_end(jw);
}

static void write_json(struct json_writer *jw, const struct notice *n)
{
	struct strbuf subject;

	strbuf_init(&subject, 8 * KIB);
	notice_subject(n, &subject);
	jw_int(jw, "schema_version", 1);
	jw_string(jw, "id", n->id);
	jw_time(jw, "time", n->now);
	jw_text(jw, "service", n->service->name ? n->service->name : "reportbridge");
	jw_text(jw, "tenant", n->tenant);
	jw_string(jw, "summary", strbuf_slice(&subject));
	jw_text(jw, "page_url", n->page);
	jw_array(jw, "changes");
	for (size_t i = 0; i < n->count; i++)
		write_change(jw, &n->changes[i]);
	jw_end(jw);
	strbuf_release(&subject);
}

/* --- slack: only &, < and > need escaping
 * ------------------------------------------------ */

static void write_slack(struct json_writer *jw, const struct notice *n, struct slice lines)
{
	struct strbuf text;

	strbuf_init(&text, MIB);
	for (size_t i = 0; i < lines.size; i++) {
		switch (lines.data[i]) {
		case '&': strbuf_add_text(&text, "&amp;"); break;
		case '<': strbuf_add_text(&text, "&lt;"); break;
		case '>': strbuf_add_text(&text, "&gt;"); break;
		default: strbuf_add_byte(&text, lines.data[i]); break;
		}
	}
	if (n->page)
		strbuf_add_format(&text, "\n<%s|All figures>", n->page);
	jw_string(jw, "text", strbuf_slice(&text));
	/* No previews of linked names. */
	jw_bool(jw, "unfurl_links", false);
	strbuf_release(&text);
}

/* --- teams: an adaptive card ---------------------------------------------------------------- */

static void write_line(struct json_writer *jw, struct slice line, bool first)
{
	jw_object(jw, NULL);
	jw_text(jw, "type", "RichTextBlock");
	jw_array(jw, "inlines");
	jw_object(jw, NULL);
	jw_text(jw, "type", "TextRun");
	jw_string(jw, "text", line);
	if (first)
		jw_text(jw, "weight", "Bolder");
	jw_end(jw);
	jw_end(jw);
	jw_end(jw);
}

static void write_card(struct json_writer *jw, const struct notice *n, struct slice lines)
{
	jw_text(jw, "type", "AdaptiveCard");
	jw_text(jw, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	jw_text(jw, "version", "1.4");
	jw_array(jw, "body");
	for (bool first = true; lines.size > 0; first = false)
		write_line(jw, slice_split(lines, '\n', &lines), first);
	jw_end(jw);
	if (!n->page)
		return;
	jw_array(jw, "actions");
	jw_object(jw, NULL);
	jw_text(jw, "type", "Action.OpenUrl");
	jw_text(jw, "title", "All figures");
	jw_text(jw, "url", n->page);
	jw_end(jw);
	jw_end(jw);
}

static void write_teams(struct json_writer *jw, const struct notice *n, struct slice lines)
{
	jw_text(jw, "type", "message");
	jw_array(jw, "attachments");
	jw_object(jw, NULL);
	jw_text(jw, "contentType", "application/vnd.microsoft.card.adaptive");
	jw_object(jw, "content");
	write_card(jw, n, lines);
	jw_end(jw);
	jw_end(jw);
	jw_end(jw);
}

/* --- ntfy: published as JSON, below the topic ------------------------------------------------- */

static size_t topic_start(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? (size_t)(slash - url) + 1 : 0;
}

void notice_url(enum notify_form form, const char *url, struct strbuf *out)
{
	strbuf_add(out, url, form == FORM_NTFY ? topic_start(url) : strlen(url));
}

static void write_ntfy(struct json_writer *jw, const struct notice *n, const char *url,
		       struct slice lines)
{
	static const unsigned priorities[SEVERITIES] = { 5, 4, 3, 3, 3 };
	const struct change *first = &n->changes[0];
	const char *name = n->service->name ? n->service->name : "reportbridge";
	struct strbuf title;

	strbuf_init(&title, KIB);
	strbuf_add_format(&title, "%.200s", name);
	if (n->tenant && strcmp(n->tenant, TENANT_DEFAULT) != 0)
		strbuf_add_format(&title, ", %s", n->tenant);
	jw_text(jw, "topic", url + topic_start(url));
	jw_string(jw, "title", strbuf_slice(&title));
	jw_string(jw, "message", lines);
	jw_uint(jw, "priority", first->kind == CHANGE_RESOLVED ? 3 : priorities[first->told->seen]);
	jw_array(jw, "tags");
	jw_text(jw, NULL, first->kind == CHANGE_RESOLVED ? "white_check_mark" : "warning");
	jw_end(jw);
	jw_text(jw, "click", n->page);
	strbuf_release(&title);
}

void notice_body(const struct notice *n, enum notify_form form, const char *url, struct strbuf *out)
{
	static const size_t most[] = { [FORM_SLACK] = SLACK_BYTES,
				       [FORM_TEAMS] = TEAMS_BYTES,
				       [FORM_NTFY] = NTFY_BYTES,
				       [FORM_JSON] = 0 };
	struct json_writer jw;
	struct strbuf lines;

	strbuf_init(&lines, MIB);
	notice_lines(n, most[form], &lines);
	jw_init(&jw, out);
	jw_object(&jw, NULL);
	switch (form) {
	case FORM_JSON: write_json(&jw, n); break;
	case FORM_SLACK: write_slack(&jw, n, strbuf_slice(&lines)); break;
	case FORM_TEAMS: write_teams(&jw, n, strbuf_slice(&lines)); break;
	case FORM_NTFY: write_ntfy(&jw, n, url, strbuf_slice(&lines)); break;
	}
	jw_end(&jw);
	strbuf_release(&lines);
}
