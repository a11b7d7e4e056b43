/* tlsrpt_run.c - runs and documents of an SMTP TLS report
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/xalloc.h"
#include "ingest/report/input.h"
#include "ingest/tlsrpt/tlsrpt_cause.h"
#include "ingest/tlsrpt/tlsrpt_reading.h"

/* --- policies in memory --------------------------------------------------- */

/* Creates one failure in place of those without details. */
static struct tlsrpt_failure *new_synthetic(const struct tlsrpt_policy *policy, struct arena *arena)
{
	struct tlsrpt_failure *failure = arena_alloc(arena, sizeof(*failure));

	if (failure) {
		failure->failed_session_count = policy->failed;
		failure->result = slice_of(TLSRPT_UNSPECIFIED);
		failure->synthetic = true;
	}
	return failure;
}

/* Returns the policy itself, then its failures; synthetic ones are allocated in the arena. */
static bool next_of_policy(struct tlsrpt_cursor *c, struct arena *synthetic,
			   struct tlsrpt_item *item)
{
	*item = (struct tlsrpt_item){ .policy = c->policy };
	if (!c->in_policy) {
		c->in_policy = true;
		c->index = 0;
		c->failure = c->policy->failures;
		c->missing = c->policy->failure_count == 0 && c->policy->failed.number > 0;
		return true;
	}
	if (c->missing)
		c->failure = new_synthetic(c->policy, synthetic);
	c->missing = false;
	if (!c->failure)
		return false;
	item->failure = c->failure;
	item->index = c->index++;
	c->failure = c->failure->next;
	return true;
}

static bool next_item(struct tlsrpt_cursor *c, struct arena *synthetic, struct tlsrpt_item *item)
{
	while (c->policy) {
		if (next_of_policy(c, synthetic, item))
			return true;
		c->policy = c->policy->next;
		c->in_policy = false;
	}
	return false;
}

static void begin_at(struct tlsrpt_cursor *c, const struct tlsrpt_policy *policy)
{
	*c = (struct tlsrpt_cursor){ .policy = policy };
}

static void add_item(struct tlsrpt_reading *r, struct run *run, const struct tlsrpt_item *item)
{
	r->items = xgrow(r->items, r->item_count, &r->item_alloc, sizeof(*r->items));
	r->items[r->item_count++] = *item;
	r->passed++;
	run->sources[run->count] = item->failure ? &item->failure->source : NULL;
	run->servers[run->count++] = item->failure ? &item->failure->server : NULL;
}

static void add_items(struct tlsrpt_reading *r, struct run *run)
{
	struct tlsrpt_item item;

	while (run->count < run_records(r->settings) && next_item(&r->cursor, &r->synthetic, &item))
		add_item(r, run, &item);
}

/* --- second reading --------------------------------------------------------- */

/* Does a later list replace this list of policies, or is the current policy truncated? */
static bool is_void(const struct tlsrpt_reading *r)
{
	return r->policy_list != r->policy_lists || r->policy_index >= r->policy_end;
}

static void begin_policy(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct run *run)
{
	r->in_policy = true;
	r->failure_lists = 0;
	r->policy_failures = r->kept_failures = arena_mark(&r->failures);
	tlsrpt_begin_failures(r, policy);
	r->policy_index = policy->index;
	r->is_large = !is_void(r) && r->large && r->large->policy->index == policy->index;
	if (r->is_large)
		add_item(r, run, &(struct tlsrpt_item){ .policy = r->large->policy });
}

static void begin_failures(struct tlsrpt_reading *r, struct tlsrpt_policy *policy)
{
	r->failure_lists++;
	if (!r->is_large) {
		arena_cut(&r->failures, r->policy_failures);
		r->kept_failures = r->policy_failures;
	}
	tlsrpt_begin_failures(r, policy);
}

static bool end_failure(struct tlsrpt_reading *r, struct tlsrpt_policy *policy,
			struct tlsrpt_failure *failure, struct run *run, struct error *err)
{
	const uint64_t index = policy->failure_count++;

	if (!tlsrpt_failure_interpret(failure, &r->failures, &r->report.quirks))
		return tlsrpt_no_room(err);
	if (!r->is_large && !is_void(r)) {
		tlsrpt_keep_failure(r, failure);
	} else if (r->is_large && r->failure_lists == r->large->list) {
		add_item(r, run, &(struct tlsrpt_item){ r->large->policy, failure, index });
	} else {
		arena_cut(&r->failures, r->kept_failures);
		return true;
	}
	r->kept_failures = arena_mark(&r->failures);
	return true;
}

static bool end_policy(struct tlsrpt_reading *r, struct tlsrpt_policy *policy, struct error *err)
{
	r->in_policy = false;
	if (r->is_large || is_void(r)) {
		r->large = r->is_large ? r->large->next : r->large;
		r->is_large = false;
		arena_cut(&r->policies_again, r->kept_policies);
		return true;
	}
	if (!tlsrpt_interpret(r, policy, &r->policies_again, err))
		return false;
	r->kept_policies = arena_mark(&r->policies_again);
	begin_at(&r->cursor, policy);
	return true;
}

static uint64_t documents_due(const struct tlsrpt_reading *r)
{
	uint64_t documents = 0;

	for (const struct report_share *share = r->summary->shares; share; share = share->next)
		documents += share->documents;
	return documents;
}

