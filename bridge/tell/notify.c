/* notify.c - runs the sections [notify NAME]
 *
 * SPDX-License-Identifier: MIT
 *
 * Sends messages that are in flight before it reads documents, so that an unreachable search
 * server does not delay them. A section whose mail or webhook server is unreachable is left
 * for the next run.
 */
#include "bridge/tell/notify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/report/report_source.h"
#include "bridge/tell/letter.h"
#include "bridge/tell/notice.h"
#include "bridge/tell/outbox.h"
#include "bridge/tell/recipients.h"

/* Limit for one message; further changes wait for the next one. */
#define CHANGES_MAX 50
#define TEXT_BYTES ((size_t)4 * MIB)

struct section {
	struct section *next;
	const struct notify_config *config;
	struct tell_store store;
	bool left; /* its server is unreachable, or another process has locked it */
};

struct telling {
	struct config *config;
	int64_t now;
	struct tell_result *result;
	struct section *sections;
	const struct summary_set *set; /* NULL: could not be read */
	const struct error *why;
};

void tell_note_error(struct tell_result *result, const char *kind, const char *section,
		     const char *recipient, const struct error *err)
{
	fprintf(stderr, "reportbridge: [%s %s]%s%s: %s\n", kind, section, recipient ? " " : "",
		recipient ? recipient : "", err->text);
	if (err->class > result->worst)
		result->worst = err->class;
}

/* A server that is unreachable for one recipient is so for all. */
static void note(struct telling *r, struct section *s, const char *recipient,
		 const struct error *err)
{
	tell_note_error(r->result, "notify", s->config->name, recipient, err);
	s->left |= err->class != ERROR_REJECT;
}

/* --- messages --------------------------------------------------------------------------- */

static void write_mail(const struct telling *r, const struct channel *channel,
		       const struct notice *notice, struct strbuf *out)
{
	const struct mail_config *mail = &r->config->mail;
	struct letter letter = { .from = mail->from,
				 .from_name = r->config->service.name,
				 .to = channel->to,
				 .id = notice->id,
				 .date = r->now };
	struct strbuf subject, text;

	strbuf_init(&subject, 8 * KIB);
	strbuf_init(&text, TEXT_BYTES);
	notice_subject(notice, &subject);
	notice_text(notice, &text);
	letter.subject = strbuf_slice(&subject);
	letter.text = strbuf_slice(&text);
	letter_write(&letter, out);
	strbuf_release(&subject);
	strbuf_release(&text);
}

static bool put_message(struct telling *r, struct section *s, const char *recipient,
			struct tell_state *state, const struct channel *channel,
			const struct change *changes, size_t count, struct error *err)
{
	const bool operator= s->config->scope == NOTIFY_OPERATOR;
	const char *tenant = operator? NULL : recipient;
	struct notice notice = {
		changes,     count, tenant, &r->config->service, recipients_page(r->config, tenant),
		{ NULL, 0 }, r->now
	};
	char id[HASH_ID_SIZE];
	struct strbuf body;
	bool good;

	outbox_id(&s->store, recipient, changes, count, state->number, id);
	notice.id = slice_of(id);
	strbuf_init(&body, TELL_STATE_BYTES / 2);
	if (channel->webhook)
		notice_body(&notice, channel->webhook->form, channel->webhook->url, &body);
	else
		write_mail(r, channel, &notice, &body);
	good = outbox_put(&s->store, recipient, state, channel, changes, count,
			  &(struct outgoing){ .id = notice.id, .body = strbuf_slice(&body) }, err);
	strbuf_release(&body);
	return good;
}

static bool tell_changes(struct telling *r, struct section *s, const char *recipient,
			 struct tell_state *state, const struct channel *channel, struct error *err)
{
	const struct change_rule rule = { r->now, s->config->min_age_ms / 1000, s->config->severity,
					  s->config->state_bits };
	struct change changes[CHANGES_MAX];
	const size_t count = tell_state_changes(state, &rule, changes, CHANGES_MAX);

	if (count == 0)
		return tell_store_write(&s->store, recipient, state, err);
	return put_message(r, s, recipient, state, channel, changes, count, err);
}

/* --- recipients --------------------------------------------------------------------------- */

static bool send_pending(struct telling *r, struct section *s, const char *recipient,
			 struct tell_state *state, const struct channel *channel, struct error *err)
{
	bool sent;

	if (!outbox_send(&s->store, recipient, state, channel, r->now, &sent, err))
		return false;
	r->result->sent += sent;
	return true;
}

