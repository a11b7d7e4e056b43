/* check_mx.c - checks the MX hosts and their TLSA records
 *
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>

#include "base/ascii.h"
#include "base/organizational_domain.h"
#include "domain/context.h"
#include "domain/public_address.h"

#define TLSA_RECORDS_MANY 12
#define TLSA_OCTETS_LARGE 1232

/* --- MX ------------------------------------------------------------------------- */

static bool is_literal(struct slice host)
{
	for (size_t i = 0; i < host.size; i++)
		if (!ascii_is_digit(host.data[i]) && host.data[i] != '.')
			return false;
	return host.size > 0;
}

static void add_addresses(struct domain_host *host, const struct dns_answer *answer,
			  struct arena *arena, bool allow_private, size_t *found)
{
	size_t added = 0;

	if (answer->status != DNS_DATA)
		return;
	for (size_t i = 0; i < answer->count; i++) {
		char text[ADDRESS_TEXT_SIZE];

		if (!address_text(answer->data[i], text))
			continue;
		++*found;
		if (added == DOMAIN_ADDRESSES_MAX ||
		    (!allow_private && !address_data_is_public(answer->data[i])))
			continue;
		host->addresses[host->address_count++] = arena_slice(arena, slice_of(text));
		added++;
	}
}

/* Senders with DANE defer mail if the validation of an address fails. */
static bool is_bogus(struct context *c, const char *name, const struct dns_answer *answer)
{
	if (answer->status != DNS_BOGUS)
		return false;
	domain_found(c->findings, DOMAIN_DANE_BOGUS, slice_of(name), "%s",
		     text_quote(c->arena, answer->why, EVIDENCE_OCTETS));
	return true;
}

static void check_addresses(struct context *c, struct domain_host *host, bool *dead)
{
	const char *name = arena_format(c->arena, "%.*s", (int)host->name.size, host->name.data);
	const struct dns_answer *v4 = dns_ask(&c->session, name, DNS_A);
	const struct dns_answer *v6 = dns_ask(&c->session, name, DNS_AAAA);
	const bool allow = c->settings->allow_private;
	size_t found = 0;

	if (is_bogus(c, name, v4) || is_bogus(c, name, v6))
		return;
	host->secure = v4->secure && v6->secure;
	add_addresses(host, v4, c->arena, allow, &found);
	add_addresses(host, v6, c->arena, allow, &found);
	if (v4->canonical.data && v4->status != DNS_NXDOMAIN)
		domain_found(c->findings, DOMAIN_MX_CNAME, host->name, "the target is %s",
			     text_quote(c->arena, v4->canonical, EVIDENCE_OCTETS));
	if (found == 0 && dns_answered(v4) && dns_answered(v6)) {
		domain_found(c->findings, DOMAIN_MX_ADDRESS, host->name, "%s",
			     dns_status_text(v4->status));
		*dead = true;
	} else if (found == 0) {
		domain_found(c->findings, DOMAIN_MX_UNKNOWN, host->name, "%s",
			     dns_status_text(dns_answered(v4) ? v6->status : v4->status));
	} else if (host->address_count == 0) {
		domain_found(c->findings, DOMAIN_MX_PRIVATE, host->name,
			     "%zu address%s, none of them public", found, found == 1 ? "" : "es");
	}
}

static void check_hosts(struct context *c)
{
	struct domain_state *s = c->state;
	size_t all_dead = 0;

	for (size_t i = 0; i < s->host_count; i++) {
		bool dead = false;

		if (is_literal(s->hosts[i].name)) {
			domain_found(c->findings, DOMAIN_MX_LITERAL, s->hosts[i].name, "%s", "");
			continue;
		}
		check_addresses(c, &s->hosts[i], &dead);
		all_dead += dead;
	}
	for (size_t i = 0; all_dead == s->host_count && i < c->findings->count; i++)
		if (c->findings->list[i].code == DOMAIN_MX_ADDRESS)
			c->findings->list[i].severity = SEVERITY_CRITICAL;
}

/* Without MX, mail goes to the address of the name (RFC 5321 section 5.1). */
static void judge_no_mx(struct context *c)
{
	const bool four = dns_ask(&c->session, c->name, DNS_A)->status == DNS_DATA;
	const bool six = dns_ask(&c->session, c->name, DNS_AAAA)->status == DNS_DATA;
	struct domain_finding *f = domain_found(c->findings, DOMAIN_MX_NONE, c->domain,
						"the name itself has %s",
						four || six ? "an address, which mail goes to"
							    : "no address either");

	domain_paste(c->findings, f, "%s. MX 0 .", c->name);
}

