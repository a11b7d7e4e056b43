/* domain_check.c - checks the mail records of a domain
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/domain_check.h"

#include "base/clock.h"
#include "domain/context.h"

#define QUESTIONS 300
/* An MTA-STS policy fetch may take a minute by itself (RFC 8461 section 3.3). */
#define TIME_MS 60000

/* If the zone is bogus or its servers do not answer, that is the only finding, since it
 * explains all others. */
static bool zone_is_usable(struct context *c)
{
	const struct dns_answer *soa = context_ask(c, c->name, DNS_SOA, DOMAIN_DNS_FAILED);

	if (!soa) {
		if (domain_has(c->findings, DOMAIN_DNSSEC_BOGUS))
			c->state->dnssec = SECURITY_BOGUS;
		return false;
	}
	if (soa->status != DNS_NXDOMAIN)
		return true;
	domain_found(c->findings, DOMAIN_DOMAIN_MISSING, c->domain, "%s",
		     dns_status_text(DNS_NXDOMAIN));
	return false;
}

/* A BIMI record needs an enforcing DMARC policy. */
static void check_bimi(struct context *c)
{
	const char *name = context_name(c, "default._bimi", c->domain);
	const struct dns_answer *answer = name ? dns_ask(&c->session, name, DNS_TXT) : NULL;
	const struct dmarc_record *r = &c->state->dmarc;

	if (!answer || answer->status != DNS_DATA || !c->state->dmarc_known)
		return;
	if (c->state->dmarc_effective < DMARC_POLICY_QUARANTINE || r->percent < 100 || r->testing)
		domain_found(c->findings, DOMAIN_BIMI_POLICY, slice_of(name), "policy %s",
			     dmarc_policy_name(c->state->dmarc_effective));
	else
		domain_found(c->findings, DOMAIN_BIMI_RECORD, slice_of(name), "%s", "");
}

static void check_all(struct context *c)
{
	check_mx(c);
	check_spf(c);
	check_dmarc(c);
	check_dkim(c);
	check_bimi(c);
	if (!c->state->null_mx && c->state->mx_known && c->state->host_count > 0) {
		if (c->settings->probe)
			probe_servers(c);
		check_dane(c);
		check_sts(c);
		check_tlsrpt(c);
		if (c->settings->probe) {
			check_servers(c);
			check_caa(c);
		}
	}
	check_dnssec(c);
}

struct domain_report *domain_check(const struct domain_settings *settings,
				   const struct domain_subject *subject, struct arena *arena)
{
	struct domain_report *report = arena_alloc(arena, sizeof(*report));
	struct context c = {
		.settings = settings,
		.subject = subject,
		.arena = arena,
		.domain = subject->name,
		.name = arena_text(arena, subject->name),
		.session = {
			.dns = settings->dns,
			.arena = arena,
			.deadline = clock_ms() +
				    (settings->time_ms > 0 ? settings->time_ms : TIME_MS),
			.budget = settings->questions > 0 ? settings->questions : QUESTIONS,
		},
	};

	if (!report || !c.name)
		return NULL;
	report->findings.arena = arena;
	report->state.name = subject->name;
	c.findings = &report->findings;
	c.state = &report->state;
	if (zone_is_usable(&c))
		check_all(&c);
	if (c.session.spent || arena->overflowed)
		domain_found(c.findings, DOMAIN_BUDGET, c.domain, "%s",
			     arena->overflowed       ? "the answers are too large"
			     : c.session.budget == 0 ? "too many queries"
						     : "out of time");
	domain_findings_sort(c.findings);
	return report;
}
