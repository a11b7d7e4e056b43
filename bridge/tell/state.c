/* state.c - notification state of a recipient, and the message in flight
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/state.h"

#include <stdlib.h>

#include "base/xalloc.h"

void tell_state_init(struct tell_state *s)
{
	*s = (struct tell_state){ .list = NULL };
	arena_init(&s->arena, 2 * TELL_STATE_BYTES);
}

void tell_state_release(struct tell_state *s)
{
	free(s->list);
	arena_release(&s->arena);
}

/* --- current findings
 * ---------------------------------------------------------------------- */

static struct told *find(struct tell_state *s, const struct observed *o)
{
	for (size_t i = 0; i < s->count; i++)
		if (slice_equal(s->list[i].what.key, o->key) &&
		    slice_equal(s->list[i].what.scope, o->scope))
			return &s->list[i];
	return NULL;
}

struct told *tell_state_add(struct tell_state *s)
{
	s->list = xgrow(s->list, s->count, &s->alloc, sizeof(*s->list));
	s->list[s->count] = (struct told){ .seen = SEVERITY_OK,
					   .told = SEVERITY_OK,
					   .pending = SEVERITY_UNKNOWN };
	return &s->list[s->count++];
}

static void set_seen(struct told *t, enum severity severity, int64_t now)
{
	if (t->seen == severity)
		return;
	t->seen = severity;
	t->since = now;
}

static void copy_texts(struct tell_state *s, struct told *t, const struct observed *o)
{
	static const size_t texts[] = {
		offsetof(struct observed, scope),  offsetof(struct observed, key),
		offsetof(struct observed, code),   offsetof(struct observed, subject),
		offsetof(struct observed, title),  offsetof(struct observed, when),
		offsetof(struct observed, where),  offsetof(struct observed, amount),
		offsetof(struct observed, why),    offsetof(struct observed, effect),
		offsetof(struct observed, advice),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct slice *from = (const void *)((const char *)o + texts[i]);

		*(struct slice *)(void *)((char *)&t->what + texts[i]) = arena_slice(&s->arena,
										     *from);
	}
}

static void take_one(struct tell_state *s, const struct observed *o, int64_t now)
{
	struct told *t = find(s, o);

	if (!t && o->severity >= SEVERITY_OK)
		return;
	if (!t)
		t = tell_state_add(s);
	copy_texts(s, t, o);
	set_seen(t, o->severity, now);
	t->present = true;
}

static bool is_forgotten(const struct told *t)
{
	return t->seen == SEVERITY_OK && t->told == SEVERITY_OK && !t->due &&
	       t->pending == SEVERITY_UNKNOWN;
}

static void prune(struct tell_state *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!is_forgotten(&s->list[i]))
			s->list[kept++] = s->list[i];
	s->count = kept;
}

void tell_state_observe(struct tell_state *s, const struct observation *o, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		s->list[i].present = false;
	for (size_t i = 0; i < o->count; i++)
		take_one(s, &o->list[i], now);
	for (size_t i = 0; i < s->count; i++) {
		struct told *t = &s->list[i];
		const struct observed_scope *scope = observation_scope(o, t->what.scope);

		if (!scope)
			continue;
		if (!t->present && scope->complete)
			set_seen(t, SEVERITY_OK, now);
		s->list[kept++] = *t;
	}
	s->count = kept;
	prune(s);
}

/* --- changes
 * ------------------------------------------------------------------------------ */

static enum severity cut(enum severity severity, enum severity least)
{
	return severity_reaches(severity, least) ? severity : SEVERITY_OK;
}

/* false: no change. */
static bool kind_of(const struct told *t, const struct change_rule *rule, enum change_kind *kind)
{
	const enum severity seen = cut(t->seen, rule->least), told = cut(t->told, rule->least);

	if (seen == SEVERITY_OK && (told < SEVERITY_OK || t->due))
		*kind = CHANGE_RESOLVED;
	else if (seen < SEVERITY_OK && told == SEVERITY_OK)
		*kind = CHANGE_NEW;
	else if (seen != told)
		*kind = seen < told ? CHANGE_WORSE : CHANGE_BETTER;
	else
		return false;
	return true;
}

static enum severity weight(const struct change *change)
{
	return change->kind == CHANGE_RESOLVED ? SEVERITY_OK : change->told->seen;
}

/* The worst first, ended findings last; otherwise in the given order. */
static void insert(struct change *list, size_t *count, size_t most, struct change change)
{
	size_t at = *count < most ? (*count)++ : most - 1;

	if (list[at].told && weight(&list[at]) <= weight(&change))
		return; /* the list is full */
	while (at > 0 && weight(&list[at - 1]) > weight(&change)) {
		list[at] = list[at - 1];
		at--;
	}
	list[at] = change;
}

size_t tell_state_changes(struct tell_state *s, const struct change_rule *rule, struct change *list,
			  size_t most)
{
	size_t count = 0;

	memset(list, 0, most * sizeof(*list));
	for (size_t i = 0; i < s->count; i++) {
		struct told *t = &s->list[i];
		enum change_kind kind;

		if (rule->now - t->since < rule->min_age)
			continue;
		if (!kind_of(t, rule, &kind)) {
			if (t->seen == SEVERITY_OK)
				t->told = SEVERITY_OK;
			continue;
		}
		if (!(rule->kinds & 1u << kind)) {
			t->told = t->seen;
			t->due = false;
			continue;
		}
		t->due |= kind == CHANGE_NEW;
		insert(list, &count, most, (struct change){ kind, t });
	}
	return count;
}

/* --- the message in flight -------------------------------------------------------------- */

void tell_state_begin(struct tell_state *s, const struct change *list, size_t count,
		      const struct outgoing *message)
{
	for (size_t i = 0; i < count; i++)
		list[i].told->pending = list[i].told->seen;
	s->message = (struct outgoing){
		.id = arena_slice(&s->arena, message->id),
		.target = arena_slice(&s->arena, message->target),
		.body = arena_slice(&s->arena, message->body),
		.period = message->period,
	};
}

void tell_state_accept(struct tell_state *s, int64_t now)
{
	for (size_t i = 0; i < s->count; i++) {
		struct told *t = &s->list[i];

		if (t->pending == SEVERITY_UNKNOWN)
			continue;
		t->told = t->pending;
		t->pending = SEVERITY_UNKNOWN;
		t->due = false;
	}
	s->sent = now;
	s->number++;
	if (s->message.period > 0)
		s->period = s->message.period;
	s->message = (struct outgoing){ .period = 0 };
	prune(s);
}

void tell_state_withdraw(struct tell_state *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->list[i].pending = SEVERITY_UNKNOWN;
	s->message = (struct outgoing){ .period = 0 };
}
