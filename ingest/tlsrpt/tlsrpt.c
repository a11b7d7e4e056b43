/* tlsrpt.c - one SMTP TLS report: the first reading
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/report/input.h"
#include "ingest/report/reason.h"
#include "ingest/text/json_repair.h"
#include "ingest/text/text_decode.h"
#include "ingest/tlsrpt/tlsrpt_reading.h"

/* Of policies; from half of it on only those of large ones are kept. */
#define POLICIES_SIZE (4 * MIB)
#define FAILURES_SIZE (4 * MIB)
/* Room for one more, whatever it holds (its texts are limited). */
#define POLICY_SIZE_MAX (256 * KIB)
#define FAILURE_SIZE_MAX (256 * KIB)

/* Three bytes make an empty policy, and a document of it a thousand. */
#define EMPTY_POLICIES_MAX 1000

/* --- what both readings do with a policy ------------------------------------ */

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

bool tlsrpt_interpret(struct tlsrpt_reading *r, struct tlsrpt_policy *policy,
		      struct arena *arena, struct error *err)
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
		return error_reject(err, REASON_TOO_LARGE, "too many policies with too many details");
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
	policy->failure_sum =
		count_sum(policy->failure_sum, failure->failed_session_count.number);
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
	struct report_share *share =
		report_share_of(r->summary, r->arena, policy->tenant, policy->domain_name);
	const bool missing = policy->failure_count == 0 && policy->failed.number > 0;

	if (!share)
		return tlsrpt_no_room(err);
	if (!policy->domain.data && !policy->successful.given && !policy->failed.given &&
	    policy->failure_count == 0 && ++r->empty_policies > EMPTY_POLICIES_MAX)
		return error_reject(err, REASON_TOO_LARGE,
				    "more than %d policies without domain and counts",
				    EMPTY_POLICIES_MAX);
	if (share->documents == 0) /* a new one: the policy may go, the share stays */
		share->domain = arena_slice(r->arena, policy->domain_name);
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
	case TLSRPT_POLICIES:
		begin_policies(r);
		return true;
	case TLSRPT_POLICY:
		return begin_policy(r, step->policy, err);
	case TLSRPT_FAILURES:
		begin_failures(r, step->policy);
		return true;
	case TLSRPT_FAILURE:
		return end_failure(r, step->policy, step->failure, err);
	case TLSRPT_POLICY_END:
		return end_policy(r, step->policy, err);
	default:
		return true;
	}
}

static bool first_reading(struct tlsrpt_reading *r, struct error *err)
{
	struct tlsrpt_parser *parser =
		tlsrpt_parser_new(&r->report, r->arena, &r->policies, &r->failures,
				  tlsrpt_reading_text(r), r->repaired);
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

/* Strictly, then repaired and what is whole of it. */
static bool parse_with_fallbacks(struct tlsrpt_reading *r, struct error *err)
{
	struct error broken;

	r->decoded = text_decode_new(r->source->input, r->source->charset, false,
				     &r->text_quirks);
	if (first_reading(r, err))
		return true;
	broken = *err;
	if (!tlsrpt_json_is_broken(err))
		return false;
	r->repaired = json_repair_new(r->decoded, &r->text_quirks);
	if (input_rewind(r->repaired, err) && first_reading(r, err))
		return true;
	if (tlsrpt_json_is_broken(err))
		*err = broken; /* where it breaks as it stands */
	return false;
}

/* --- the whole -------------------------------------------------------------- */

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
	r->fallback = tlsrpt_fallback_domain(r);
	if (parse_with_fallbacks(r, err) && tlsrpt_summarise(r, err)) {
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
