/* observation.c - current findings about tenants and about the bridge itself
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/observation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/printf_like.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "bridge/report/summary_tables.h"
#include "bridge/tell/bridge_troubles.h"

#define ARENA_BYTES ((size_t)64 * MIB)

void observation_init(struct observation *o)
{
	*o = (struct observation){ .list = NULL };
	arena_init(&o->arena, ARENA_BYTES);
}

void observation_release(struct observation *o)
{
	free(o->list);
	free(o->scopes);
	arena_release(&o->arena);
}

static void add_scope(struct observation *o, const char *name, bool complete)
{
	o->scopes = xgrow(o->scopes, o->scope_count, &o->scope_alloc, sizeof(*o->scopes));
	o->scopes[o->scope_count++] = (struct observed_scope){
		arena_slice(&o->arena, slice_of(name)), complete
	};
}

const struct observed_scope *observation_scope(const struct observation *o, struct slice name)
{
	for (size_t i = 0; i < o->scope_count; i++)
		if (slice_equal(o->scopes[i].name, name))
			return &o->scopes[i];
	return NULL;
}

PRINTF_LIKE(2, 3)
static struct slice text_of(struct observation *o, const char *format, ...)
{
	char text[2 * KIB];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return arena_slice(&o->arena, slice_of(text));
}

/* Adds to the scope that was added last. */
static struct observed *add(struct observation *o)
{
	o->list = xgrow(o->list, o->count, &o->alloc, sizeof(*o->list));
	o->list[o->count] = (struct observed){ .scope = o->scopes[o->scope_count - 1].name };
	return &o->list[o->count++];
}

/* --- tenants ------------------------------------------------------------------------- */

/* Names of the evidence that stay the same as long as a finding lasts. Figures do not, nor
 * do lists of sources and reporters, nor the disposition of the mail. */
static const char *const lasting[] = { "service", "identity", "host", "result" };

static struct slice key_of(struct arena *arena, const struct finding *f)
{
	/* A finding about a pile of sources covers all domains that they use, which change
	 * daily. */
	const bool pile = finding_name_of(f, "sources").size > 0;
	struct strbuf key;
	struct slice copy;

	strbuf_init(&key, 8 * KIB);
	strbuf_add_text(&key, f->code);
	if (!pile) {
		strbuf_add_byte(&key, '|');
		strbuf_add_slice(&key, f->subject);
	}
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]) && !pile; i++) {
		strbuf_add_byte(&key, '|');
		strbuf_add_slice(&key, finding_name_of(f, lasting[i]));
	}
	copy = arena_slice(arena, strbuf_slice(&key));
	strbuf_release(&key);
	return copy;
}

static bool is_there(const struct observation *o, struct slice scope, struct slice key)
{
	for (size_t i = o->count; i-- > 0 && slice_equal(o->list[i].scope, scope);)
		if (slice_equal(o->list[i].key, key))
			return true;
	return false;
}

static void add_finding(struct observation *o, const struct findings *all, const struct finding *f)
{
	const struct slice key = key_of(&o->arena, f);
	char when[FINDING_WHEN_SIZE];
	struct observed *seen;

	/* The list begins with the worst; of several findings with the same key only the
	 * worst counts. */
	if (f->severity >= SEVERITY_OK || is_there(o, o->scopes[o->scope_count - 1].name, key))
		return;
	finding_when(f, all, when);
	seen = add(o);
	seen->key = key;
	seen->severity = f->ended ? SEVERITY_OK : f->severity;
	seen->code = slice_of(f->code);
	seen->subject = arena_slice(&o->arena, f->subject);
	seen->title = arena_slice(&o->arena, f->title);
	seen->when = arena_slice(&o->arena, slice_of(when));
	seen->where = arena_slice(&o->arena, finding_where(f));
	seen->amount = arena_slice(&o->arena, f->amount);
	seen->why = arena_slice(&o->arena, f->why);
	seen->effect = arena_slice(&o->arena, f->effect);
	seen->advice = arena_slice(&o->arena, f->recommendation);
}

