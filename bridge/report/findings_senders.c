/* findings_senders.c - findings about sending services (DMARC reports)
 *
 * SPDX-License-Identifier: MIT
 *
 * A sender is approved by the tenant, known (a service of a table, or the author's own
 * domain), or unknown. If a tenant has approved senders, unknown sources get a different
 * finding than services that only lack a setting.
 */
#include "bridge/report/findings_pile.h"

/* Services with a finding of their own. */
#define SERVICES 5

static const char approved_advice[] = "{service} is one of your approved senders: set up DKIM "
				      "there with d={subject} (most services call it "
				      "\"authenticate your domain\"), or a return path below "
				      "{subject}, before you make the policy stricter.";

static const struct tally *source_of(const struct summary *s, struct slice name,
				     struct slice author)
{
	const struct tally_table *table = summary_table(s, SUMMARY_SOURCES);

	for (size_t i = 0; i < table->alloc; i++)
		if (table->slots[i] && slice_equal(table->slots[i]->texts[SERVICE_NAME], name) &&
		    slice_equal(table->slots[i]->texts[SERVICE_AUTHOR], author))
			return table->slots[i];
	return NULL;
}

void finding_add_service(struct finding *finding, const struct summary *s, struct slice name,
			 struct slice author)
{
	const struct tally *source = source_of(s, name, author);

	finding_add_name(finding, "service", name);
	if (!source)
		return;
	finding_add_name(finding, "type", source->texts[SERVICE_KIND]);
	finding_add_name(finding, "status", source->texts[SERVICE_STATUS]);
	finding_add_name(finding, "help", source->texts[SERVICE_HELP]);
}

/* The addresses that the service sent from; absent: unknown. */
static struct slice addresses_of(struct findings *f, const struct summary *s,
				 const struct tally *service)
{
	const struct tally *rows[PILE_ROWS];
	const size_t count = tally_largest(summary_senders(s, SENDER_FOREIGN), DMARC_MESSAGES,
					   PILE_ROWS, rows);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(rows[i]->texts[SENDER_SOURCE], service->texts[SERVICE_NAME]) &&
		    rows[i]->texts[SENDER_ADDRESSES].size > 0)
			return sender_addresses(&f->arena, rows[i]);
	return slice_of(NULL);
}

static bool is_failing(const struct tally *service, const struct trend *failing, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(failing[i].name, service->texts[SERVICE_NAME]) &&
		    slice_equal(failing[i].author, service->texts[SERVICE_AUTHOR]))
			return true;
	return false;
}

static void add_unaligned(struct findings *f, const struct summary *s, const struct tally *service)
{
	const struct slice author = service->texts[SERVICE_AUTHOR];
	const struct slice status = service->texts[SERVICE_STATUS];
	const bool unknown = s->has_approved && slice_is(status, "unknown");
	struct pile pile = { .where = addresses_of(f, s, service) };
	struct finding finding = { .severity = SEVERITY_WARNING };

	pile_add(&pile, service, tally_name(service), SERVICE_AUTHOR);
	pile_fill(f, s, &finding, &pile, messages_from(s, author));
	finding.severity = is_few(s, pile.messages)
				   ? SEVERITY_NOTICE
				   : severity_then(SEVERITY_WARNING, finding.ended);
	finding_add_service(&finding, s, service->texts[SERVICE_NAME], author);
	finding_add_name(&finding, "identity", service->texts[SERVICE_IDENTITY]);
	finding_add_name(&finding, "policy_words", policy_words(s, &pile, author));
	if (slice_is(status, "approved"))
		finding.recommendation = finding_fill(&f->arena, &finding, approved_advice);
	findings_add(f, unknown ? FINDING_UNKNOWN_SOURCE : FINDING_UNALIGNED, &finding);
}

static void find_unaligned(struct findings *f, const struct summary *s, const struct trend *failing,
			   size_t failing_count)
{
	const struct tally *rows[SERVICES];
	const size_t count = tally_largest(summary_table(s, SUMMARY_SERVICES), DMARC_MESSAGES,
					   SERVICES, rows);

	for (size_t i = 0; i < count; i++)
		if (rows[i]->texts[SERVICE_NAME].size > 0 &&
		    !is_failing(rows[i], failing, failing_count))
			add_unaligned(f, s, rows[i]);
}

/* Failing mail has a finding of its own. */
static bool is_new_service(const struct summary *s, const struct tally *source)
{
	return source->texts[SERVICE_SENDS].size > 0 && summary_is_new(s, source->first) &&
	       source->counts[DMARC_PASSED] > 0 &&
	       !slice_is(source->texts[SERVICE_STATUS], "approved") &&
	       (source->counts[DMARC_MESSAGES] >= TREND_LEAST_MESSAGES ||
		!is_few(s, source->counts[DMARC_MESSAGES]));
}

static void find_new(struct findings *f, const struct summary *s)
{
	const struct tally *rows[PILE_ROWS];
	const size_t count = tally_largest(summary_table(s, SUMMARY_SOURCES), DMARC_MESSAGES,
					   PILE_ROWS, rows);
	size_t named = 0;

	for (size_t i = 0; i < count && named < SERVICES; i++) {
		const struct slice author = rows[i]->texts[SERVICE_AUTHOR];
		struct finding finding = { .severity = SEVERITY_NOTICE };
		struct pile pile = { .messages = 0 };

		if (!is_new_service(s, rows[i]))
			continue;
		named++;
		pile_add(&pile, rows[i], tally_name(rows[i]), SERVICE_AUTHOR);
		pile_fill(f, s, &finding, &pile, messages_from(s, author));
		finding_add_service(&finding, s, rows[i]->texts[SERVICE_NAME], author);
		findings_add(f, FINDING_NEW_SERVICE, &finding);
	}
}

void findings_of_senders(struct findings *f, const struct summary *s, const struct trend *failing,
			 size_t failing_count)
{
	find_unaligned(f, s, failing, failing_count);
	find_new(f, s);
}
