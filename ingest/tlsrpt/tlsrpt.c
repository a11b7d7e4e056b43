/* tlsrpt.c - first reading of an SMTP TLS report
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt.h"

#include <stdlib.h>

#include "base/domain_name.h"
#include "base/xalloc.h"
#include "ingest/report/address.h"
#include "ingest/report/input.h"
#include "ingest/report/period.h"
#include "ingest/report/reason.h"
#include "ingest/report/report_name.h"
#include "ingest/text/json_repair.h"
#include "ingest/text/text_decode.h"
#include "ingest/tlsrpt/tlsrpt_reading.h"
#include "ingest/trust/trust.h"

/* Limit for policies; above half of it, only large policies are kept. */
#define POLICIES_SIZE (4 * MIB)
#define FAILURES_SIZE (4 * MIB)
/* Room for one more item of maximum size (its texts are limited). */
#define POLICY_SIZE_MAX (256 * KIB)
#define FAILURE_SIZE_MAX (256 * KIB)

/* An empty policy takes three bytes, its document a thousand. */
#define EMPTY_POLICIES_MAX 1000

/* --- shared by both readings -------------------------------------------------- */

void tlsrpt_begin_failures(struct tlsrpt_reading *r, struct tlsrpt_policy *policy)
{
	policy->failures = NULL;
	policy->failure_count = 0;
	policy->failure_sum = 0;
	r->last_failure = &policy->failures;
	hash_init(&r->failures_hash);
}

void tlsrpt_keep_failure(struct tlsrpt_reading *r, struct tlsrpt_failure *failure)
{
	*r->last_failure = failure;
	r->last_failure = &failure->next;
}

bool tlsrpt_interpret(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct arena *arena,
		      struct error *err)
{
	if (!tlsrpt_policy_interpret(policy, r->fallback, arena, &r->report.quirks))
		return tlsrpt_no_room(err);
	policy->tenant = tenant_of(r->settings->tenants, policy->domain_name);
	return true;
}

/* --- first reading ---------------------------------------------------------- */

static void begin_policies(struct tlsrpt_reading *r)
{
	arena_reset(&r->policies);
	arena_reset(&r->failures);
	r->first = NULL;
	r->last = &r->first;
	r->large = NULL;
	r->last_large = &r->large;
	r->summary->shares = NULL;
	r->domain = slice_of(NULL);
	r->policy_count = r->empty_policies = r->policy_end = 0;
	r->policy_lists++;
	r->kept = true;
	r->next_policy = arena_mark(&r->policies);
	hash_init(&r->hash);
}

static void begin_failures(struct tlsrpt_reading *r, struct tlsrpt_policy *policy)
{
	r->failure_lists++;
	if (!r->kept)
		arena_reset(&r->failures);
	tlsrpt_begin_failures(r, policy);
}

static bool begin_policy(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct error *err)
{
	if (r->policies.used > POLICIES_SIZE / 2)
		r->kept = false;
	if (r->policies.used > POLICIES_SIZE - POLICY_SIZE_MAX)
		return error_reject(err, REASON_TOO_LARGE,
				    "too many policies with too many details");
	begin_failures(r, policy);
	r->is_large = false;
	r->failure_lists = 0;
	return true;
}

static bool end_failure(struct tlsrpt_reading *r, struct tlsrpt_policy *policy,
			struct tlsrpt_failure *failure, struct error *err)
{
	tlsrpt_failure_hash(failure, &r->failures_hash);
	if (!tlsrpt_failure_interpret(failure, &r->failures, &r->report.quirks))
		return tlsrpt_no_room(err);
	policy->failure_count++;
	policy->failure_sum = count_sum(policy->failure_sum, failure->failed_session_count.number);
	if (r->failures.used > FAILURES_SIZE - FAILURE_SIZE_MAX) {
		r->kept = false;
		r->is_large = true;
	}
	if (r->is_large)
		arena_reset(&r->failures);
	else
		tlsrpt_keep_failure(r, failure);
	return true;
}

static bool count_policy(struct tlsrpt_reading *r, const struct tlsrpt_policy *policy,
			 struct error *err)
{
	struct report_share *share = report_share_of(r->summary, r->arena, policy->tenant,
						     policy->domain_name);
	const bool missing = policy->failure_count == 0 && policy->failed.number > 0;

