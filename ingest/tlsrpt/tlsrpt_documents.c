/* tlsrpt_documents.c - the documents of an SMTP TLS report, kept or read again
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_cause.h"
#include "ingest/tlsrpt/tlsrpt_reading.h"

/* Documents of our own are given as policies pass, in their order.  In
 * parsedmarc's schema those of a tenant belong into one document: when all are
 * in memory they are given tenant by tenant afterwards. */
static bool gives_parsedmarc(const struct tlsrpt_reading *r)
{
	return !r->kept && ingest_writes(r->settings, SCHEMA_PARSEDMARC);
}

static bool give_head(struct tlsrpt_reading *r, const struct tlsrpt_policy *policy,
		      struct error *err)
{
	r->given++;
	if (ingest_writes(r->settings, SCHEMA_ECS) &&
	    !tlsrpt_flatten_policy(&r->flattener, policy, r->sink, err))
		return false;
	return !gives_parsedmarc(r) || parsedmarc_tls_policy(&r->parsedmarc, policy, err);
}

static bool give_failure(struct tlsrpt_reading *r, const struct tlsrpt_policy *policy,
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
static bool give_synthetic(struct tlsrpt_reading *r, const struct tlsrpt_policy *policy,
			   struct error *err)
{
	const struct tlsrpt_failure failure = {
		.failed_session_count = policy->failed,
		.result = slice_of(TLSRPT_UNSPECIFIED),
		.synthetic = true,
	};

	return give_failure(r, policy, &failure, 0, err);
}

static bool give_policy(struct tlsrpt_reading *r, const struct tlsrpt_policy *policy,
			struct error *err)
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

static bool give_kept(struct tlsrpt_reading *r, struct error *err)
{
	for (const struct tlsrpt_policy *policy = r->first; policy; policy = policy->next)
		if (!give_policy(r, policy, err))
			return false;
	return true;
}

static bool give_tenant(struct tlsrpt_reading *r, const struct report_share *share,
			struct error *err)
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
static bool give_parsedmarc(struct tlsrpt_reading *r, struct error *err)
{
	if (!ingest_writes(r->settings, SCHEMA_PARSEDMARC))
		return true;
	for (const struct report_share *s = r->summary.shares; r->kept && s; s = s->next)
		if (!give_tenant(r, s, err))
			return false;
	return parsedmarc_tls_end(&r->parsedmarc, err);
}

/* --- second reading --------------------------------------------------------- */

/* Whether a later list of policies takes the place of this one, or the policy
 * at hand is cut off. */
static bool is_void(const struct tlsrpt_reading *r)
{
	return r->policy_list != r->policy_lists || r->policy_index >= r->policy_end;
}

static void second_begin_policies(void *context)
{
	((struct tlsrpt_reading *)context)->policy_list++;
}

static bool second_begin_policy(void *context, struct tlsrpt_policy *policy, struct error *err)
{
	struct tlsrpt_reading *r = context;

	tlsrpt_reading_start_policy(r, policy);
	r->policy_index = policy->index;
	r->is_large = !is_void(r) && r->large && r->large->policy->index == policy->index;
	return !r->is_large || give_head(r, r->large->policy, err);
}

static bool second_failure(void *context, struct tlsrpt_policy *policy,
			   struct tlsrpt_failure *failure, struct error *err)
{
	struct tlsrpt_reading *r = context;
	const uint64_t index = policy->failure_count++;
	bool good = true;

	if (!tlsrpt_failure_interpret(failure, &r->failures, &r->report.quirks))
		return tlsrpt_no_room(err);
	if (!r->is_large && !is_void(r)) {
		tlsrpt_reading_keep(r, failure);
		return true;
	}
	if (r->is_large && r->failure_lists == r->large->list)
		good = give_failure(r, r->large->policy, failure, index, err);
	arena_reset(&r->failures);
	return good;
}

static bool second_end_policy(void *context, struct tlsrpt_policy *policy, struct error *err)
{
	struct tlsrpt_reading *r = context;

	if (r->is_large)
		r->large = r->large->next;
	else if (!is_void(r) && (!tlsrpt_reading_interpret(r, policy, &r->again, err) ||
				 !give_policy(r, policy, err)))
		return false;
	arena_reset(&r->again);
	return true;
}

static uint64_t documents_due(const struct tlsrpt_reading *r)
{
	uint64_t documents = 0;

	for (const struct report_share *share = r->summary.shares; share; share = share->next)
		documents += share->documents;
	return documents;
}

static bool second_reading(struct tlsrpt_reading *r, struct error *err)
{
	const struct tlsrpt_visitor visitor = {
		.context = r,
		.policies = &r->again,
		.failures = &r->failures,
		.begin_policies = second_begin_policies,
		.begin_policy = second_begin_policy,
		.begin_failures = tlsrpt_reading_begin_failures,
		.failure = second_failure,
		.end_policy = second_end_policy,
	};
	struct tlsrpt_report again;
	struct arena texts;
	bool good;

	arena_init(&texts, 2 * TLSRPT_REPORT_TEXT_BYTES);
	good = input_rewind(tlsrpt_reading_text(r), err) &&
	       tlsrpt_json_read(&again, &texts, tlsrpt_reading_text(r), r->repaired, &visitor,
				err);
	arena_release(&texts);
	if (good && r->given != documents_due(r))
		return error_set(err, ERROR_RETRY, "the report changed while it was read");
	return good;
}

bool tlsrpt_give_documents(struct tlsrpt_reading *r, struct error *err)
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
