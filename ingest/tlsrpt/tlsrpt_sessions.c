/* SPDX-License-Identifier: MIT */
#include "ingest/tlsrpt/tlsrpt_sessions.h"

/* NULL: the maximum number of domains is reached. */
static struct tlsrpt_domain_sessions *domain_of(struct tlsrpt_sessions *sessions,
						struct arena *arena, struct slice domain,
						const struct report_share *share)
{
	struct tlsrpt_domain_sessions *of = sessions->domains;

	for (size_t i = 0; i < sessions->count; i++, of++)
		if (of->share == share && slice_equal(of->domain, domain))
			return of;
	if (sessions->count == TLSRPT_SESSION_DOMAINS)
		return NULL;
	*of = (struct tlsrpt_domain_sessions){ share, arena_slice(arena, domain), { 0 }, { 0 } };
	sessions->count++;
	return of;
}

static unsigned main_kind(const struct tlsrpt_domain_sessions *of)
{
	return count_sum(of->good[1], of->bad[1]) > count_sum(of->good[0], of->bad[0]);
}

static void add(struct report_share *share, uint64_t good, uint64_t bad)
{
	share->successful_sessions = count_sum(share->successful_sessions, good);
	share->failed_sessions = count_sum(share->failed_sessions, bad);
}

void tlsrpt_sessions_add(struct tlsrpt_sessions *sessions, struct arena *arena,
			 const struct tlsrpt_policy *policy, struct report_share *share)
{
	const uint64_t good = policy->successful.number, bad = policy->failed.number;
	const bool tlsa = slice_is(policy->type_word, "tlsa");
	struct tlsrpt_domain_sessions *of = NULL;

	if (tlsa || slice_is(policy->type_word, "sts"))
		of = domain_of(sessions, arena, policy->domain_name, share);
	if (!of) {
		add(share, good, bad);
		return;
	}
	share->successful_sessions -= of->good[main_kind(of)];
	share->failed_sessions -= of->bad[main_kind(of)];
	of->good[tlsa] = count_sum(of->good[tlsa], good);
	of->bad[tlsa] = count_sum(of->bad[tlsa], bad);
	add(share, of->good[main_kind(of)], of->bad[main_kind(of)]);
}