	if (!share)
		return tlsrpt_no_room(err);
	if (!policy->domain.data && !policy->successful.given && !policy->failed.given &&
	    policy->failure_count == 0 && ++r->empty_policies > EMPTY_POLICIES_MAX)
		return error_reject(err, REASON_TOO_LARGE,
				    "more than %d policies without domain and counts",
				    EMPTY_POLICIES_MAX);
	share->documents += 1 + policy->failure_count + missing;
	tlsrpt_sessions_add(&r->sessions, r->arena, policy, share);
	if (missing)
		quirk_add(&r->report.quirks, QUIRK_DETAILS_MISSING);
	else if (policy->failure_sum != policy->failed.number)
		quirk_add(&r->report.quirks, QUIRK_SUM_DIFFERS);
	return true;
}

static bool note_domain(struct tlsrpt_reading *r, struct slice domain, struct error *err)
{
	if (r->policy_count == 0) {
		r->domain = arena_slice(r->arena, domain);
		return !domain.data || r->domain.data || tlsrpt_no_room(err);
	}
	if (!slice_equal(r->domain, domain))
		quirk_add(&r->report.quirks, QUIRK_MULTI_DOMAIN);
	return true;
}

static bool keep_large(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct error *err)
{
	struct tlsrpt_large_policy *large = arena_alloc(&r->policies, sizeof(*large));

	if (!large)
		return tlsrpt_no_room(err);
	large->policy = policy;
	large->list = r->failure_lists;
	*r->last_large = large;
	r->last_large = &large->next;
	return true;
}

static bool end_policy(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct error *err)
{
	uint8_t failures[HASH_SIZE];

	hash_end(&r->failures_hash, failures);
	tlsrpt_policy_hash(policy, &r->hash);
	hash_uint(&r->hash, policy->index);
	hash_uint(&r->hash, policy->failure_count);
	hash_bytes(&r->hash, failures, sizeof(failures));
	if (!tlsrpt_interpret(r, policy, &r->policies, err) ||
	    !note_domain(r, policy->domain_name, err) || !count_policy(r, policy, err))
		return false;
	r->policy_count++;
	r->policy_end = policy->index + 1;
	if (r->is_large && !keep_large(r, policy, err))
		return false;
	if (r->kept) {
		*r->last = policy;
		r->last = &policy->next;
	}
	if (!r->kept && !r->is_large)
		arena_cut(&r->policies, r->next_policy);
	r->next_policy = arena_mark(&r->policies);
	return true;
}

static bool take_step(struct tlsrpt_reading *r, const struct tlsrpt_step *step, struct error *err)
{
	switch (step->kind) {
	case TLSRPT_POLICIES: begin_policies(r); return true;
	case TLSRPT_POLICY: return begin_policy(r, step->policy, err);
	case TLSRPT_FAILURES: begin_failures(r, step->policy); return true;
	case TLSRPT_FAILURE: return end_failure(r, step->policy, step->failure, err);
	case TLSRPT_POLICY_END: return end_policy(r, step->policy, err);
	default: return true;
	}
}

static bool first_reading(struct tlsrpt_reading *r, struct error *err)
{
	struct tlsrpt_parser *parser = tlsrpt_parser_new(&r->report, r->arena, &r->policies,
							 &r->failures, tlsrpt_reading_text(r),
							 r->repaired);
	struct tlsrpt_step step;
	bool good;

	begin_policies(r);
	r->policy_lists = 0;
	do
		good = tlsrpt_parser_next(parser, &step, err) && take_step(r, &step, err);
	while (good && step.kind != TLSRPT_END);
	tlsrpt_parser_free(parser);
	return good;
}

/* Parses strictly, then with repairs and salvage. */
static bool parse_with_fallbacks(struct tlsrpt_reading *r, struct error *err)
{
	struct error broken;

	r->decoded = text_decode_new(r->source->input, r->source->charset, false, &r->text_quirks);
	if (first_reading(r, err))
		return true;
	broken = *err;
	if (!tlsrpt_json_is_broken(err))
		return false;
	r->repaired = json_repair_new(r->decoded, &r->text_quirks);
	if (input_rewind(r->repaired, err) && first_reading(r, err))
		return true;
	if (tlsrpt_json_is_broken(err))
		*err = broken; /* report the fault of the unrepaired text */
	return false;
}

