/* tlsrpt.c - reads one SMTP TLS report (RFC 8460)
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading collects totals, digest and oddities, and keeps policies
 * and failure details when they fit into memory; nearly every report does.
 * From one that does not, a second reading gives the documents away policy by
 * policy.  A policy whose own details do not fit is "large": its head is kept
 * from the first reading, because members come in any order and a detail may
 * pass before the policy it belongs to is known.
 */
#include "ingest/domain.h"
#include "ingest/parsedmarc.h"
#include "ingest/period.h"
#include "ingest/reason.h"
#include "ingest/tlsrpt_cause.h"
#include "ingest/tlsrpt_flatten.h"
#include "ingest/tlsrpt_json.h"
#include "ingest/trust.h"

/* Of policies; from half of it on only those of large ones are kept. */
#define POLICIES_SIZE (4 * MIB)
#define FAILURES_SIZE (4 * MIB)
/* Room for one more, whatever it holds (its texts are limited). */
#define POLICY_SIZE_MAX (256 * KIB)
#define FAILURE_SIZE_MAX (256 * KIB)

/* A policy whose details did not fit. */
struct large {
	struct large *next;
	struct tlsrpt_policy *policy;
	uint64_t list; /* which of its lists of details counts, from 1 */
};

/* Three bytes make an empty policy, and a document of it a thousand. */
#define EMPTY_POLICIES_MAX 1000

struct reading {
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct arena *arena; /* of the mail */
	struct report_summary summary;
	struct document_sink *sink;
	struct tlsrpt_report report;
	struct slice fallback; /* domain of policies that name none */
	struct arena policies, failures;
	/* of the policy at hand */
	struct tlsrpt_failure **last_failure;
	struct hash failures_hash;
	uint64_t failure_lists;
	bool is_large;
	/* of the first reading */
	struct hash hash; /* of the policies */
	struct tlsrpt_policy *first, **last;
	struct large *large, **last_large;
	struct slice domain; /* of the first policy */
	uint64_t policy_lists, policy_count, empty_policies;
	struct arena_mark next_policy;
	bool kept; /* everything so far is in memory */
	/* of the second */
	struct tlsrpt_flattener flattener;
	struct parsedmarc_tls parsedmarc;
	struct arena again; /* its policies, one at a time */
	uint64_t policy_list;
	uint64_t given; /* documents */
};

static bool no_room(struct error *err)
{
	return error_reject(err, REASON_TOO_LARGE, "no room for the report in memory");
}

/* --- what both readings do with a policy ------------------------------------ */

static void start_failures(struct reading *r, struct tlsrpt_policy *policy)
{
	if (!r->kept)
		arena_reset(&r->failures);
	policy->failures = NULL;
	policy->failure_count = 0;
	policy->failure_sum = 0;
	r->last_failure = &policy->failures;
	hash_init(&r->failures_hash);
}

static void keep_failure(struct reading *r, struct tlsrpt_failure *failure)
{
	*r->last_failure = failure;
	r->last_failure = &failure->next;
}

static void begin_failures(void *context, struct tlsrpt_policy *policy)
{
	struct reading *r = context;

	r->failure_lists++;
	start_failures(r, policy);
}

static void start_policy(struct reading *r, struct tlsrpt_policy *policy)
{
	r->is_large = false;
	r->failure_lists = 0;
	start_failures(r, policy);
}

static bool interpret_policy(struct reading *r, struct tlsrpt_policy *policy, struct arena *arena,
			     struct error *err)
{
	if (!tlsrpt_policy_interpret(policy, r->fallback, arena, &r->report.quirks))
		return no_room(err);
	policy->tenant = tenant_of(r->settings->tenants, policy->domain_name);
	return true;
}

/* --- first reading ---------------------------------------------------------- */

