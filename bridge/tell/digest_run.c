/* digest_run.c - runs the sections [digest NAME], or sends one digest now
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/digest_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/datetime.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/report/page.h"
#include "bridge/report/report_source.h"
#include "bridge/tell/delivery.h"
#include "bridge/tell/digest.h"
#include "bridge/tell/letter.h"
#include "bridge/tell/outbox.h"
#include "bridge/tell/recipients.h"

#define DAY INT64_C(86400)
#define CHANGES_MAX 50
#define TEXT_BYTES ((size_t)MIB)
#define ALL_KINDS ((1u << CHANGE_KINDS) - 1)
/* Findings need the preceding weeks, as on the page; a monthly digest needs the month
 * before. */
#define WEEK_READ_DAYS 30
#define MONTH_READ_DAYS 62

/* --- periods ------------------------------------------------------------------------------ */

static int64_t midnight(int64_t time)
{
	return time - (time % DAY + DAY) % DAY;
}

/* 1 January 1970 was a Thursday. */
static int64_t monday(int64_t time)
{
	return midnight(time) - (midnight(time) / DAY + 3) % 7 * DAY;
}

/* 1 to 31 */
static int64_t day_of_month(int64_t time)
{
	char text[DATETIME_SIZE];
	uint64_t day = 1;

	datetime_format(time, text);
	slice_to_uint((struct slice){ text + strlen("2026-11-"), 2 }, 31, &day);
	return (int64_t)day;
}

static int64_t first_of_month(int64_t time)
{
	return midnight(time) - (day_of_month(time) - 1) * DAY;
}

/* The period that has begun: its digest is sent once. */
static int64_t begun_period(enum digest_every every, int64_t now)
{
	return every == EVERY_WEEK ? monday(now) : first_of_month(now);
}

/* Days of the period that ends there: a week, or the length of that month. */
static int64_t span(enum digest_every every, int64_t end)
{
	return (every == EVERY_WEEK ? 7 : day_of_month(end - DAY)) * DAY;
}

/* The last whole days before now, to match the verdict, which is as of now. On Mondays and
 * on the first of a month this is the week or month that has ended. */
static struct periods periods_before(enum digest_every every, int64_t now)
{
	const int64_t end = midnight(now), begin = end - span(every, end);

	return (struct periods){ (unsigned)((end - begin) / DAY),
				 { begin, end - DAY },
				 { begin - span(every, begin), begin - DAY } };
}

/* --- one digest ---------------------------------------------------------------------------- */

/* Its domains, by the number of reports; for a tenant without reports its name. */
static struct slice name_of(const struct summary *s, const char *tenant, struct arena *arena)
{
	const struct tally *rows[32];
	const struct tally_table *table = summary_table(s, SUMMARY_DOMAINS);
	const size_t count = tally_largest(table, 0, 32, rows);
	struct name_list names = { .count = 0 };

	for (size_t i = 0; i < count; i++)
		if (rows[i]->key.size > 0)
			name_list_add(&names, rows[i]->key);
	if (names.count == 0)
		return slice_of(tenant ? tenant : "All tenants");
	names.count += tally_keys(table) - count;
	return name_list_text(arena, &names);
}

/* Writes the whole page, as "report" does. */
static void write_page(const struct digest *d, const struct summary_set *set, const char *tenant,
		       char **text, size_t *size)
{
	const bool named = tenant && strcmp(tenant, TENANT_DEFAULT) != 0;
	struct page_heading heading = { .subject = named ? tenant : NULL,
					.service = d->service->name };
	FILE *out = open_memstream(text, size);
	struct strbuf url;

	if (!out)
		abort();
	strbuf_init(&url, LOGO_URL_BYTES);
	logo_url(d->logo, &url);
	heading.logo = strbuf_slice(&url);
	page_print(set, &heading, out);
	fclose(out);
	strbuf_release(&url);
}

static void write_html(const struct digest *d, char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		abort();
	digest_html(d, out);
	fclose(out);
}

static struct letter_file logo_file(const struct logo *logo)
{
	const bool png = logo->type && strcmp(logo->type, "png") == 0;

	return (struct letter_file){ logo->type ? strbuf_slice(&logo->bytes) : slice_of(NULL),
				     png ? "logo.png" : "logo.jpg", "image", png ? "png" : "jpeg" };
}

