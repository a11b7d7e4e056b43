/* check_servers.c - judges the probe results of the mail servers
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/datetime.h"
#include "domain/context.h"
#include "domain/smtp_probe.h"

#define DAY INT64_C(86400)
#define EXPIRY_WARNING (7 * DAY)
#define EXPIRY_NOTICE (14 * DAY)

static const char *text_of(struct context *c, struct slice text)
{
	return arena_format(c->arena, "%.*s", (int)text.size, text.data);
}

static bool is_ipv6(struct slice address)
{
	return slice_find(address, ':') < address.size;
}

/* --- probing ------------------------------------------------------------------------- */

static void note_certificate(struct context *c, struct domain_host *host,
			     const struct probe_result *result)
{
	struct domain_certificate *kept = &host->certificate;

	if (kept->seen || result->status != PROBE_TLS || !result->readable)
		return;
	kept->seen = true;
	kept->tls = arena_slice(c->arena, slice_of(result->version));
	kept->issuer = arena_slice(c->arena, slice_of(result->facts.issuer));
	kept->not_after = result->facts.not_after;
	memcpy(kept->digest, result->facts.digest, sizeof(kept->digest));
	memcpy(kept->key_digest, result->facts.key_digest, sizeof(kept->key_digest));
}

void probe_servers(struct context *c)
{
	struct domain_state *s = c->state;

	c->probed = arena_array(c->arena, s->host_count + 1, sizeof(*c->probed));
	for (size_t h = 0; c->probed && h < s->host_count; h++) {
		const char *host = text_of(c, s->hosts[h].name);

		for (size_t a = 0; a < s->hosts[h].address_count; a++) {
			c->probed[h].results[a] = probe_address(c->settings->probes, host,
								text_of(c,
									s->hosts[h].addresses[a]),
								a == 0, c->session.deadline);
			note_certificate(c, &s->hosts[h], c->probed[h].results[a]);
		}
	}
}

/* --- one address ------------------------------------------------------------------------ */

struct judged {
	struct context *c;
	struct domain_host *host;
	const char *address;
	const struct probe_result *r;
	enum dane_verdict dane;
	bool enforce, testing;
};

static bool has_dane(const struct judged *j)
{
	return j->host->tlsa_usable > 0;
}

static enum dane_verdict judge_dane(struct context *c, const struct domain_host *host,
				    const struct probe_result *r)
{
	const char *name = context_name(c, "_25._tcp", host->name);
	const struct dns_answer *answer;
	struct tlsa records[DOMAIN_TLSA_MAX];
	size_t count = 0;

	if (host->tlsa_usable == 0 || !name)
		return DANE_VERDICT_NONE;
	answer = dns_ask(&c->session, name, DNS_TLSA);
	for (size_t i = 0; i < answer->count && count < DOMAIN_TLSA_MAX; i++)
		if (tlsa_read(answer->data[i], &records[count]))
			count++;
	return dane_judge(&r->chain, records, count, text_of(c, host->name));
}

static void paste_tlsa(const struct judged *j, struct domain_finding *f)
{
	if (j->r->readable && j->r->facts.key_digest[0])
		domain_paste(j->c->findings, f, "_25._tcp.%.*s. TLSA 3 1 1 %s",
			     (int)j->host->name.size, j->host->name.data, j->r->facts.key_digest);
}

static void report_dane(const struct judged *j)
{
	static const struct {
		enum dane_verdict verdict;
		enum domain_code code;
	} codes[] = {
		{ DANE_VERDICT_MISMATCH, DOMAIN_DANE_MISMATCH },
		{ DANE_VERDICT_TA_ABSENT, DOMAIN_DANE_TA_CHAIN },
		{ DANE_VERDICT_TA_NAME, DOMAIN_DANE_TA_NAME },
		{ DANE_VERDICT_TA_EXPIRED, DOMAIN_DANE_TA_EXPIRED },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].verdict == j->dane)
			paste_tlsa(j, domain_found(j->c->findings, codes[i].code, j->host->name,
						   "at %s, certificate for %s", j->address,
						   j->r->facts.names));
	/* a public CA may change its intermediates at any time */
	if (j->dane == DANE_VERDICT_MATCH_TA && !j->r->facts.chain_fault)
		domain_found(j->c->findings, DOMAIN_DANE_CA, j->host->name, "issuer: %s",
			     j->r->facts.issuer);
}