/* --- metadata ------------------------------------------------------------------ */

static bool read_period(struct tlsrpt_reading *r, struct error *err)
{
	struct report_summary *summary = r->summary;

	if (!period_read(PERIOD_RFC_3339, r->report.start, r->report.end, r->settings->now,
			 &summary->begin, &summary->end, &summary->quirks, err))
		return false;
	return !quirk_has(&summary->quirks, QUIRK_NO_PERIOD) ||
	       error_reject(err, REASON_BAD_DATE, "the period is missing, or not a time");
}

static struct slice domain_in(struct arena *arena, struct slice text)
{
	struct slice domain;

	return domain_normalise(arena, text, &domain) ? domain : slice_of(NULL);
}

/* Returns D in a subject as in RFC 8460 section 5.3: Report Domain: D Submitter: S
 * Report-ID: <I> */
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

static struct slice fallback_domain(struct tlsrpt_reading *r)
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
	const struct slice contact = address_domain(r->arena, r->report.contact_info);
	const struct slice candidates[] = {
		r->report.submitter,
		contact,
		headers->dkim_domains[0],
		headers->from_domain,
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

/* A report without policies also belongs to a tenant. */
static bool add_empty_share(struct tlsrpt_reading *r)
{
	quirk_add(&r->summary->quirks, QUIRK_NO_POLICIES);
	return report_share_of(r->summary, r->arena, tenant_of(r->settings->tenants, r->fallback),
			       r->fallback);
}

static bool summarise(struct tlsrpt_reading *r, struct error *err)
{
	struct report_summary *summary = r->summary;

	if (quirk_has(&r->report.quirks, QUIRK_PARTIAL) &&
	    (!r->report.start.data || r->policy_count == 0))
		return error_reject(err, REASON_BAD_JSON, "broken before the %s",
				    r->report.start.data ? "end of the first policy"
							 : "date range");
	if (!read_period(r, err))
		return false;
	r->report.submitter = domain_in(r->arena, r->source->headers->tls_report_submitter);
	name_organization(r);
	summary->report_id = r->report.report_id;
	if (r->policy_count == 0 && !add_empty_share(r))
		return tlsrpt_no_room(err);
	if (r->arena->overflowed)
		return tlsrpt_no_room(err);
	digest_of(r);
	quirk_add_all(&summary->quirks, &r->report.quirks);
	quirk_add_all(&summary->quirks, &r->text_quirks);
	quirk_add_all(&summary->quirks, r->source->quirks);
	return true;
}

/* --- entry points -------------------------------------------------------------- */

struct tlsrpt_reading *tlsrpt_open(const struct ingest_settings *settings, struct arena *arena,
				   const struct report_source *source,
				   struct report_summary *summary, struct error *err)
{
	struct tlsrpt_reading *r = xcalloc(1, sizeof(*r));

	r->settings = settings;
	r->source = source;
	r->arena = arena;
	r->summary = summary;
	*summary = (struct report_summary){ .kind = REPORT_TLSRPT };
	arena_init(&r->policies, POLICIES_SIZE);
	arena_init(&r->failures, FAILURES_SIZE + TLSRPT_RUN_SIZE);
	arena_init(&r->policies_again, POLICIES_SIZE + TLSRPT_RUN_SIZE);
	arena_init(&r->texts_again, 2 * TLSRPT_REPORT_TEXT_BYTES);
	arena_init(&r->synthetic, MIB);
	tlsrpt_flattener_init(&r->flattener);
	parsedmarc_tls_init(&r->parsedmarc);
	r->fallback = fallback_domain(r);
	if (parse_with_fallbacks(r, err) && summarise(r, err)) {
		tlsrpt_begin_documents(r);
		return r;
	}
	tlsrpt_close(r);
	return NULL;
}

void tlsrpt_close(struct tlsrpt_reading *r)
{
	if (!r)
		return;
	tlsrpt_parser_free(r->parser);
	free(r->items);
	parsedmarc_tls_release(&r->parsedmarc);
	tlsrpt_flattener_release(&r->flattener);
	input_close(r->repaired);
	input_close(r->decoded);
	arena_release(&r->synthetic);
	arena_release(&r->texts_again);
	arena_release(&r->policies_again);
	arena_release(&r->failures);
	arena_release(&r->policies);
	free(r);
}