static void write_letter(const struct digest *d, const struct mail_config *mail,
			 const char *const *to, const char *id, int64_t now,
			 const struct summary_set *set, const char *tenant, struct strbuf *out)
{
	struct letter letter = { .from = mail->from,
				 .from_name = d->service->name,
				 .to = to,
				 .id = slice_of(id),
				 .date = now };
	char *html, *page;
	size_t html_size, page_size;
	struct strbuf subject, text;
	/* Mail programs do not show SVG; the page does. */
	struct logo none = { .type = NULL };
	struct digest shown = *d;

	if (d->logo->type && strcmp(d->logo->type, "svg+xml") == 0)
		shown.logo = &none;
	strbuf_init(&subject, 8 * KIB);
	strbuf_init(&text, TEXT_BYTES);
	digest_subject(d, &subject);
	digest_text(d, &text);
	write_html(&shown, &html, &html_size);
	write_page(d, set, tenant, &page, &page_size);
	letter.subject = strbuf_slice(&subject);
	letter.text = strbuf_slice(&text);
	letter.html = (struct slice){ html, html_size };
	letter.logo = logo_file(shown.logo);
	letter.attachment = (struct letter_file){
		{ page, page_size }, "report.html", "text", "html"
	};
	letter_write(&letter, out);
	free(html);
	free(page);
	strbuf_release(&subject);
	strbuf_release(&text);
}

/* --- a section ------------------------------------------------------------------------------ */

struct digesting {
	struct config *config;
	const struct digest_config *section;
	struct tell_store store;
	struct tell_result *result;
	const struct summary_set *set; /* NULL: only send a message that is in flight */
	const struct logo *logo;
	int64_t now, begun; /* begun: start of the period */
	bool left, due;     /* due: a recipient has no digest of this period yet */
};

static void observe(const struct digesting *r, const char *tenant, const struct summary *summary,
		    struct tell_state *state)
{
	struct observation o;

	observation_init(&o);
	observe_tenant(&o, tenant, summary);
	tell_state_observe(state, &o, r->now);
	observation_release(&o);
}

static bool put_digest(struct digesting *r, const char *tenant, const struct summary *summary,
		       struct tell_state *state, const struct channel *channel, struct error *err)
{
	const struct change_rule rule = { r->now, 0, SEVERITY_NOTICE, ALL_KINDS };
	/* The page shows only this tenant. */
	const struct summary_set own = { .all = (struct summary *)summary, .now = r->now };
	struct change changes[CHANGES_MAX];
	struct findings findings;
	struct digest d = {
		.summary = summary,
		.findings = &findings,
		.service = &r->config->service,
		.logo = r->logo,
		.page = recipients_page(r->config, tenant),
		.periods = periods_before(r->section->every, r->now),
		.unit = r->section->every == EVERY_WEEK ? "week" : "month",
		.changes = changes,
		.since = state->sent,
	};
	char id[HASH_ID_SIZE];
	struct strbuf body;
	bool good;

	observe(r, tenant, summary, state);
	d.change_count = tell_state_changes(state, &rule, changes, CHANGES_MAX);
	findings_init(&findings, summary);
	d.name = name_of(summary, tenant, &findings.arena);
	outbox_id(&r->store, tenant, changes, d.change_count, state->number, id);
	strbuf_init(&body, TELL_STATE_BYTES / 2);
	write_letter(&d, &r->config->mail, channel->to, id, r->now, &own, tenant, &body);
	good = outbox_put(&r->store, tenant, state, channel, changes, d.change_count,
			  &(struct outgoing){ .id = slice_of(id),
					      .body = strbuf_slice(&body),
					      .period = r->begun },
			  err);
	strbuf_release(&body);
	findings_release(&findings);
	return good;
}

static bool make(struct digesting *r, const char *tenant, struct tell_state *state,
		 const struct channel *channel, struct error *err)
{
	const struct summary *summary = recipients_summary(r->set, tenant);
	struct summary *empty = summary ? NULL : summary_new(r->now);
	const bool good = put_digest(r, tenant, summary ? summary : empty, state, channel, err);

	summary_free(empty);
	return good;
}

