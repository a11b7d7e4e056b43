/* check_tlsrpt.c - checks the TLSRPT record
 *
 * SPDX-License-Identifier: MIT
 *
 * Unlike DMARC, TLSRPT has no authorization record.
 */
#include "base/organizational_domain.h"
#include "domain/context.h"
#include "domain/sts_record.h"

#define URIS_MAX 10

static const char *suggestion(struct context *c)
{
	return c->settings->report_address
		       ? arena_format(c->arena, "mailto:%s", c->settings->report_address)
		       : "mailto:<report mailbox>";
}

static void judge_host(struct context *c, const struct report_uri *uri)
{
	const struct slice host = arena_lower(c->arena, uri->host);
	const char *name = arena_format(c->arena, "%.*s", (int)host.size, host.data);
	enum mail_host kind;

	if (uri->https) {
		const struct dns_answer *v4 = dns_ask(&c->session, name, DNS_A);
		const struct dns_answer *v6 = dns_ask(&c->session, name, DNS_AAAA);

		if (v4->status == DNS_DATA || v6->status == DNS_DATA)
			return;
		kind = dns_answered(v4) && dns_answered(v6) ? HOST_NO_ADDRESS : HOST_UNKNOWN;
	} else {
		kind = context_mail_host(c, host);
	}
	if (kind == HOST_UNKNOWN && slice_equal(host, c->domain))
		return;
	if (kind == HOST_UNKNOWN)
		domain_found(c->findings, DOMAIN_TLSRPT_UNKNOWN, host, "%s",
			     context_mail_host_text(kind));
	else if (kind != HOST_TAKES_MAIL)
		domain_found(c->findings, DOMAIN_TLSRPT_RUA_HOST, host, "%s",
			     context_mail_host_text(kind));
}

static bool is_ours(struct context *c, struct slice uri)
{
	const char *address = c->settings->report_address;

	return address && slice_ends_with_nocase(uri, address);
}

static void judge_addresses(struct context *c, struct slice subject, struct slice rua)
{
	struct report_uri uri;
	size_t count = 0;

	while (count < URIS_MAX && report_uri_next(&rua, &uri)) {
		if (uri.fault == URI_BAD || (uri.fault == URI_OTHER_SCHEME && !uri.https))
			domain_found(c->findings, DOMAIN_TLSRPT_SYNTAX, subject, "\"%s\": %s",
				     text_quote(c->arena, uri.text, 100),
				     uri.why ? uri.why : "only mailto and https are allowed");
		else
			judge_host(c, &uri);
		if (count > 0 && is_ours(c, uri.text))
			domain_found(c->findings, DOMAIN_TLSRPT_RUA_ORDER, subject, "%s",
				     text_quote(c->arena, uri.text, 100));
		count++;
	}
}

static void judge_record(struct context *c, struct slice subject, struct slice text)
{
	struct slice rua;
	const char *why = tlsrpt_record_fault(text, &rua);
	struct domain_finding *f;

	c->state->tlsrpt_text = text;
	if (why) {
		f = domain_found(c->findings, DOMAIN_TLSRPT_SYNTAX, subject, "%s, in: %s", why,
				 text_quote(c->arena, text, EVIDENCE_OCTETS));
		if (slice_find_text(text, " ;") < text.size && rua.size > 0)
			f->severity = SEVERITY_WARNING;
		if (rua.size > 0)
			domain_paste(c->findings, f, "%.*s. TXT \"v=TLSRPTv1; rua=%s\"",
				     (int)subject.size, subject.data,
				     text_quote(c->arena, rua, EVIDENCE_OCTETS));
		return;
	}
	c->state->tlsrpt_rua = rua;
	judge_addresses(c, subject, rua);
}

/* For DANE, some reporters look below the MX host (RFC 8460 section 1.1).  Skips hosts that
 * the domain's owner cannot change. */
static void judge_mx_hosts(struct context *c)
{
	for (size_t i = 0; i < c->state->host_count; i++) {
		const struct domain_host *host = &c->state->hosts[i];
		const struct dns_answer *answer;
		const char *name;

		if (host->tlsa_usable == 0 || !same_organization(host->name, c->domain))
			continue;
		name = context_name(c, "_smtp._tls", host->name);
		answer = name ? dns_ask(&c->session, name, DNS_TXT) : NULL;
		if (!answer || !dns_answered(answer) || answer->status == DNS_DATA)
			continue;
		domain_paste(c->findings,
			     domain_found(c->findings, DOMAIN_TLSRPT_MX_RECORD, slice_of(name),
					  "%s", dns_status_text(answer->status)),
			     "%s. TXT %s", name, text_strings(c->arena, c->state->tlsrpt_text));
	}
}

static void judge_missing(struct context *c, const char *name, struct slice near)
{
	struct domain_finding *f;
	bool dane = false;

	for (size_t i = 0; i < c->state->host_count; i++)
		dane |= c->state->hosts[i].tlsa_usable > 0;
	if (near.data) {
		f = domain_found(c->findings, DOMAIN_TLSRPT_SYNTAX, slice_of(name),
				 "the record does not begin with v=TLSRPTv1; in: %s",
				 text_quote(c->arena, near, EVIDENCE_OCTETS));
	} else {
		f = domain_found(c->findings, DOMAIN_TLSRPT_NONE, slice_of(name), "%s", "");
		if (dane || c->state->sts_policy.data)
			f->severity = SEVERITY_WARNING;
	}
	domain_paste(c->findings, f, "%s. TXT \"v=TLSRPTv1; rua=%s\"", name, suggestion(c));
}

void check_tlsrpt(struct context *c)
{
	const char *name = context_name(c, "_smtp._tls", c->domain);
	const struct dns_answer *answer = name ? context_ask(c, name, DNS_TXT,
							     DOMAIN_TLSRPT_UNKNOWN)
					       : NULL;
	struct slice only = { NULL, 0 }, near = { NULL, 0 };
	size_t count, records = 0;
	struct txt *texts;

	if (!answer)
		return;
	c->state->tlsrpt_known = true;
	count = context_texts(c, answer, &texts);
	for (size_t i = 0; i < count; i++) {
		if (tlsrpt_is_record(texts[i].text)) {
			only = texts[i].text;
			records++;
		} else if (tlsrpt_is_near(texts[i].text)) {
			near = texts[i].text;
		}
	}
	if (records > 1)
		domain_found(c->findings, DOMAIN_TLSRPT_MULTIPLE, slice_of(name), "%zu records",
			     records);
	else if (records == 1)
		judge_record(c, slice_of(name), only);
	else
		judge_missing(c, name, near);
	if (records == 1 && c->state->tlsrpt_rua.data)
		judge_mx_hosts(c);
}