void observe_tenant(struct observation *o, const char *tenant, const struct summary *summary)
{
	struct findings findings;

	if (!summary) {
		add_scope(o, tenant, false);
		return;
	}
	findings_init(&findings, summary);
	/* The end of reports does not end a finding: nothing has been observed since. */
	add_scope(o, tenant,
		  findings.severity != SEVERITY_UNKNOWN && !findings.old && findings.more == 0);
	for (size_t i = 0; i < findings.count; i++)
		add_finding(o, &findings, &findings.list[i]);
	findings_release(&findings);
}

/* --- the operator's --------------------------------------------------------------------- */

void observe_reporters(struct observation *o, const struct summary *all)
{
	const struct tally *rows[SILENT_REPORTERS_MAX];
	const size_t count = all ? findings_silent_reporters(all, rows) : 0;
	char day[DAY_TEXT_SIZE];

	add_scope(o, SCOPE_REPORTERS, all && all->documents > 0);
	for (size_t i = 0; i < count; i++) {
		struct observed *seen = add(o);
		const struct slice name = utf8_prefix(rows[i]->texts[0], 200);

		day_text(rows[i]->last, day);
		seen->key = arena_slice(&o->arena, name);
		seen->severity = SEVERITY_WARNING;
		seen->code = slice_of("reporter-silent");
		seen->title = text_of(o, "%.*s stopped reporting", (int)name.size, name.data);
		seen->when = text_of(o, "last reports about %s", day);
		seen->advice = slice_of(
			"If all are silent, check the mailbox, and the rua in the records. "
			"A single reporter may have received no mail.");
	}
}

void observe_bridge(struct observation *o, const char *address)
{
	struct bridge_troubles troubles;
	const bool known = bridge_troubles_ask(address, &o->arena, &troubles);

	if (!known)
		return;
	add_scope(o, SCOPE_BRIDGE, troubles.answered);
	for (size_t i = 0; i < troubles.count; i++) {
		const struct bridge_trouble *t = &troubles.list[i];
		struct observed *seen = add(o);

		seen->key = text_of(o, "%.*s|%.*s", (int)t->kind.size, t->kind.data,
				    (int)t->name.size, t->name.data);
		seen->severity = SEVERITY_CRITICAL;
		seen->code = slice_of("not-served");
		seen->title = text_of(o, "The %.*s %.*s is not served", (int)t->kind.size,
				      t->kind.data, (int)t->name.size, t->name.data);
		seen->when = t->last_success.size > 0
				     ? text_of(o, "last success %.*s", (int)t->last_success.size,
					       t->last_success.data)
				     : slice_of("never served since the start");
		seen->why = t->error;
		seen->advice = slice_of(
			"Check 'reportbridge status' and the log. Mails wait in the mailbox "
			"meanwhile.");
	}
	if (!troubles.answered) {
		struct observed *seen = add(o);

		seen->key = seen->code = slice_of("bridge-silent");
		seen->severity = SEVERITY_CRITICAL;
		seen->title = slice_of("The bridge does not answer");
		seen->why = troubles.why;
		seen->advice = slice_of(
			"Check whether 'reportbridge run' is running. Mails wait in the "
			"mailboxes meanwhile.");
	}
}

void observe_store(struct observation *o, const struct error *why)
{
	struct observed *seen;

	add_scope(o, SCOPE_STORE, true);
	if (!why)
		return;
	seen = add(o);
	seen->key = seen->code = slice_of("store-unreadable");
	seen->severity = SEVERITY_CRITICAL;
	seen->title = slice_of("The stored reports cannot be read");
	seen->why = arena_slice(&o->arena, slice_of(why->text));
	seen->effect = slice_of("Findings are not updated meanwhile.");
	seen->advice = slice_of("Check the search server and the reader's login.");
}
