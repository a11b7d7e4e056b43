/* check_caa.c - compares the CAs of the mail servers' certificates with the CAA records
 *
 * SPDX-License-Identifier: MIT
 *
 * A CAA record limits which CAs may issue certificates for a host name (RFC 8659).  A
 * certificate in use stays valid, but a CA that is not listed cannot renew it.
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "domain/context.h"
#include "domain/smtp_probe.h"

/* The organization in a certificate's issuer, and the names by which its CA is listed in CAA
 * records.  CAs that are not in the table have no finding. */
static const struct {
	const char *organization; /* how it begins */
	const char *names;        /* separated by blanks */
} known_cas[] = {
	{ "Actalis", "actalis.it" },
	{ "Amazon", "amazon.com amazontrust.com awstrust.com amazonaws.com" },
	{ "Apple", "pki.apple.com" },
	{ "Buypass", "buypass.com buypass.no" },
	{ "Certainly", "certainly.com" },
	{ "DigiCert",
	  "digicert.com www.digicert.com digicert.ne.jp symantec.com thawte.com geotrust.com rapidssl.com" },
	{ "Entrust", "entrust.net affirmtrust.com" },
	{ "GlobalSign", "globalsign.com" },
	{ "GoDaddy", "godaddy.com starfieldtech.com" },
	{ "Google Trust Services", "pki.goog google.com" },
	{ "Hellenic Academic and Research Institutions", "harica.gr" },
	{ "IdenTrust", "identrust.com" },
	{ "Internet Security Research Group", "letsencrypt.org" },
	{ "Let's Encrypt", "letsencrypt.org" },
	{ "Microsoft", "microsoft.com" },
	{ "SSL Corp", "ssl.com" },
	{ "Sectigo", "sectigo.com comodo.com comodoca.com usertrust.com trust-provider.com" },
	{ "Starfield", "starfieldtech.com godaddy.com" },
	{ "SwissSign", "swisssign.com" },
	{ "ZeroSSL", "sectigo.com comodoca.com comodo.com usertrust.com trust-provider.com" },
};

/* The first of these names with a CAA record decides: the host, its parents without the root
 * (RFC 8659 section 3).  NULL: none has one, or a query was not answered. */
static const struct dns_answer *relevant_records(struct context *c, struct slice host,
						 struct slice *owner)
{
	struct slice rest;

	/* the name of a host ends with a NUL, and so do those of its parents */
	for (*owner = host; owner->size > 0; *owner = rest) {
		const struct dns_answer *answer = dns_ask(&c->session, owner->data, DNS_CAA);

		if (answer->status == DNS_DATA)
			return answer;
		if (!dns_answered(answer))
			return NULL;
		(void)slice_split(*owner, '.', &rest);
	}
	return NULL;
}

/* Is this one of the names? */
static bool is_name_of(const char *names, struct slice name)
{
	struct slice rest = slice_of(names);

	while (rest.size > 0)
		if (slice_equal_nocase(slice_split(rest, ' ', &rest), name))
			return true;
	return false;
}

static const char *names_of_ca(const char *organization)
{
	for (size_t i = 0; i < sizeof(known_cas) / sizeof(known_cas[0]); i++)
		if (slice_starts_with(slice_of(organization), known_cas[i].organization))
			return known_cas[i].names;
	return NULL;
}

struct caa_list {
	struct strbuf text; /* the listed CAs, for the evidence */
	size_t count;
	bool allowed;
};

/* Reads the records with this tag; names: of the CA. */
static void read_list(const struct dns_answer *answer, const char *tag, const char *names,
		      struct caa_list *list)
{
	for (size_t i = 0; i < answer->count; i++) {
		struct slice name, parameters;
		struct caa caa;

		if (!caa_read(answer->data[i], &caa) || !slice_is_nocase(caa.tag, tag))
			continue;
		name = slice_trim(slice_split(caa.value, ';', &parameters));
		list->allowed |= names && is_name_of(names, name);
		strbuf_add_text(&list->text, list->count++ > 0 ? ", " : "");
		strbuf_add_slice(&list->text, name.size > 0 ? name : slice_of("no CA"));
	}
}

/* Whether only a wildcard name of the certificate matches the host: its CA then checked the
 * records of the parent domain (RFC 8659 section 3). */
static bool is_by_wildcard(const char *names, struct slice host, struct slice parent)
{
	struct slice rest = slice_of(names);
	bool wildcard = false;

	while (rest.size > 0) {
		const struct slice name = slice_trim(slice_split(rest, ',', &rest));

		if (slice_equal_nocase(name, host))
			return false;
		wildcard |= slice_starts_with(name, "*.") &&
			    slice_equal_nocase(slice_skip(name, strlen("*.")), parent);
	}
	return wildcard;
}

static void check_host(struct context *c, const struct domain_host *host,
		       const struct certificate_facts *facts)
{
	const char *names = names_of_ca(facts->issuer_organization);
	struct caa_list list = { .count = 0 };
	const char *listed, *tag = "issuewild";
	const struct dns_answer *answer;
	struct slice owner, parent;
	bool wildcard;

	(void)slice_split(host->name, '.', &parent);
	wildcard = is_by_wildcard(facts->names, host->name, parent);
	answer = relevant_records(c, wildcard ? parent : host->name, &owner);
	if (!answer)
		return;
	strbuf_init(&list.text, LIMIT_DOCUMENT_BYTES);
	if (wildcard)
		read_list(answer, tag, names, &list);
	if (list.count == 0)
		read_list(answer, tag = "issue", names, &list);
	listed = text_quote(c->arena, strbuf_slice(&list.text), EVIDENCE_OCTETS);
	if (list.count > 0 && names && !list.allowed)
		domain_paste(c->findings,
			     domain_found(c->findings, DOMAIN_CAA_ISSUER, host->name,
					  "issuer: %s; %.*s lists %s", facts->issuer,
					  (int)owner.size, owner.data, listed),
			     "%.*s. CAA 0 %s \"%.*s\"", (int)owner.size, owner.data, tag,
			     (int)slice_find(slice_of(names), ' '), names);
	else if (list.count > 0)
		domain_found(c->findings, DOMAIN_CAA_RECORD, host->name, "%.*s lists %s",
			     (int)owner.size, owner.data, listed);
	strbuf_release(&list.text);
}

void check_caa(struct context *c)
{
	for (size_t h = 0; c->probed && h < c->state->host_count; h++) {
		const struct domain_host *host = &c->state->hosts[h];

		for (size_t a = 0; a < host->address_count; a++) {
			const struct probe_result *r = c->probed[h].results[a];

			/* a CA that senders do not trust is a finding of its own */
			if (r->status != PROBE_TLS || !r->readable || r->facts.chain_fault)
				continue;
			check_host(c, host, &r->facts);
			break;
		}
	}
}