/* In mode enforce, senders skip the host for the same fault. */
static void report_enforced(const struct judged *j, const char *what)
{
	if (j->enforce)
		domain_found(j->c->findings, DOMAIN_STS_CERT_MX, j->host->name, "at %s: %s",
			     j->address, what);
}

static void report_dates(const struct judged *j)
{
	const struct certificate_facts *facts = &j->r->facts;
	const int64_t left = facts->not_after - j->c->settings->now;
	char until[DATETIME_SIZE], from[DATETIME_SIZE];
	struct domain_finding *f;

	datetime_format(facts->not_after, until);
	datetime_format(facts->not_before, from);
	if (left < 0 || facts->not_before > j->c->settings->now) {
		const char *what = arena_format(j->c->arena, "valid from %s to %s", from, until);

		f = domain_found(j->c->findings, DOMAIN_SMTP_CERT_EXPIRED, j->host->name,
				 "at %s: %s", j->address, what);
		if (j->enforce)
			f->severity = SEVERITY_CRITICAL;
		report_enforced(j, what);
	} else if (left < EXPIRY_NOTICE) {
		f = domain_found(j->c->findings, DOMAIN_SMTP_CERT_EXPIRED, j->host->name,
				 "at %s: it expires at %s", j->address, until);
		if (left >= EXPIRY_WARNING)
			f->severity = SEVERITY_NOTICE;
	}
}

static enum severity severity_for(const struct judged *j)
{
	return j->enforce ? SEVERITY_CRITICAL : j->testing ? SEVERITY_WARNING : SEVERITY_NOTICE;
}

static void report_names(const struct judged *j)
{
	const struct certificate_facts *facts = &j->r->facts;

	/* DANE with usage 3 requires neither a CA nor a matching name */
	if (j->dane == DANE_VERDICT_MATCH_EE && !j->enforce && !j->testing)
		return;
	if (facts->chain_fault) {
		domain_found(j->c->findings, DOMAIN_SMTP_CERT_CHAIN, j->host->name,
			     "at %s: %s; issuer: %s", j->address, facts->chain_fault, facts->issuer)
			->severity = severity_for(j);
		report_enforced(j, facts->chain_fault);
	}
	if (!facts->name_matches) {
		domain_found(j->c->findings, DOMAIN_SMTP_CERT_NAME, j->host->name,
			     "at %s: the certificate is for %s", j->address,
			     facts->names[0] ? facts->names : "no name")
			->severity = severity_for(j);
		report_enforced(j, "the certificate is for another name");
	}
}

static void report_tls(struct judged *j)
{
	struct domain_findings *findings = j->c->findings;

	if (j->r->injected)
		domain_found(findings, DOMAIN_SMTP_INJECTION, j->host->name, "at %s", j->address);
	if (j->r->old)
		domain_found(findings, DOMAIN_SMTP_TLS_OLD, j->host->name, "at %s: %s", j->address,
			     j->r->version);
	if (j->r->other_without_name)
		domain_found(findings, DOMAIN_SMTP_SNI, j->host->name, "at %s", j->address);
	if (!j->r->readable)
		return;
	j->dane = judge_dane(j->c, j->host, j->r);
	report_dane(j);
	report_dates(j);
	report_names(j);
}

static void report_no_starttls(const struct judged *j)
{
	struct domain_findings *findings = j->c->findings;
	struct domain_finding *f;

	if (has_dane(j)) {
		domain_found(findings, DOMAIN_DANE_NO_STARTTLS, j->host->name, "at %s: %s",
			     j->address, j->r->detail);
		return;
	}
	f = domain_found(findings, DOMAIN_SMTP_NO_STARTTLS, j->host->name, "at %s: %s", j->address,
			 j->r->detail);
	if (j->enforce)
		f->severity = SEVERITY_CRITICAL;
	/* unusable TLSA records still require TLS (RFC 7672 section 2.2) */
	for (size_t i = 0; j->host->tlsa_count > 0 && i < findings->count; i++)
		if (findings->list[i].code == DOMAIN_DANE_UNUSABLE)
			findings->list[i].severity = SEVERITY_CRITICAL;
}

