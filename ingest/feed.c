/* SPDX-License-Identifier: MIT */
#include "ingest/feed.h"

#include "base/domain_name.h"
#include "ingest/report/period.h"

/* Totals of one tenant in the mail. */
struct part {
	const char *tenant;
	enum report_kind kind;
	uint64_t reports, documents, messages, successful_sessions, failed_sessions;
	struct slice domains[LIMIT_LIST_VALUES];
	size_t domain_count;
	bool has_rejects;
	struct report_summary summary; /* stands for all reports of the tenant */
};

static const struct report_share *share_of(const struct report_summary *summary, const char *tenant)
{
	const struct report_share *share = summary->shares;

	while (share && strcmp(share->tenant, tenant) != 0)
		share = share->next;
	return share;
}

static void add_domain(struct part *part, struct slice domain)
{
	if (domain.size == 0 || part->domain_count == LIMIT_LIST_VALUES)
		return;
	for (size_t i = 0; i < part->domain_count; i++)
		if (slice_equal(part->domains[i], domain))
			return;
	part->domains[part->domain_count++] = domain;
}

static void add_report(struct part *part, const struct report_summary *report,
		       const struct report_share *share)
{
	struct report_summary *all = &part->summary;

	if (part->reports++ == 0) {
		part->kind = report->kind;
		all->organization = report->organization;
		all->report_id = report->report_id;
		all->begin = report->begin;
		all->end = report->end;
	}
	if (report->begin < all->begin)
		all->begin = report->begin;
	if (report->end > all->end)
		all->end = report->end;
	quirk_add_all(&all->quirks, &report->quirks);
	part->documents += share->documents;
	part->messages = count_sum(part->messages, share->messages);
	part->successful_sessions = count_sum(part->successful_sessions,
					      share->successful_sessions);
	part->failed_sessions = count_sum(part->failed_sessions, share->failed_sessions);
	add_domain(part, share->domain);
	for (const struct report_domain *d = share->domains; d; d = d->next)
		add_domain(part, d->name);
}

static void write_counts(const struct feed *feed, const struct part *part,
			 struct document_writer *w)
{
	const struct ingest_result *result = feed->result;

	document_text(w, FIELD_ID_EVENT_OUTCOME, part->has_rejects ? "failure" : "success");
	document_text(w, FIELD_ID_FEED_KIND, report_kind_name(part->kind));
	document_string(w, FIELD_ID_EMAIL_MESSAGE_ID, feed->headers->message_id);
	document_string(w, FIELD_ID_FEED_MAILBOX, feed->headers->mailbox);
	document_string(w, FIELD_ID_FEED_FOLDER, feed->headers->folder);
	document_uint(w, FIELD_ID_FEED_REPORTS, part->reports);
	document_uint(w, FIELD_ID_FEED_DOCUMENTS, part->documents);
	document_uint(w, FIELD_ID_FEED_REJECTS, part->has_rejects ? result->rejects : 0);
	if (part->reports > 0 && part->summary.end <= feed->settings->now)
		document_uint(w, FIELD_ID_FEED_DELAY,
			      (uint64_t)(feed->settings->now - part->summary.end));
	document_strings(w, FIELD_ID_FEED_DOMAINS, part->domains, part->domain_count);
	document_uint(w, FIELD_ID_FEED_MESSAGES, part->messages);
	document_uint(w, FIELD_ID_FEED_SUCCESSFUL_SESSIONS, part->successful_sessions);
	document_uint(w, FIELD_ID_FEED_FAILED_SESSIONS, part->failed_sessions);
	if (part->has_rejects) {
		document_text(w, FIELD_ID_ERROR_CODE, result->reject.reason);
		document_text(w, FIELD_ID_ERROR_MESSAGE, result->reject.text);
	}
}

static bool write_part(struct feed *feed, const struct part *part, struct document_writer *w,
		       struct document *document, struct error *err)
{
	const struct report_source source = { .headers = feed->headers };
	const struct slice none = { NULL, 0 };

	document_name_of(&feed->name, DOCUMENT_FEED, part->tenant, &part->summary, none, 0, 0);
	document_begin(w, DOCUMENT_FEED);
	document_common(w, feed->settings, &source, &part->summary, part->tenant);
	write_counts(feed, part, w);
	return document_end(w, &feed->name, document, err);
}

/* Does an earlier report of the mail belong to this tenant? */
static bool seen_before(const struct feed *feed, const struct report_summary *report,
			const struct report_share *share)
{
	for (const struct report_summary *r = feed->result->summaries; r != report; r = r->next)
		if (share_of(r, share->tenant))
			return true;
	return false;
}

/* A mail without a report has only its Date header, which may be forged. */
static void date_by_mail(const struct feed *feed, struct report_summary *summary)
{
	int64_t date = feed->headers->date;
	struct error why;

	if (date != 0 && !period_check(date, feed->settings->now, &summary->quirks, &why)) {
		quirk_add(&summary->quirks, QUIRK_NO_PERIOD);
		date = 0;
	}
	summary->begin = summary->end = date;
}

static bool write_tenant(struct feed *feed, const char *tenant, struct document_writer *w,
			 struct document *document, struct error *err)
{
	struct part part = { .tenant = tenant, .has_rejects = feed->with_rejects };

	/* Only the first tenant's document counts rejects, so that a sum over all tenants
	 * counts each reject once. */
	feed->with_rejects = false;
	feed->written = true;

	memcpy(part.summary.digest, feed->digest, HASH_SIZE);
	part.summary.quirks = feed->quirks;
	for (const struct report_summary *r = feed->result->summaries; r; r = r->next) {
		const struct report_share *share = share_of(r, tenant);

		if (share)
			add_report(&part, r, share);
	}
	if (part.reports == 0) {
		date_by_mail(feed, &part.summary);
		add_domain(&part, feed->domain);
	}
	return write_part(feed, &part, w, document, err);
}

void feed_begin(struct feed *feed)
{
	feed->report = feed->result->summaries;
	feed->share = feed->report ? feed->report->shares : NULL;
	feed->with_rejects = feed->result->rejects > 0;
}

/* Returns the next tenant that no earlier report belongs to, or NULL. */
static const char *next_tenant(struct feed *feed)
{
	while (feed->report) {
		const struct report_summary *report = feed->report;
		const struct report_share *share = feed->share;

		if (!share) {
			feed->report = report->next;
			feed->share = feed->report ? feed->report->shares : NULL;
			continue;
		}
		feed->share = share->next;
		if (!seen_before(feed, report, share))
			return share->tenant;
	}
	return NULL;
}

bool feed_next(struct feed *feed, struct document_writer *writer, struct document *document,
	       struct error *err)
{
	const char *tenant = next_tenant(feed);

	document->name = NULL;
	if (!tenant && !feed->written)
		tenant = tenant_of(feed->settings->tenants, feed->domain);
	return !tenant || write_tenant(feed, tenant, writer, document, err);
}