static void first_begin_policies(void *context)
{
	struct reading *r = context;

	arena_reset(&r->policies);
	arena_reset(&r->failures);
	r->first = NULL;
	r->last = &r->first;
	r->large = NULL;
	r->last_large = &r->large;
	r->summary.shares = NULL;
	r->domain = slice_of(NULL);
	r->policy_count = r->empty_policies = 0;
	r->policy_lists++;
	r->kept = true;
	r->next_policy = arena_mark(&r->policies);
	hash_init(&r->hash);
}

static bool first_begin_policy(void *context, struct tlsrpt_policy *policy, struct error *err)
{
	struct reading *r = context;

	if (r->policies.used > POLICIES_SIZE / 2)
		r->kept = false;
	if (r->policies.used > POLICIES_SIZE - POLICY_SIZE_MAX)
		return error_reject(err, REASON_TOO_LARGE, "too many policies with too many details");
	start_policy(r, policy);
	return true;
}

static bool first_failure(void *context, struct tlsrpt_policy *policy,
			  struct tlsrpt_failure *failure, struct error *err)
{
	struct reading *r = context;

	tlsrpt_failure_hash(failure, &r->failures_hash);
	if (!tlsrpt_failure_interpret(failure, &r->failures, &r->report.quirks))
		return no_room(err);
	policy->failure_count++;
	policy->failure_sum =
		count_sum(policy->failure_sum, failure->failed_session_count.number);
	if (r->failures.used > FAILURES_SIZE - FAILURE_SIZE_MAX) {
		r->kept = false;
		r->is_large = true;
	}
	if (r->is_large)
		arena_reset(&r->failures);
	else
		keep_failure(r, failure);
	return true;
}

static bool count_policy(struct reading *r, const struct tlsrpt_policy *policy, struct error *err)
{
	struct report_share *share =
		report_share_of(&r->summary, r->arena, policy->tenant, policy->domain_name);
	const bool missing = policy->failure_count == 0 && policy->failed.number > 0;

	if (!share)
		return no_room(err);
	if (!policy->domain.data && !policy->successful.given && !policy->failed.given &&
	    policy->failure_count == 0 && ++r->empty_policies > EMPTY_POLICIES_MAX)
		return error_reject(err, REASON_TOO_LARGE,
				    "more than %d policies without domain and counts",
				    EMPTY_POLICIES_MAX);
	if (share->documents == 0) /* a new one: the policy may go, the share stays */
		share->domain = arena_slice(r->arena, policy->domain_name);
	share->documents += 1 + policy->failure_count + missing;
	share->successful_sessions =
		count_sum(share->successful_sessions, policy->successful.number);
	share->failed_sessions = count_sum(share->failed_sessions, policy->failed.number);
	if (missing)
		quirk_add(&r->report.quirks, QUIRK_DETAILS_MISSING);
	else if (policy->failure_sum != policy->failed.number)
		quirk_add(&r->report.quirks, QUIRK_SUM_DIFFERS);
	return true;
}

static bool note_domain(struct reading *r, struct slice domain, struct error *err)
{
	if (r->policy_count == 0) {
		r->domain = arena_slice(r->arena, domain);
		return !domain.data || r->domain.data || no_room(err);
	}
	if (!slice_equal(r->domain, domain))
		quirk_add(&r->report.quirks, QUIRK_MULTI_DOMAIN);
	return true;
}

static bool keep_large(struct reading *r, struct tlsrpt_policy *policy, struct error *err)
{
	struct large *large = arena_alloc(&r->policies, sizeof(*large));

	if (!large)
		return no_room(err);
	large->policy = policy;
	large->list = r->failure_lists;
	*r->last_large = large;
	r->last_large = &large->next;
	return true;
}