/* observation NULL: only sends a message that is in flight. */
static void tell(struct telling *r, struct section *s, const char *recipient,
		 const struct observation *observation)
{
	const bool mail = s->config->type == NOTIFY_MAIL;
	const struct channel channel = {
		r->config,
		mail ? NULL : s->config,
		mail ? recipients_addresses(r->config, recipient, s->config->to) : NULL,
		s->config->max_per_hour,
	};
	struct tell_state state;
	struct error err;
	bool good;

	if (s->left || (mail && !channel.to))
		return;
	tell_state_init(&state);
	good = tell_store_read(&s->store, recipient, &state, &err);
	if (good && !observation)
		good = send_pending(r, s, recipient, &state, &channel, &err);
	if (good && observation) {
		tell_state_observe(&state, observation, r->now);
		good = (state.message.id.size > 0
				? tell_store_write(&s->store, recipient, &state, &err)
				: tell_changes(r, s, recipient, &state, &channel, &err)) &&
		       send_pending(r, s, recipient, &state, &channel, &err);
		r->result->waiting += state.message.id.size > 0;
	}
	tell_state_release(&state);
	if (!good)
		note(r, s, recipient, &err);
}

static void observe_one(struct telling *r, struct observation *o, const char *tenant)
{
	observe_tenant(o, tenant, r->set ? recipients_summary(r->set, tenant) : NULL);
}

static void tell_tenants(struct telling *r, struct section *s, bool observe)
{
	const char *const *tenant = recipients_tenants(r->config, s->config->tenants);

	for (; *tenant; tenant++) {
		struct observation o;

		observation_init(&o);
		if (observe)
			observe_one(r, &o, *tenant);
		tell(r, s, *tenant, observe ? &o : NULL);
		observation_release(&o);
	}
}

static void tell_operator(struct telling *r, struct section *s, bool observe)
{
	const char *const *tenant = recipients_tenants(r->config, s->config->tenants);
	bool unclaimed = false;
	struct observation o;

	observation_init(&o);
	for (; observe && *tenant; tenant++) {
		observe_one(r, &o, *tenant);
		unclaimed |= strcmp(*tenant, TENANT_UNCLAIMED) == 0;
	}
	if (observe) {
		if (!unclaimed && !s->config->tenants)
			observe_one(r, &o, TENANT_UNCLAIMED);
		observe_reporters(&o, r->set ? r->set->all : NULL);
		observe_bridge(&o, r->config->bridge.listen);
		observe_store(&o, r->why);
	}
	tell(r, s, RECIPIENT_OPERATOR, observe ? &o : NULL);
	observation_release(&o);
}

static void tell_all(struct telling *r, bool observe)
{
	for (struct section *s = r->sections; s; s = s->next) {
		if (s->config->scope == NOTIFY_OPERATOR)
			tell_operator(r, s, observe);
		else if (!observe || r->set)
			tell_tenants(r, s, observe);
	}
}

/* --- the run ------------------------------------------------------------------------------ */

static void open_sections(struct telling *r)
{
	struct section **end = &r->sections;

	for (const struct notify_config *n = r->config->notifies; n; n = n->next) {
		struct section *s = xcalloc(1, sizeof(*s));
		struct error err;

		s->config = n;
		*end = s;
		end = &s->next;
		if (tell_store_open(&s->store, r->config, "notify", n->name, &err))
			tell_store_clean(&s->store, r->config);
		else
			note(r, s, NULL, &err);
	}
}

static void close_sections(struct telling *r)
{
	while (r->sections) {
		struct section *s = r->sections;

		r->sections = s->next;
		tell_store_close(&s->store);
		free(s);
	}
}

void notify_run(struct config *config, int64_t now, int64_t since, struct tell_result *result)
{
	const struct report_query query = { NULL, since };
	struct telling r = { .config = config, .now = now, .result = result };
	struct summary_set set;
	struct error err;

	*result = (struct tell_result){ .worst = ERROR_NONE };
	open_sections(&r);
	tell_all(&r, false);
	summary_set_init(&set, now, true);
	if (report_read(config, &query, &set, &err)) {
		r.set = &set;
	} else {
		r.why = &err;
		fprintf(stderr, "reportbridge: %s\n", err.text);
		result->worst = err.class > result->worst ? err.class : result->worst;
	}
	tell_all(&r, true);
	summary_set_release(&set);
	close_sections(&r);
}
