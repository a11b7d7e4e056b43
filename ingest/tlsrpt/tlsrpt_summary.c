/* tlsrpt_summary.c - what an SMTP TLS report is about: period, reporter, digest
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/domain_name.h"
#include "ingest/report/period.h"
#include "ingest/report/reason.h"
#include "ingest/report/report_name.h"
#include "ingest/tlsrpt/tlsrpt_reading.h"
#include "ingest/trust/trust.h"

/* A number in place of a time can only mean Unix seconds. */
static bool read_time(struct slice text, int64_t *time, bool *without_zone)
{
	uint64_t seconds;

	if (!slice_to_uint(text, UINT32_MAX, &seconds))
		return datetime_parse_any(text, time, without_zone);
	*time = (int64_t)seconds;
	return true;
}

static bool read_period(struct tlsrpt_reading *r, struct error *err)
{
	struct report_summary *summary = r->summary;
	bool start_without_zone = false, end_without_zone = false;
	int64_t begin, end;

	if (!read_time(r->report.start, &begin, &start_without_zone))
		return error_reject(err, REASON_BAD_DATE, "start-datetime is missing or no time");
	if (!read_time(r->report.end, &end, &end_without_zone)) {
		quirk_add(&summary->quirks, QUIRK_NO_END);
		end = begin;
	}
	if (start_without_zone || end_without_zone)
		quirk_add(&summary->quirks, QUIRK_DATE_NO_ZONE);
	if (period_mend(&begin, &end, r->settings->now))
		quirk_add(&summary->quirks, QUIRK_TS_ORDER);
	if (end < begin) {
		const int64_t swap = begin;

		quirk_add(&summary->quirks, QUIRK_TS_ORDER);
		begin = end;
		end = swap;
	}
	if (!period_check(begin, r->settings->now, &summary->quirks, err))
		return false;
	summary->begin = begin;
	summary->end = end;
	return true;
}

static struct slice domain_in(struct arena *arena, struct slice text)
{
	struct slice domain;

	return domain_normalise(arena, text, &domain) ? domain : slice_of(NULL);
}

static struct slice domain_of_address(struct arena *arena, struct slice address)
{
	const char *at = address.size > 0 ? memrchr(address.data, '@', address.size) : NULL;

	if (!at)
		return slice_of(NULL);
	return domain_in(arena, slice_between(at + 1, address.data + address.size));
}

/* RFC 8460 section 5.3: Report Domain: D Submitter: S Report-ID: <I> */
static struct slice domain_in_subject(struct arena *arena, struct slice subject)
{
	static const char label[] = "Report Domain:";
	const size_t at = slice_find_text(subject, label);
	struct slice rest;

	if (at == subject.size)
		return slice_of(NULL);
	rest = slice_between(subject.data + at + sizeof(label) - 1, subject.data + subject.size);
	return domain_in(arena, slice_split(slice_trim(rest), ' ', &rest));
}

struct slice tlsrpt_fallback_domain(struct tlsrpt_reading *r)
{
	const struct mail_headers *headers = r->source->headers;
	struct slice domain = domain_in(r->arena, headers->tls_report_domain);

	if (!domain.data && !report_name_domain(r->arena, r->source->name, &domain))
		domain = domain_in_subject(r->arena, headers->subject);
	return domain;
}

static void name_organization(struct tlsrpt_reading *r)
{
	const struct mail_headers *headers = r->source->headers;
	struct report_summary *summary = r->summary;
	const struct slice contact = domain_of_address(r->arena, r->report.contact_info);
	const struct slice candidates[] = {
		r->report.submitter, contact, headers->dkim_domains[0], headers->from_domain,
	};

	if (slice_trim(r->report.contact_info).size == 0)
		quirk_add(&summary->quirks, QUIRK_NO_CONTACT);
	if (headers->tls_report_submitter.size > 0 && contact.data &&
	    !slice_equal(r->report.submitter, contact))
		quirk_add(&summary->quirks, QUIRK_SUBMITTER_DIFFERS);
	trust_note(r->settings, headers, contact.data ? contact : r->report.submitter,
		   &summary->quirks);
	summary->organization = slice_trim(r->report.organization);
	if (summary->organization.size > 0)
		return;
	quirk_add(&summary->quirks, QUIRK_NO_ORG);
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		if (summary->organization.size == 0)
			summary->organization = candidates[i];
}

static void digest_of(struct tlsrpt_reading *r)
{
	const struct tlsrpt_report *report = &r->report;
	uint8_t policies[HASH_SIZE];

	hash_end(&r->hash, policies);
	hash_init(&r->hash);
	hash_field(&r->hash, report->organization);
	hash_field(&r->hash, report->contact_info);
	hash_field(&r->hash, report->report_id);
	hash_uint(&r->hash, (uint64_t)r->summary->begin);
	hash_uint(&r->hash, (uint64_t)r->summary->end);
	hash_uint(&r->hash, r->policy_count);
	hash_bytes(&r->hash, policies, sizeof(policies));
	hash_end(&r->hash, r->summary->digest);
}

/* A report without policies still belongs to somebody. */
static bool share_nothing(struct tlsrpt_reading *r)
{
	quirk_add(&r->summary->quirks, QUIRK_NO_POLICIES);
	return report_share_of(r->summary, r->arena,
			       tenant_of(r->settings->tenants, r->fallback), r->fallback);
}

bool tlsrpt_summarise(struct tlsrpt_reading *r, struct error *err)
{
	struct report_summary *summary = r->summary;

	if (quirk_has(&r->report.quirks, QUIRK_PARTIAL) &&
	    (!r->report.start.data || r->policy_count == 0))
		return error_reject(err, REASON_BAD_JSON, "broken before the %s",
				    r->report.start.data ? "end of the first policy" : "date range");
	if (!read_period(r, err))
		return false;
	r->report.submitter = domain_in(r->arena, r->source->headers->tls_report_submitter);
	name_organization(r);
	summary->report_id = r->report.report_id;
	if (r->policy_count == 0 && !share_nothing(r))
		return tlsrpt_no_room(err);
	if (r->arena->overflowed)
		return tlsrpt_no_room(err);
	digest_of(r);
	quirk_add_all(&summary->quirks, &r->report.quirks);
	quirk_add_all(&summary->quirks, &r->text_quirks);
	quirk_add_all(&summary->quirks, r->source->quirks);
	return true;
}