static bool first_end_policy(void *context, struct tlsrpt_policy *policy, struct error *err)
{
	struct reading *r = context;
	uint8_t failures[HASH_SIZE];

	hash_end(&r->failures_hash, failures);
	tlsrpt_policy_hash(policy, &r->hash);
	hash_uint(&r->hash, policy->index);
	hash_uint(&r->hash, policy->failure_count);
	hash_bytes(&r->hash, failures, sizeof(failures));
	if (!interpret_policy(r, policy, &r->policies, err) ||
	    !note_domain(r, policy->domain_name, err) || !count_policy(r, policy, err))
		return false;
	r->policy_count++;
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

static bool first_reading(struct reading *r, struct error *err)
{
	const struct tlsrpt_visitor visitor = {
		.context = r,
		.policies = &r->policies,
		.failures = &r->failures,
		.begin_policies = first_begin_policies,
		.begin_policy = first_begin_policy,
		.begin_failures = begin_failures,
		.failure = first_failure,
		.end_policy = first_end_policy,
	};

	first_begin_policies(r);
	r->policy_lists = 0;
	return tlsrpt_json_read(&r->report, r->arena, r->source->input, &visitor, err);
}

/* --- what the report is about ----------------------------------------------- */

/* A number in place of a time can only mean Unix seconds. */
static bool read_time(struct slice text, int64_t *time, bool *without_zone)
{
	uint64_t seconds;

	if (!slice_to_uint(text, UINT32_MAX, &seconds))
		return datetime_parse(text, time, without_zone) ||
		       datetime_parse_mail(text, time);
	*time = (int64_t)seconds;
	return true;
}

static bool read_period(struct reading *r, struct error *err)
{
	struct report_summary *summary = &r->summary;
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

/* RFC 8460 section 5.1: sender!policy-domain!begin!end... */
static struct slice domain_in_name(struct arena *arena, struct slice name)
{
	struct slice rest;

	slice_split(name, '!', &rest);
	return domain_in(arena, slice_split(rest, '!', &rest));
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

static struct slice fallback_domain(struct reading *r)
{
	const struct mail_headers *headers = r->source->headers;
	struct slice domain = domain_in(r->arena, headers->tls_report_domain);

	if (!domain.data)
		domain = domain_in_name(r->arena, r->source->name);
	if (!domain.data)
		domain = domain_in_subject(r->arena, headers->subject);
	return domain;
}

static void name_organization(struct reading *r)
{
	const struct mail_headers *headers = r->source->headers;
	struct report_summary *summary = &r->summary;
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

static void digest_of(struct reading *r)
{
	const struct tlsrpt_report *report = &r->report;
	uint8_t policies[HASH_SIZE];

	hash_end(&r->hash, policies);
	hash_init(&r->hash);
	hash_field(&r->hash, report->organization);
	hash_field(&r->hash, report->contact_info);
	hash_field(&r->hash, report->report_id);
	hash_uint(&r->hash, (uint64_t)r->summary.begin);
	hash_uint(&r->hash, (uint64_t)r->summary.end);
	hash_uint(&r->hash, r->policy_count);
	hash_bytes(&r->hash, policies, sizeof(policies));
	hash_end(&r->hash, r->summary.digest);
}

/* A report without policies still belongs to somebody. */
static bool share_nothing(struct reading *r)
{
	quirk_add(&r->summary.quirks, QUIRK_NO_POLICIES);
	return report_share_of(&r->summary, r->arena,
			       tenant_of(r->settings->tenants, r->fallback), r->fallback);
}

static bool summarise(struct reading *r, struct error *err)
{
	struct report_summary *summary = &r->summary;

	summary->kind = REPORT_TLSRPT;
	if (!read_period(r, err))
		return false;
	r->report.submitter = domain_in(r->arena, r->source->headers->tls_report_submitter);
	name_organization(r);
	summary->report_id = r->report.report_id;
	if (r->policy_count == 0 && !share_nothing(r))
		return no_room(err);
	if (r->arena->overflowed)
		return no_room(err);
	digest_of(r);
	quirk_add_all(&summary->quirks, &r->report.quirks);
	quirk_add_all(&summary->quirks, r->source->quirks);
	return true;
}

/* --- documents -------------------------------------------------------------- */

/* Documents of our own are given as policies pass, in their order.  In
 * parsedmarc's schema those of a tenant belong into one document: when all are
 * in memory they are given tenant by tenant afterwards. */
static bool gives_parsedmarc(const struct reading *r)
{
	return !r->kept && ingest_writes(r->settings, SCHEMA_PARSEDMARC);
}

static bool give_head(struct reading *r, const struct tlsrpt_policy *policy, struct error *err)
{
	r->given++;
	if (ingest_writes(r->settings, SCHEMA_ECS) &&
	    !tlsrpt_flatten_policy(&r->flattener, policy, r->sink, err))
		return false;
	return !gives_parsedmarc(r) || parsedmarc_tls_policy(&r->parsedmarc, policy, err);
}

static bool give_failure(struct reading *r, const struct tlsrpt_policy *policy,
			 const struct tlsrpt_failure *failure, uint64_t index, struct error *err)
{
	r->given++;
	if (ingest_writes(r->settings, SCHEMA_ECS) &&
	    !tlsrpt_flatten_failure(&r->flattener, policy, failure, index, r->sink, err))
		return false;
	return !gives_parsedmarc(r) ||
	       parsedmarc_tls_failure(&r->parsedmarc, policy, failure, index, err);
}

/* One failure in place of those the report says nothing of. */
static bool give_synthetic(struct reading *r, const struct tlsrpt_policy *policy,
			   struct error *err)
{
	const struct tlsrpt_failure failure = {
		.failed_session_count = policy->failed,
		.result = slice_of(TLSRPT_UNSPECIFIED),
		.synthetic = true,
	};

	return give_failure(r, policy, &failure, 0, err);
}

static bool give_policy(struct reading *r, const struct tlsrpt_policy *policy, struct error *err)
{
	uint64_t index = 0;

	if (!give_head(r, policy, err))
		return false;
	if (policy->failure_count == 0 && policy->failed.number > 0)
		return give_synthetic(r, policy, err);
	for (const struct tlsrpt_failure *failure = policy->failures; failure;
	     failure = failure->next)
		if (!give_failure(r, policy, failure, index++, err))
			return false;
	return true;
}

static bool give_kept(struct reading *r, struct error *err)
{
	for (const struct tlsrpt_policy *policy = r->first; policy; policy = policy->next)
		if (!give_policy(r, policy, err))
			return false;
	return true;
}

static bool give_tenant(struct reading *r, const struct report_share *share, struct error *err)
{
	for (const struct tlsrpt_policy *policy = r->first; policy; policy = policy->next) {
		uint64_t index = 0;

		if (policy->tenant != share->tenant)
			continue;
		if (!parsedmarc_tls_policy(&r->parsedmarc, policy, err))
			return false;
		for (const struct tlsrpt_failure *f = policy->failures; f; f = f->next)
			if (!parsedmarc_tls_failure(&r->parsedmarc, policy, f, index++, err))
				return false;
	}
	return r->first || parsedmarc_tls_empty(&r->parsedmarc, share, err);
}

/* What is left of parsedmarc's documents. */
static bool give_parsedmarc(struct reading *r, struct error *err)
{
	if (!ingest_writes(r->settings, SCHEMA_PARSEDMARC))
		return true;
	for (const struct report_share *s = r->summary.shares; r->kept && s; s = s->next)
		if (!give_tenant(r, s, err))
			return false;
	return parsedmarc_tls_end(&r->parsedmarc, err);
}

/* --- second reading --------------------------------------------------------- */

/* Whether a later list of policies takes the place of this one. */
static bool is_void(const struct reading *r)
{
	return r->policy_list != r->policy_lists;
}

static void second_begin_policies(void *context)
{
	((struct reading *)context)->policy_list++;
}

static bool second_begin_policy(void *context, struct tlsrpt_policy *policy, struct error *err)
{
	struct reading *r = context;

	start_policy(r, policy);
	r->is_large = !is_void(r) && r->large && r->large->policy->index == policy->index;
	return !r->is_large || give_head(r, r->large->policy, err);
}

static bool second_failure(void *context, struct tlsrpt_policy *policy,
			   struct tlsrpt_failure *failure, struct error *err)
{
	struct reading *r = context;
	const uint64_t index = policy->failure_count++;
	bool good = true;

	if (!tlsrpt_failure_interpret(failure, &r->failures, &r->report.quirks))
		return no_room(err);
	if (!r->is_large && !is_void(r)) {
		keep_failure(r, failure);
		return true;
	}
	if (r->is_large && r->failure_lists == r->large->list)
		good = give_failure(r, r->large->policy, failure, index, err);
	arena_reset(&r->failures);
	return good;
}

static bool second_end_policy(void *context, struct tlsrpt_policy *policy, struct error *err)
{
	struct reading *r = context;

	if (r->is_large)
		r->large = r->large->next;
	else if (!is_void(r) && (!interpret_policy(r, policy, &r->again, err) ||
				 !give_policy(r, policy, err)))
		return false;
	arena_reset(&r->again);
	return true;
}

static uint64_t documents_due(const struct reading *r)
{
	uint64_t documents = 0;

	for (const struct report_share *share = r->summary.shares; share; share = share->next)
		documents += share->documents;
	return documents;
}

static bool second_reading(struct reading *r, struct error *err)
{
	const struct tlsrpt_visitor visitor = {
		.context = r,
		.policies = &r->again,
		.failures = &r->failures,
		.begin_policies = second_begin_policies,
		.begin_policy = second_begin_policy,
		.begin_failures = begin_failures,
		.failure = second_failure,
		.end_policy = second_end_policy,
	};
	struct tlsrpt_report again;
	struct arena texts;
	bool good;

	arena_init(&texts, 2 * TLSRPT_REPORT_TEXT_BYTES);
	good = input_rewind(r->source->input, err) &&
	       tlsrpt_json_read(&again, &texts, r->source->input, &visitor, err);
	arena_release(&texts);
	if (good && r->given != documents_due(r))
		return error_set(err, ERROR_RETRY, "the report changed while it was read");
	return good;
}

static bool give_documents(struct reading *r, struct error *err)
{
	struct tlsrpt_flattener *f = &r->flattener;
	bool good;

	f->settings = r->settings;
	f->source = r->source;
	f->report = &r->report;
	f->summary = &r->summary;
	r->parsedmarc = (struct parsedmarc_tls){
		.report = &r->report,
		.summary = &r->summary,
		.sink = r->sink,
	};
	tlsrpt_flattener_init(f);
	parsedmarc_tls_init(&r->parsedmarc);
	good = (r->kept ? give_kept(r, err) : second_reading(r, err)) && give_parsedmarc(r, err);
	parsedmarc_tls_release(&r->parsedmarc);
	tlsrpt_flattener_release(f);
	return good;
}

bool tlsrpt_read(const struct ingest_settings *settings, struct arena *arena,
		 const struct report_source *source, struct document_sink *sink,
		 struct report_summary *summary, struct error *err)
{
	struct reading r = {
		.settings = settings,
		.source = source,
		.arena = arena,
		.sink = sink,
	};
	bool good;

	arena_init(&r.policies, POLICIES_SIZE);
	arena_init(&r.again, POLICIES_SIZE);
	arena_init(&r.failures, FAILURES_SIZE);
	r.fallback = fallback_domain(&r);
	good = first_reading(&r, err) && summarise(&r, err) && give_documents(&r, err);
	arena_release(&r.failures);
	arena_release(&r.again);
	arena_release(&r.policies);
	if (good)
		*summary = r.summary;
	return good;
}
