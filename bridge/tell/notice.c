/* notice.c - the texts of a notification
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/notice.h"

#include "bridge/report/html.h"

#define TITLE_CHARS 300
#define TEXT_CHARS 900
#define SUBJECT_CHARS 160

static const char *const kind_names[CHANGE_KINDS] = { "new", "worse", "better", "resolved" };

const char *change_kind_name(enum change_kind kind)
{
	return kind_names[kind];
}

const char *change_words(enum change_kind kind)
{
	static const char *const words[CHANGE_KINDS] = { "New", "Worse", "Better", "Resolved" };

	return words[kind];
}

enum severity change_severity(const struct change *change)
{
	return change->kind == CHANGE_RESOLVED ? SEVERITY_OK : change->told->seen;
}

/* "Critical", "Now critical", "Resolved" */
static const char *state_words(const struct change *c)
{
	static const char *const suffix[SEVERITIES][CHANGE_KINDS] = {
		[SEVERITY_CRITICAL] = { "Critical", "Now critical", "Critical", "Resolved" },
		[SEVERITY_WARNING] = { "Warning", "Now a warning", "Now only a warning",
				       "Resolved" },
		[SEVERITY_NOTICE] = { "Notice", "Now a notice", "Now only a notice", "Resolved" },
		[SEVERITY_OK] = { "OK", "OK", "OK", "Resolved" },
		[SEVERITY_UNKNOWN] = { "OK", "OK", "OK", "Resolved" },
	};

	return suffix[c->told->seen][c->kind];
}

/* Adds the tenant if the operator reads about several, or if no domain appears in the
 * title. */
static void add_owner(const struct notice *n, const struct change *c, struct strbuf *out)
{
	const struct slice scope = c->told->what.scope;

	if ((n->tenant && c->told->what.subject.size > 0) || !tenant_name_valid(scope) ||
	    slice_is(scope, TENANT_DEFAULT))
		return;
	strbuf_add_slice(out, scope);
	strbuf_add_text(out, ": ");
}

static void add_title(const struct notice *n, const struct change *c, struct strbuf *out)
{
	add_owner(n, c, out);
	plain_text(out, c->told->what.title, TITLE_CHARS);
}

/* The first sentence of the recommendation. */
static struct slice first_sentence(struct slice text)
{
	const size_t end = slice_find_text(text, ". ");

	return end < text.size ? (struct slice){ text.data, end + 1 } : text;
}

void notice_subject(const struct notice *n, struct strbuf *out)
{
	struct strbuf whole;

	strbuf_init(&whole, 8192);
	strbuf_add_format(&whole, "%s: ", state_words(&n->changes[0]));
	add_title(n, &n->changes[0], &whole);
	plain_text(out, strbuf_slice(&whole), SUBJECT_CHARS);
	strbuf_release(&whole);
	if (n->count > 1)
		strbuf_add_format(out, " (and %zu more)", n->count - 1);
}

static void add_first_line(const struct notice *n, struct strbuf *out)
{
	const struct change *c = &n->changes[0];
	const bool resolved = c->kind == CHANGE_RESOLVED;

	strbuf_add_text(out, resolved ? "Resolved: " : "");
	add_title(n, c, out);
	strbuf_add_text(out, ". ");
	plain_text(out,
		   resolved ? slice_of("No action needed.") : first_sentence(c->told->what.advice),
		   TEXT_CHARS);
	strbuf_add_byte(out, '\n');
}

static void add_fact(struct strbuf *out, const char *name, struct slice text)
{
	if (text.size == 0)
		return;
	strbuf_add_format(out, "%s: ", name);
	plain_text(out, text, TEXT_CHARS);
	strbuf_add_byte(out, '\n');
}

static void add_change(const struct notice *n, const struct change *c, struct strbuf *out)
{
	const struct observed *what = &c->told->what;

	strbuf_add_format(out, "\n%s", state_words(c));
	/* The first line already says this for a single change. */
	if (n->count > 1) {
		strbuf_add_text(out, ": ");
		add_title(n, c, out);
		strbuf_add_byte(out, '.');
	}
	strbuf_add_byte(out, '\n');
	add_fact(out, "When", what->when);
	if (c->kind == CHANGE_RESOLVED)
		return;
	add_fact(out, "Where", what->where);
	add_fact(out, "How much", what->amount);
	add_fact(out, "Why", what->why);
	add_fact(out, "Effect", what->effect);
	add_fact(out, "What to do", what->advice);
}

static void add_footer(const struct notice *n, struct strbuf *out)
{
	if (n->page)
		strbuf_add_format(out, "\nAll figures: %s\n", n->page);
	strbuf_add_format(out, "\n-- \n%s\n", n->service->name ? n->service->name : "reportbridge");
	if (n->service->footer)
		strbuf_add_format(out, "%s\n", n->service->footer);
}

void notice_text(const struct notice *n, struct strbuf *out)
{
	add_first_line(n, out);
	for (size_t i = 0; i < n->count; i++)
		add_change(n, &n->changes[i], out);
	add_footer(n, out);
}

void notice_lines(const struct notice *n, size_t most, struct strbuf *out)
{
	size_t shown = 0;

	for (; shown < n->count; shown++) {
		const size_t before = out->len;

		if (shown > 0)
			strbuf_add_byte(out, '\n');
		strbuf_add_format(out, "%s: ", state_words(&n->changes[shown]));
		add_title(n, &n->changes[shown], out);
		strbuf_add_byte(out, '.');
		if (n->changes[shown].kind != CHANGE_RESOLVED &&
		    n->changes[shown].told->what.advice.size > 0) {
			strbuf_add_byte(out, ' ');
			plain_text(out, first_sentence(n->changes[shown].told->what.advice),
				   TEXT_CHARS);
		}
		/* Always keeps the first change, which is far below any limit. */
		if (shown > 0 && out->len > most) {
			strbuf_cut(out, before);
			break;
		}
	}
	if (shown < n->count)
		strbuf_add_format(out, "\nand %zu more", n->count - shown);
}