static bool send_pending(struct digesting *r, const char *tenant, struct tell_state *state,
			 const struct channel *channel, struct error *err)
{
	bool sent;

	if (!outbox_send(&r->store, tenant, state, channel, r->now, &sent, err))
		return false;
	r->result->sent += sent;
	return true;
}

static void tell_tenant(struct digesting *r, const char *tenant)
{
	const struct channel channel = {
		.config = r->config, .to = recipients_addresses(r->config, tenant, r->section->to)
	};
	struct tell_state state;
	struct error err;
	bool good;

	if (r->left || !channel.to)
		return;
	tell_state_init(&state);
	good = tell_store_read(&r->store, tenant, &state, &err) &&
	       send_pending(r, tenant, &state, &channel, &err);
	if (good && r->set && state.period < r->begun)
		good = make(r, tenant, &state, &channel, &err) &&
		       send_pending(r, tenant, &state, &channel, &err);
	r->due |= state.period < r->begun;
	r->result->waiting += r->set && state.message.id.size > 0;
	tell_state_release(&state);
	if (good)
		return;
	tell_note_error(r->result, "digest", r->section->name, tenant, &err);
	r->left = err.class != ERROR_REJECT;
}

static void tell_section(struct digesting *r)
{
	const char *const *tenants = recipients_tenants(r->config, r->section->tenants);

	for (; *tenants; tenants++)
		tell_tenant(r, *tenants);
}

/* Reads documents only when a digest is due. */
static void run_section(struct digesting *r)
{
	const int64_t days = r->section->every == EVERY_WEEK ? WEEK_READ_DAYS : MONTH_READ_DAYS;
	const struct report_query query = { NULL, midnight(r->now) - days * DAY };
	struct summary_set set;
	struct error err;

	tell_section(r);
	if (r->left || !r->due)
		return;
	summary_set_init(&set, r->now, true);
	if (report_read(r->config, &query, &set, &err)) {
		r->set = &set;
		tell_section(r);
	} else {
		tell_note_error(r->result, "digest", r->section->name, NULL, &err);
	}
	summary_set_release(&set);
}

static bool read_logo(const struct config *config, struct logo *logo, struct error *err)
{
	logo_init(logo);
	return !config->service.logo_file || logo_read(logo, config->service.logo_file, err);
}

void digest_run(struct config *config, int64_t now, struct tell_result *result)
{
	struct logo logo;
	struct error err;
	const bool has_logo = read_logo(config, &logo, &err);

	*result = (struct tell_result){ .worst = ERROR_NONE };
	for (const struct digest_config *d = config->digests; d; d = d->next) {
		struct digesting r = { .config = config,
				       .section = d,
				       .result = result,
				       .logo = &logo,
				       .now = now,
				       .begun = begun_period(d->every, now) };

		if (!has_logo || !tell_store_open(&r.store, config, "digest", d->name, &err)) {
			tell_note_error(result, "digest", d->name, NULL, &err);
			continue;
		}
		tell_store_clean(&r.store, config);
		run_section(&r);
		tell_store_close(&r.store);
	}
	logo_release(&logo);
}

/* --- one digest now
 * --------------------------------------------------------------------------- */

bool digest_send_now(struct config *config, const struct summary_set *set, const char *tenant,
		     const char *const *to, int64_t now, struct error *err)
{
	struct findings findings;
	struct logo logo;
	struct digest d = {
		.summary = set->all,
		.findings = &findings,
		.service = &config->service,
		.logo = &logo,
		.page = recipients_page(config, tenant),
		.periods = periods_before(EVERY_WEEK, now),
		.unit = "week",
	};
	const struct tell_store none = { "report", "now", -1 };
	char id[HASH_ID_SIZE];
	struct strbuf message;
	bool good;

	if (!read_logo(config, &logo, err)) {
		logo_release(&logo);
		return false;
	}
	findings_init(&findings, set->all);
	d.name = name_of(set->all, tenant, &findings.arena);
	outbox_id(&none, tenant ? tenant : PAGE_OF_ALL, NULL, 0, now, id);
	strbuf_init(&message, TELL_STATE_BYTES / 2);
	write_letter(&d, &config->mail, to, id, now, set, tenant, &message);
	good = delivery_mail(&config->mail, to, strbuf_slice(&message), err);
	strbuf_release(&message);
	findings_release(&findings);
	logo_release(&logo);
	return good;
}
