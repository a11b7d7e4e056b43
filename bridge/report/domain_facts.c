/* domain_facts.c - lists what a domain publishes
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "base/datetime.h"
#include "bridge/report/domain_print.h"

#define RECORD_OCTETS 500
#define NOT_KNOWN "could not be looked up"

struct facts {
	const struct domain_state *s;
	const struct domain_findings *findings;
	struct arena *arena;
	struct domain_fact *list;
	size_t count;
	const char *last; /* name */
};

/* Only the first of several lines has the name. */
static void add(struct facts *f, const char *name, const char *value)
{
	if (f->count == DOMAIN_FACTS_MAX)
		return;
	f->list[f->count++] = (struct domain_fact){ strcmp(name, f->last) == 0 ? "" : name, value };
	f->last = name;
}

static const char *quote(struct facts *f, struct slice text)
{
	return text_quote(f->arena, text, RECORD_OCTETS);
}

/* If there are several records, none applies. */
static const char *or_none(struct facts *f, bool known, struct slice text, enum domain_code several)
{
	if (text.data)
		return quote(f, text);
	if (!known)
		return NOT_KNOWN;
	return domain_has(f->findings, several) ? "several records, of which none applies" : "none";
}

static void add_dmarc(struct facts *f)
{
	const struct domain_state *s = f->s;
	const char *record = or_none(f, s->dmarc_known, s->dmarc_text, DOMAIN_DMARC_MULTIPLE);

	if (s->dmarc_text.data && !slice_equal(s->dmarc_location, s->name))
		record = arena_format(f->arena, "%s (at %.*s; %s applies)", record,
				      (int)s->dmarc_location.size, s->dmarc_location.data,
				      dmarc_policy_name(s->dmarc_effective));
	add(f, "DMARC", record);
}

static void add_spf(struct facts *f)
{
	const struct domain_state *s = f->s;
	const char *record = or_none(f, s->spf_known, s->spf_text, DOMAIN_SPF_MULTIPLE);

	if (s->spf_text.data)
		record = arena_format(f->arena, "%s (%u of 10 lookups)", record, s->spf_lookups);
	add(f, "SPF", record);
}

static void add_keys(struct facts *f)
{
	for (size_t i = 0; i < f->s->key_count; i++) {
		const struct domain_key *key = &f->s->keys[i];

		add(f, "DKIM",
		    arena_format(f->arena, "%s: %s", quote(f, key->selector),
				 key->bits == 256 ? "Ed25519"
				 : key->bits > 0 ? arena_format(f->arena, "RSA, %u bits", key->bits)
						 : "no usable key"));
	}
}

static void add_certificate(struct facts *f, const struct domain_host *host)
{
	const struct domain_certificate *c = &host->certificate;
	char until[DATETIME_SIZE];

	if (!c->seen)
		return;
	datetime_format(c->not_after, until);
	add(f, "MX",
	    arena_format(f->arena, "%.*s: %s, certificate until %.10s, issuer %s",
			 (int)host->name.size, host->name.data, quote(f, c->tls), until,
			 quote(f, c->issuer)));
}

static const char *addresses_of(struct facts *f, const struct domain_host *host)
{
	const char *text = "";

	for (size_t i = 0; i < host->address_count; i++)
		text = arena_format(f->arena, "%s%s%.*s", text, i > 0 ? ", " : "",
				    (int)host->addresses[i].size, host->addresses[i].data);
	return text[0] ? text : "no address to connect to";
}

static void add_hosts(struct facts *f)
{
	const struct domain_state *s = f->s;

	if (s->null_mx || s->host_count == 0)
		add(f, "MX",
		    s->null_mx    ? "null MX: accepts no mail"
		    : s->mx_known ? "none"
				  : NOT_KNOWN);
	for (size_t i = 0; i < s->host_count; i++) {
		const struct domain_host *host = &s->hosts[i];

		add(f, "MX",
		    arena_format(f->arena, "%u %s (%s)", host->preference, quote(f, host->name),
				 addresses_of(f, host)));
		add_certificate(f, host);
	}
	for (size_t i = 0; i < s->host_count; i++)
		for (size_t t = 0; t < s->hosts[i].tlsa_count; t++)
			add(f, "DANE",
			    arena_format(f->arena, "%s: TLSA %s", quote(f, s->hosts[i].name),
					 quote(f, s->hosts[i].tlsa[t])));
}

static void add_sts(struct facts *f)
{
	const struct domain_state *s = f->s;

	if (!s->sts_policy.data)
		add(f, "MTA-STS", or_none(f, s->sts_known, s->sts_text, DOMAIN_STS_MULTIPLE));
	else
		add(f, "MTA-STS",
		    arena_format(f->arena, "mode %s, max_age %" PRIu64 ", id %s, %zu mx pattern%s",
				 quote(f, s->sts_mode), s->sts_max_age, quote(f, s->sts_id),
				 s->sts_pattern_count, s->sts_pattern_count == 1 ? "" : "s"));
}

size_t domain_facts(const struct domain_report *report,
		    struct domain_fact list[static DOMAIN_FACTS_MAX])
{
	static const char *const signing[] = {
		[SECURITY_UNKNOWN] = "not known",
		[SECURITY_SIGNED] = "signed",
		[SECURITY_UNSIGNED] = "not signed",
		[SECURITY_BOGUS] = "does not validate",
	};
	const struct domain_state *s = &report->state;
	struct facts f = { s, &report->findings, report->findings.arena, list, 0, "" };

	if (s->mx_known || s->dmarc_known || s->spf_known) {
		add_dmarc(&f);
		add_spf(&f);
		add_keys(&f);
		add_hosts(&f);
		if (!s->null_mx && s->host_count > 0) {
			add_sts(&f);
			add(&f, "TLSRPT",
			    or_none(&f, s->tlsrpt_known, s->tlsrpt_text, DOMAIN_TLSRPT_MULTIPLE));
		}
	}
	add(&f, "DNSSEC", signing[s->dnssec]);
	return f.count;
}