static void judge_null(struct context *c, size_t count, uint16_t preference)
{
	struct domain_finding *f;

	if (count > 1) {
		domain_found(c->findings, DOMAIN_MX_NULL_MIXED, c->domain, "%zu MX records", count);
		return;
	}
	c->state->null_mx = true;
	f = domain_found(c->findings, DOMAIN_MX_NULL, c->domain, "MX %u .", preference);
	if (preference != 0) {
		f->severity = SEVERITY_NOTICE;
		f->advice = slice_of("Use preference 0.");
		domain_paste(c->findings, f, "%s. MX 0 .", c->name);
	}
}

static void add_host(struct context *c, const struct mx *mx)
{
	struct domain_state *s = c->state;
	size_t at = s->host_count;

	for (size_t i = 0; i < s->host_count; i++)
		if (slice_equal(s->hosts[i].name, mx->host))
			return;
	/* sort by preference and name, so that equal answers compare equal */
	while (at > 0 && (s->hosts[at - 1].preference > mx->preference ||
			  (s->hosts[at - 1].preference == mx->preference &&
			   strcmp(s->hosts[at - 1].name.data, mx->host.data) > 0))) {
		s->hosts[at] = s->hosts[at - 1];
		at--;
	}
	s->hosts[at] = (struct domain_host){ .name = mx->host, .preference = mx->preference };
	s->host_count++;
}

void check_mx(struct context *c)
{
	const struct dns_answer *answer = context_ask(c, c->name, DNS_MX, DOMAIN_MX_UNKNOWN);
	struct domain_state *s = c->state;

	s->hosts = arena_array(c->arena, DOMAIN_MX_MAX + 1, sizeof(*s->hosts));
	if (!answer || !s->hosts)
		return;
	s->mx_known = true;
	if (answer->status != DNS_DATA) {
		judge_no_mx(c);
		return;
	}
	for (size_t i = 0; i < answer->count; i++) {
		struct mx mx;

		if (!mx_read(c->arena, answer->data[i], &mx))
			continue;
		mx.host = slice_of(arena_format(c->arena, "%.*s", (int)mx.host.size, mx.host.data));
		if (mx.host.size == 0)
			judge_null(c, answer->count, mx.preference);
		else if (s->host_count < DOMAIN_MX_MAX)
			add_host(c, &mx);
	}
	if (!s->null_mx)
		check_hosts(c);
}

/* --- DANE, without connecting to the servers -------------------------------------- */

struct kinds {
	size_t ee, selector0, matching1, matching2, octets;
};

/* Sorts the records, so that equal sets compare equal. */
static void add_sorted(struct domain_host *host, const char *text)
{
	size_t at = host->tlsa_count;

	if (at == DOMAIN_TLSA_MAX)
		return;
	for (; at > 0 && strcmp(host->tlsa[at - 1].data, text) > 0; at--)
		host->tlsa[at] = host->tlsa[at - 1];
	host->tlsa[at] = slice_of(text);
	host->tlsa_count++;
}

static void read_tlsa(struct context *c, struct domain_host *host, const char *name,
		      struct slice data, struct kinds *kinds)
{
	struct tlsa tlsa;
	const char *why, *text;

	if (!tlsa_read(data, &tlsa))
		return;
	text = tlsa_text(c->arena, &tlsa);
	why = tlsa_unusable(&tlsa);
	kinds->octets += tlsa.matching == 0 ? data.size : 0;
	add_sorted(host, text);
	if (why) {
		domain_found(c->findings, DOMAIN_DANE_UNUSABLE, slice_of(name), "%s: %s", text,
			     why);
		return;
	}
	host->tlsa_usable++;
	kinds->ee += tlsa.usage == 3;
	kinds->selector0 += tlsa.usage == 3 && tlsa.selector == 0;
	kinds->matching1 += tlsa.matching == 1;
	kinds->matching2 += tlsa.matching == 2;
}