static void report_address(struct judged *j)
{
	struct domain_findings *findings = j->c->findings;

	switch (j->r->status) {
	case PROBE_TLS: report_tls(j); break;
	case PROBE_NO_GREETING:
		domain_found(findings, DOMAIN_SMTP_GREETING, j->host->name, "at %s: %s", j->address,
			     j->r->detail);
		break;
	case PROBE_NO_STARTTLS: report_no_starttls(j); break;
	case PROBE_HANDSHAKE:
	case PROBE_KEY:
		domain_found(findings,
			     j->r->status == PROBE_KEY ? DOMAIN_SMTP_CERT_KEY
						       : DOMAIN_SMTP_HANDSHAKE,
			     j->host->name, "at %s: %s", j->address, j->r->detail)
			->severity = j->enforce || has_dane(j) ? SEVERITY_CRITICAL
							       : SEVERITY_WARNING;
		break;
	default: break;
	}
}

/* --- all addresses ------------------------------------------------------------------ */

static bool alike(const struct probe_result *a, const struct probe_result *b)
{
	if (a->status != b->status || a->old != b->old || a->readable != b->readable)
		return false;
	return !a->readable || (a->facts.name_matches == b->facts.name_matches &&
				!a->facts.chain_fault == !b->facts.chain_fault);
}

/* Compares the addresses that answered.  Other keys and dates matter only if one address
 * fails, which has its own finding. */
static void report_differences(struct context *c, size_t h)
{
	const struct domain_host *host = &c->state->hosts[h];
	const struct probe_result *first = NULL;

	for (size_t a = 0; a < host->address_count; a++) {
		const struct probe_result *r = c->probed[h].results[a];

		if (r->status == PROBE_NOT_CONNECTED || r->status == PROBE_SKIPPED ||
		    r->status == PROBE_NO_GREETING)
			continue;
		if (!first)
			first = r;
		else if (!alike(first, r))
			domain_found(c->findings, DOMAIN_SMTP_ADDRESSES_DIFFER, host->name,
				     "%.*s and %.*s", (int)host->addresses[0].size,
				     host->addresses[0].data, (int)host->addresses[a].size,
				     host->addresses[a].data);
	}
}

static void report_unreachable(struct context *c, const struct domain_host *host, size_t a,
			       const struct probe_result *r)
{
	const bool six = is_ipv6(host->addresses[a]);

	/* without IPv6 here, a timeout over IPv6 is no fault of the server */
	if (six && !probe_any_answered(c->settings->probes, true))
		domain_found(c->findings, DOMAIN_MX_V6_DEAD, host->name, "%.*s: %s",
			     (int)host->addresses[a].size, host->addresses[a].data, r->detail);
	else
		domain_found(c->findings, DOMAIN_SMTP_UNREACHABLE, host->name, "%.*s: %s",
			     (int)host->addresses[a].size, host->addresses[a].data, r->detail);
}

void check_servers(struct context *c)
{
	struct domain_state *s = c->state;
	const bool enforce = slice_is(s->sts_mode, "enforce");
	const bool any = probe_any_answered(c->settings->probes, false) ||
			 probe_any_answered(c->settings->probes, true);

	for (size_t h = 0; c->probed && h < s->host_count; h++) {
		for (size_t a = 0; a < s->hosts[h].address_count; a++) {
			struct judged j = {
				.c = c,
				.host = &s->hosts[h],
				.r = c->probed[h].results[a],
				.address = text_of(c, s->hosts[h].addresses[a]),
				.enforce = enforce,
				.testing = slice_is(s->sts_mode, "testing"),
			};

			if (j.r->status == PROBE_SKIPPED)
				c->session.spent = true;
			else if (j.r->status != PROBE_NOT_CONNECTED)
				report_address(&j);
			else if (any)
				report_unreachable(c, j.host, a, j.r);
			else
				domain_found(c->findings, DOMAIN_SMTP_BLOCKED, c->domain, "%s: %s",
					     j.address, j.r->detail);
		}
		report_differences(c, h);
	}
}