static bool take_step(struct tlsrpt_reading *r, const struct tlsrpt_step *step, struct run *run,
		      struct error *err)
{
	switch (step->kind) {
	case TLSRPT_POLICIES: r->policy_list++; return true;
	case TLSRPT_POLICY: begin_policy(r, step->policy, run); return true;
	case TLSRPT_FAILURES: begin_failures(r, step->policy); return true;
	case TLSRPT_FAILURE: return end_failure(r, step->policy, step->failure, run, err);
	case TLSRPT_POLICY_END: return end_policy(r, step->policy, err);
	default:
		return r->passed == documents_due(r) ||
		       error_set(err, ERROR_RETRY, "the report changed while it was read");
	}
}

static bool begin_second_reading(struct tlsrpt_reading *r, struct error *err)
{
	if (!input_rewind(tlsrpt_reading_text(r), err))
		return false;
	arena_reset(&r->failures);
	r->parser = tlsrpt_parser_new(&r->report_again, &r->texts_again, &r->policies_again,
				      &r->failures, tlsrpt_reading_text(r), r->repaired);
	return true;
}

/* Frees the previous run, except a large policy that is still open. */
static void drop_items(struct tlsrpt_reading *r)
{
	arena_reset(&r->failures);
	r->policy_failures = r->kept_failures = arena_mark(&r->failures);
	if (r->in_policy)
		return;
	arena_reset(&r->policies_again);
	r->kept_policies = arena_mark(&r->policies_again);
}

/* A run must not end inside a policy whose failures are being kept: they belong together in
 * a later run. */
static bool is_full(const struct tlsrpt_reading *r, const struct run *run)
{
	if (run->count >= run_records(r->settings))
		return true;
	return run->count > 0 && (!r->in_policy || r->is_large) &&
	       r->failures.used + r->policies_again.used > TLSRPT_RUN_SIZE;
}

static bool read_items(struct tlsrpt_reading *r, struct run *run, struct error *err)
{
	struct tlsrpt_step step = { .kind = TLSRPT_NOTHING };

	if (!r->parser && !begin_second_reading(r, err))
		return false;
	add_items(r, run); /* the rest of a policy */
	if (run->count == 0)
		drop_items(r);
	while (!is_full(r, run) && step.kind != TLSRPT_END) {
		if (!tlsrpt_parser_next(r->parser, &step, err) || !take_step(r, &step, run, err))
			return false;
		add_items(r, run);
	}
	return true;
}

bool tlsrpt_next_run(struct tlsrpt_reading *r, struct run *run, struct error *err)
{
	run->kind = REPORT_TLSRPT;
	run->tenant = NULL;
	run->count = r->item_count = r->item_at = 0;
	r->in_item = false;
	arena_reset(&r->synthetic);
	if (r->kept)
		add_items(r, run);
	else if (!read_items(r, run, err))
		return false;
	r->ended = run->count == 0;
	return true;
}

/* --- documents ------------------------------------------------------------ */

void tlsrpt_begin_documents(struct tlsrpt_reading *r)
{
	struct tlsrpt_flattener *f = &r->flattener;

	f->settings = r->settings;
	f->source = r->source;
	f->report = &r->report;
	f->summary = r->summary;
	r->parsedmarc.report = &r->report;
	r->parsedmarc.summary = r->summary;
	if (r->kept)
		begin_at(&r->cursor, r->first);
	r->share = r->summary->shares;
	begin_at(&r->tenant_cursor, r->first);
}

/* Documents in our schema follow the order of policies.  In parsedmarc's schema, a tenant's
 * policies belong in one document: if all are in memory, the documents are made by tenant
 * after the last run. */
static bool makes_parsedmarc_in_passing(const struct tlsrpt_reading *r)
{
	return !r->kept && ingest_writes(r->settings, SCHEMA_PARSEDMARC);
}

static bool next_of_run(struct tlsrpt_reading *r, struct document *document, struct error *err)
{
	const struct tlsrpt_item *item = &r->items[r->item_at];
	const bool parsedmarc = makes_parsedmarc_in_passing(r);

	if (!r->in_item && ingest_writes(r->settings, SCHEMA_ECS)) {
		r->in_item = parsedmarc;
		r->item_at += !parsedmarc;
		return tlsrpt_flatten(&r->flattener, item, document, err);
	}
	r->in_item = false;
	r->item_at++;
	return !parsedmarc || parsedmarc_tls_add(&r->parsedmarc, item, document, err);
}

static bool next_of_tenants(struct tlsrpt_reading *r, struct tlsrpt_item *item)
{
	for (; r->share; r->share = r->share->next) {
		while (next_item(&r->tenant_cursor, &r->synthetic, item))
			if (item->policy->tenant == r->share->tenant)
				return true;
		arena_reset(&r->synthetic);
		begin_at(&r->tenant_cursor, r->first);
	}
	return false;
}

/* Returns the remaining documents in parsedmarc's schema. */
static bool next_of_report(struct tlsrpt_reading *r, struct document *document, struct error *err)
{
	const struct report_share *share = r->share;
	struct tlsrpt_item item;

	if (r->kept && !r->first && share) {
		r->share = share->next;
		return parsedmarc_tls_empty(&r->parsedmarc, share, document, err);
	}
	while (r->kept && !document->name && next_of_tenants(r, &item))
		if (!parsedmarc_tls_add(&r->parsedmarc, &item, document, err))
			return false;
	return document->name || parsedmarc_tls_end(&r->parsedmarc, document, err);
}

bool tlsrpt_next_document(struct tlsrpt_reading *r, struct document *document, struct error *err)
{
	document->name = NULL;
	while (!document->name && r->item_at < r->item_count)
		if (!next_of_run(r, document, err))
			return false;
	if (document->name || !r->ended || !ingest_writes(r->settings, SCHEMA_PARSEDMARC))
		return true;
	return next_of_report(r, document, err);
}
