/* check_dnssec.c - checks the DNSSEC signatures of the domain
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/datetime.h"
#include "domain/context.h"

#define DAY INT64_C(86400)
#define DIGEST_SHA1 1

/* RSA with MD5 or SHA-1, or DSA (RFC 8624 section 3.1). */
static bool is_outdated(uint8_t algorithm)
{
	return algorithm == 1 || algorithm == 3 || algorithm == 5 || algorithm == 6 ||
	       algorithm == 7;
}

static void judge_expiry(struct context *c, const struct dns_answer *answer)
{
	const int64_t left = answer->signed_until - c->settings->now;
	const int64_t life = answer->signed_until - answer->signed_from;
	char until[DATETIME_SIZE];

	if (answer->signed_until == 0 || left >= 2 * DAY || left * 5 >= life)
		return;
	datetime_format(answer->signed_until, until);
	domain_found(c->findings, DOMAIN_DNSSEC_EXPIRY, c->domain, "a signature ends at %s", until);
}

static void judge_algorithm(struct context *c)
{
	const struct dns_answer *keys = dns_ask(&c->session, c->name, DNS_DNSKEY);
	const struct dns_answer *ds = dns_ask(&c->session, c->name, DNS_DS);
	bool outdated = false, sha1 = ds->status == DNS_DATA;
	uint8_t algorithm = 0, type = 0;

	for (size_t i = 0; keys->status == DNS_DATA && i < keys->count; i++)
		outdated |= dnskey_algorithm(keys->data[i], &algorithm) && is_outdated(algorithm);
	/* a type 1 digest does no harm if a better one is published */
	for (size_t i = 0; ds->status == DNS_DATA && i < ds->count; i++)
		sha1 &= ds_algorithm(ds->data[i], &algorithm, &type) && type == DIGEST_SHA1;
	if (outdated)
		domain_found(c->findings, DOMAIN_DNSSEC_ALGORITHM, c->domain,
			     "a key uses SHA-1 or older");
	else if (sha1)
		domain_found(c->findings, DOMAIN_DNSSEC_ALGORITHM, c->domain,
			     "the DS record has digest type 1 (SHA-1) only");
}

void check_dnssec(struct context *c)
{
	const struct dns_answer *soa = dns_ask(&c->session, c->name, DNS_SOA);
	struct domain_state *s = c->state;

	if (!dns_validates(c->settings->dns)) {
		domain_found(c->findings, DOMAIN_DNSSEC_RESOLVER, c->domain, "%s", "");
		return;
	}
	if (!dns_answered(soa))
		return;
	s->dnssec = soa->secure ? SECURITY_SIGNED : SECURITY_UNSIGNED;
	if (!soa->secure) {
		if (!domain_has(c->findings, DOMAIN_DANE_DOMAIN_INSECURE))
			domain_found(c->findings, DOMAIN_DNSSEC_NONE, c->domain, "%s", "");
		return;
	}
	judge_expiry(c, soa);
	judge_algorithm(c);
}
