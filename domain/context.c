/* context.c - the shared state of one check of one domain
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/context.h"

#include "base/domain_name.h"

const char *context_name(struct context *c, const char *label, struct slice domain)
{
	if (strlen(label) + 1 + domain.size > DOMAIN_SIZE_MAX)
		return NULL;
	return arena_format(c->arena, "%s.%.*s", label, (int)domain.size, domain.data);
}

const struct dns_answer *context_ask(struct context *c, const char *name, enum dns_type type,
				     enum domain_code unknown)
{
	const struct dns_answer *answer = dns_ask(&c->session, name, type);

	if (dns_answered(answer))
		return answer;
	if (answer->status == DNS_BOGUS)
		domain_found(c->findings, DOMAIN_DNSSEC_BOGUS, slice_of(name), "%s",
			     text_quote(c->arena, answer->why, EVIDENCE_OCTETS));
	else if (answer->status != DNS_REFUSED)
		domain_found(c->findings, unknown, slice_of(name), "%s%s%s",
			     dns_status_text(answer->status), answer->why.size > 0 ? ": " : "",
			     answer->why.size > 0 ? answer->why.data : "");
	return NULL;
}

size_t context_texts(struct context *c, const struct dns_answer *answer, struct txt **texts)
{
	size_t count = 0;

	*texts = arena_array(c->arena, answer->count + 1, sizeof(**texts));
	for (size_t i = 0; *texts && i < answer->count; i++)
		if (txt_read(c->arena, answer->data[i], &(*texts)[count]))
			count++;
	return count;
}

static bool has_null_mx(struct context *c, const struct dns_answer *answer)
{
	struct mx mx;

	return answer->count == 1 && mx_read(c->arena, answer->data[0], &mx) && mx.host.size == 0;
}

enum mail_host context_mail_host(struct context *c, struct slice host)
{
	const char *name = arena_format(c->arena, "%.*s", (int)host.size, host.data);
	const struct dns_answer *mx = dns_ask(&c->session, name, DNS_MX), *v4, *v6;

	if (mx->status == DNS_NXDOMAIN)
		return HOST_NONE;
	if (!dns_answered(mx))
		return HOST_UNKNOWN;
	if (mx->status == DNS_DATA)
		return has_null_mx(c, mx) ? HOST_NULL_MX : HOST_TAKES_MAIL;
	v4 = dns_ask(&c->session, name, DNS_A);
	if (v4->status == DNS_DATA)
		return HOST_TAKES_MAIL;
	v6 = dns_ask(&c->session, name, DNS_AAAA);
	if (v6->status == DNS_DATA)
		return HOST_TAKES_MAIL;
	return dns_answered(v4) && dns_answered(v6) ? HOST_NO_ADDRESS : HOST_UNKNOWN;
}

const char *context_mail_host_text(enum mail_host kind)
{
	switch (kind) {
	case HOST_NONE: return "the name does not exist";
	case HOST_NULL_MX: return "it accepts no mail (null MX)";
	case HOST_NO_ADDRESS: return "it has neither MX nor address";
	case HOST_UNKNOWN: return "it could not be looked up";
	default: return "it accepts mail";
	}
}
