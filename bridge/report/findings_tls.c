/* findings_tls.c - findings about mail to the customer's domains (SMTP TLS reports)
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
/* Fewer failures than one in this many sessions are explained by single broken
 * connections. */
#define RARE 200
/* A policy in mode testing is ready to enforce after this many days without failures. */
#define READY_DAYS 13
#define MOST 64

static enum tls_type type_of(struct slice type)
{
	return slice_is(type, "sts") ? TLS_STS : slice_is(type, "tlsa") ? TLS_DANE : TLS_OTHER;
}

/* The sender could not fetch the policy: it delivers under a cached one, or without (RFC
 * 8461 sections 3.3 and 5). */
static bool is_about_policy(struct slice result)
{
	return slice_is(result, "sts-policy-fetch-error") ||
	       slice_is(result, "sts-webpki-invalid") || slice_is(result, "sts-policy-invalid");
}

static bool is_rare(const struct summary *s, const struct tally *t)
{
	const uint64_t *sessions = s->sessions[type_of(t->texts[FAILURE_TYPE])];

	return t->counts[0] < (sessions[TLS_ENCRYPTED] + sessions[TLS_FAILED]) / RARE;
}

static enum finding_id id_of(const struct summary *s, const struct tally *t)
{
	const struct slice mode = t->texts[FAILURE_MODE];
	const bool sts = slice_is(t->texts[FAILURE_TYPE], "sts");

	if (is_about_policy(t->texts[FAILURE_RESULT]))
		return FINDING_TLS_POLICY;
	if (slice_is(t->texts[FAILURE_TYPE], "tlsa") || (sts && slice_is(mode, "enforce")))
		return is_rare(s, t) ? FINDING_TLS_RARE : FINDING_TLS_REFUSED;
	if (sts && slice_is(mode, "testing"))
		return FINDING_TLS_TESTING;
	return sts && mode.size == 0 ? FINDING_TLS_UNKNOWN : FINDING_TLS_CLEAR;
}

static enum severity severity_of(enum finding_id id, const struct tally *t, bool ended)
{
	if (ended)
		return SEVERITY_NOTICE;
	if (id == FINDING_TLS_REFUSED)
		return SEVERITY_CRITICAL;
	if (id == FINDING_TLS_CLEAR || slice_is(t->texts[FAILURE_MODE], "none"))
		return SEVERITY_NOTICE;
	return SEVERITY_WARNING;
}

static struct slice policy_name(struct findings *f, struct slice type, struct slice mode)
{
	struct finding named = { .subject = policy_word(type) };

	if (slice_is(type, "sts"))
		finding_add_name(&named, "mode", mode);
	return finding_fill(&f->arena, &named, "{subject}[, mode {mode}]");
}

static void add_failure(struct findings *f, const struct summary *s, const struct tally *t)
{
	const enum finding_id id = id_of(s, t);
	struct finding finding = {
		.subject = t->texts[FAILURE_DOMAIN].size > 0 ? t->texts[FAILURE_DOMAIN]
							     : slice_of("your domain"),
		.why = t->texts[FAILURE_CAUSE],
		/* This text comes from the failure and does not consider whether the mail
		 * was delivered. */
		.effect = id == FINDING_TLS_POLICY ? slice_of(NULL) : t->texts[FAILURE_EFFECT],
		.recommendation = t->texts[FAILURE_ADVICE],
		.weight = t->counts[0],
	};

	if (t->counts[0] == 0)
		return;
	finding_set_days(&finding, t->first, t->last, s->first_tls, s->last_tls);
	finding.severity = severity_of(id, t, finding.ended);
	finding_add_figure(&finding, "failed_sessions", t->counts[0]);
	finding_add_name(&finding, "host", t->texts[FAILURE_HOST]);
	finding_add_name(&finding, "result", t->texts[FAILURE_RESULT]);
	finding_add_name(&finding, "policy",
			 policy_name(f, t->texts[FAILURE_TYPE], t->texts[FAILURE_MODE]));
	findings_add(f, id, &finding);
}

static bool is_ready(const struct tally *t)
{
	return slice_is(t->texts[2], "testing") && t->counts[TLS_FAILED] == 0 &&
	       t->last - t->first >= READY_DAYS * DAY;
}

static void add_policies(struct findings *f, enum finding_id id, const struct name_list *names,
			 uint64_t sessions)
{
	struct finding finding = { .severity = SEVERITY_NOTICE,
				   .subject = name_list_text(&f->arena, names),
				   .weight = sessions };

	if (names->count == 0)
		return;
	finding_add_figure(&finding, "sessions", sessions);
	findings_add(f, id, &finding);
}

static void find_policies(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(summary_table(s, SUMMARY_TLS_POLICIES), TLS_ENCRYPTED,
					   MOST, rows);
	struct name_list unprotected = { .count = 0 }, ready = { .count = 0 };
	uint64_t sessions[2] = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		const bool none = slice_is(rows[i]->texts[1], "no-policy-found");

		if (rows[i]->texts[0].size == 0 || (!none && !is_ready(rows[i])))
			continue;
		name_list_add(none ? &unprotected : &ready, rows[i]->texts[0]);
		sessions[none] = count_sum(sessions[none], rows[i]->counts[TLS_ENCRYPTED]);
	}
	add_policies(f, FINDING_TLS_NO_POLICY, &unprotected, sessions[1]);
	add_policies(f, FINDING_TLS_READY, &ready, sessions[0]);
}

void findings_of_tls(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(summary_table(s, SUMMARY_TLS_FAILURES), 0, MOST, rows);
	struct finding none = { .severity = SEVERITY_NOTICE };

	for (size_t i = 0; i < count; i++)
		add_failure(f, s, rows[i]);
	find_policies(f, s);
	if (!summary_has_tls(s) && s->documents > 0)
		findings_add(f, FINDING_NO_TLS, &none);
}