static void judge_kinds(struct context *c, const struct domain_host *host, const char *name,
			const struct kinds *kinds)
{
	if (host->tlsa_usable == 1)
		domain_found(c->findings, DOMAIN_DANE_ROLLOVER, slice_of(name), "%.*s",
			     (int)host->tlsa[0].size, host->tlsa[0].data);
	if (kinds->selector0 > 0)
		domain_found(c->findings, DOMAIN_DANE_SELECTOR, slice_of(name),
			     "%zu record%s 3 0 x", kinds->selector0,
			     kinds->selector0 == 1 ? "" : "s");
	if (kinds->matching2 > 0 && kinds->matching1 == 0)
		domain_found(c->findings, DOMAIN_DANE_SHA512, slice_of(name), "%s", "");
	if (host->tlsa_count > TLSA_RECORDS_MANY || kinds->octets > TLSA_OCTETS_LARGE)
		domain_found(c->findings, DOMAIN_DANE_SIZE, slice_of(name),
			     "%zu records, %zu octets without digest", host->tlsa_count,
			     kinds->octets);
}

static void judge_tlsa(struct context *c, struct domain_host *host, const char *name,
		       const struct dns_answer *answer)
{
	struct kinds kinds = { .ee = 0 };

	if (!answer->secure) {
		if (dns_validates(c->settings->dns))
			domain_found(c->findings, DOMAIN_DANE_INSECURE, slice_of(name),
				     "%zu records", answer->count);
		return;
	}
	if (answer->canonical.data)
		domain_found(c->findings, DOMAIN_DANE_CNAME, slice_of(name), "the target is %s",
			     text_quote(c->arena, answer->canonical, EVIDENCE_OCTETS));
	for (size_t i = 0; i < answer->count; i++)
		read_tlsa(c, host, name, answer->data[i], &kinds);
	judge_kinds(c, host, name, &kinds);
}

/* true: the host could have TLSA records but has none. */
static bool check_tlsa(struct context *c, struct domain_host *host)
{
	const char *name = context_name(c, "_25._tcp", host->name);
	const struct dns_answer *answer;

	if (!name || host->address_count == 0)
		return false;
	answer = dns_ask(&c->session, name, DNS_TLSA);
	if (answer->status == DNS_DATA) {
		judge_tlsa(c, host, name, answer);
		return false;
	}
	if (is_bogus(c, name, answer))
		return false;
	/* The address query succeeded but this one fails: the name server mishandles the
	 * type or its denial, and senders with DANE defer mail (RFC 7672 section 2.1.2). */
	if (answer->status == DNS_FAILED && host->secure)
		domain_found(c->findings, DOMAIN_DANE_BOGUS, slice_of(name),
			     "the name servers fail for TLSA but answer for the address");
	else if (!dns_answered(answer) && answer->status != DNS_REFUSED)
		domain_found(c->findings, DOMAIN_DANE_UNKNOWN, slice_of(name), "%s",
			     dns_status_text(answer->status));
	return dns_answered(answer) && answer->secure && host->secure;
}

static void paste_tlsa(struct context *c, struct domain_finding *f, const struct domain_host *host)
{
	if (host->certificate.key_digest[0])
		domain_paste(c->findings, f, "_25._tcp.%.*s. TLSA 3 1 1 %s", (int)host->name.size,
			     host->name.data, host->certificate.key_digest);
	else
		domain_advise(c->findings, f,
			      "%.*s Its value is the SHA-256 digest of the public key of the "
			      "certificate.",
			      (int)f->advice.size, f->advice.data);
}

void check_dane(struct context *c)
{
	struct domain_state *s = c->state;
	const struct dns_answer *mx = dns_ask(&c->session, c->name, DNS_MX);
	bool lacks[DOMAIN_MX_MAX + 1] = { false };
	size_t with = 0;

	if (!dns_validates(c->settings->dns))
		return;
	for (size_t i = 0; i < s->host_count; i++) {
		lacks[i] = check_tlsa(c, &s->hosts[i]);
		with += s->hosts[i].tlsa_usable > 0;
	}
	for (size_t i = 0; i < s->host_count; i++) {
		struct domain_finding *f;

		if (s->hosts[i].tlsa_count > 0 && s->hosts[i].tlsa_usable == 0)
			continue;
		if (!lacks[i])
			continue;
		f = domain_found(c->findings, with > 0 ? DOMAIN_DANE_PARTIAL : DOMAIN_DANE_NONE,
				 s->hosts[i].name, "%s", "");
		paste_tlsa(c, f, &s->hosts[i]);
	}
	if (with > 0 && mx->status == DNS_DATA && !mx->secure)
		domain_found(c->findings, DOMAIN_DANE_DOMAIN_INSECURE, c->domain, "%s", "");
}
