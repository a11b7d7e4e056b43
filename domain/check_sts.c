/* check_sts.c - MTA-STS: checks the record, the policy and its MX patterns
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/strbuf.h"
#include "domain/context.h"
#include "domain/policy_fetch.h"
#include "domain/public_address.h"
#include "domain/sts_record.h"

#define HTTPS_PORT 443
#define PASTE_LIMIT 4096
#define MAX_AGE_GOOD 604800
#define MAX_AGE_SHORT 86400
#define ID_SIZE sizeof("20261124000000")

/* --- suggested records ---------------------------------------------------------------- */

/* Writes a new id that is larger than earlier ones: the time of this check. */
static void fresh_id(struct context *c, char id[static ID_SIZE])
{
	char time[DATETIME_SIZE];
	size_t used = 0;

	datetime_format(c->settings->now, time);
	for (const char *at = time; *at && used < ID_SIZE - 1; at++)
		if (ascii_is_digit(*at))
			id[used++] = *at;
	id[used] = '\0';
}

static void add_record(struct context *c, struct strbuf *out)
{
	char id[ID_SIZE];

	fresh_id(c, id);
	strbuf_add_format(out, "_mta-sts.%s. TXT \"v=STSv1; id=%s;\"", c->name, id);
}

/* Suggests the record with a new id and a policy for the current MX hosts. */
static void paste_policy(struct context *c, struct domain_finding *f, const char *mode)
{
	struct strbuf out;

	strbuf_init(&out, PASTE_LIMIT);
	add_record(c, &out);
	strbuf_add_format(&out,
			  "\n# https://mta-sts.%s/.well-known/mta-sts.txt\n"
			  "version: STSv1\nmode: %s\n",
			  c->name, mode);
	for (size_t i = 0; i < c->state->host_count; i++)
		strbuf_add_format(&out, "mx: %.*s\n", (int)c->state->hosts[i].name.size,
				  c->state->hosts[i].name.data);
	strbuf_add_format(&out, "max_age: %u", MAX_AGE_GOOD);
	domain_paste(c->findings, f, "%s", out.buf);
	strbuf_release(&out);
}

static void paste_record(struct context *c, struct domain_finding *f)
{
	struct strbuf out;

	strbuf_init(&out, PASTE_LIMIT);
	add_record(c, &out);
	domain_paste(c->findings, f, "%s", out.buf);
	strbuf_release(&out);
}

/* --- the policy ------------------------------------------------------------------------- */

static bool is_mode(const struct domain_state *s, const char *mode)
{
	return slice_is(s->sts_mode, mode);
}

static void judge_hosts(struct context *c, const struct sts_policy *policy, struct slice subject)
{
	const struct domain_state *s = c->state;
	bool used[STS_PATTERNS_MAX] = { false };

	for (size_t h = 0; h < s->host_count; h++) {
		bool covered = false;

		for (size_t p = 0; p < policy->pattern_count; p++)
			if (sts_pattern_matches(policy->patterns[p], s->hosts[h].name))
				covered = used[p] = true;
		if (!covered) {
			struct domain_finding *f = domain_found(
				c->findings, DOMAIN_STS_MX_MISSING, s->hosts[h].name,
				"mode %.*s, and no mx line of %.*s matches", (int)s->sts_mode.size,
				s->sts_mode.data, (int)subject.size, subject.data);

			if (!is_mode(s, "enforce"))
				f->severity = SEVERITY_WARNING;
			domain_paste(c->findings, f, "mx: %.*s", (int)s->hosts[h].name.size,
				     s->hosts[h].name.data);
		}
	}
	for (size_t p = 0; s->host_count > 0 && p < policy->pattern_count; p++)
		if (!used[p])
			domain_found(c->findings, DOMAIN_STS_MX_UNUSED, subject, "mx: %s",
				     text_quote(c->arena, policy->patterns[p], 100));
}

static void judge_policy(struct context *c, const struct sts_policy *policy, struct slice subject)
{
	const struct domain_state *s = c->state;
	struct domain_finding *f;

	if (policy->max_age > STS_MAX_AGE_MAX) {
		f = domain_found(c->findings, DOMAIN_STS_MAX_AGE, subject,
				 "max_age: %" PRIu64 " is above 31557600", policy->max_age);
		f->severity = SEVERITY_CRITICAL;
	} else if (policy->max_age < MAX_AGE_SHORT && is_mode(s, "enforce")) {
		domain_found(c->findings, DOMAIN_STS_MAX_AGE, subject,
			     "max_age: %" PRIu64 " is less than a day", policy->max_age);
	}
	if (is_mode(s, "none")) {
		domain_found(c->findings, DOMAIN_STS_NONE_MODE, subject,
			     "max_age: %" PRIu64 " seconds", policy->max_age);
		return;
	}
	if (is_mode(s, "testing"))
		paste_policy(c, domain_found(c->findings, DOMAIN_STS_TESTING, subject, "%s", ""),
			     "enforce");
	if (s->mx_known)
		judge_hosts(c, policy, subject);
}

static void keep_policy(struct context *c, const struct sts_policy *policy, struct slice body)
{
	struct domain_state *s = c->state;

	s->sts_policy = body;
	s->sts_mode = policy->mode;
	s->sts_max_age = policy->max_age;
	s->sts_pattern_count = policy->pattern_count;
	memcpy(s->sts_patterns, policy->patterns, sizeof(s->sts_patterns));
}

/* --- fetching ---------------------------------------------------------------------------- */

/* Is it text/plain, with or without parameters? */
static bool is_plain(struct slice type)
{
	return slice_is_nocase(slice_trim(slice_split(type, ';', &type)), "text/plain");
}

static bool judge_status(struct context *c, const struct policy_answer *answer,
			 struct slice subject)
{
	if (answer->http_status >= 300 && answer->http_status < 400) {
		domain_found(c->findings, DOMAIN_STS_REDIRECT, subject, "status %u, Location: %s",
			     answer->http_status, text_quote(c->arena, answer->location, 200));
		return false;
	}
	if (answer->http_status != 200) {
		domain_found(c->findings, DOMAIN_STS_STATUS, subject, "status %u",
			     answer->http_status);
		return false;
	}
	return true;
}

static void judge_file(struct context *c, const struct policy_answer *answer, struct slice subject)
{
	struct sts_policy policy;

	if (!judge_status(c, answer, subject))
		return;
	if (!sts_policy_read(c->findings, subject, answer->body, &policy)) {
		for (size_t i = 0; i < c->findings->count; i++)
			if (c->findings->list[i].code == DOMAIN_STS_SYNTAX)
				paste_policy(c, &c->findings->list[i], "testing");
		return;
	}
	if (!is_plain(answer->content_type))
		domain_found(c->findings, DOMAIN_STS_TYPE, subject, "Content-Type: %s",
			     text_quote(c->arena, answer->content_type, 100));
	keep_policy(c, &policy, answer->body);
	judge_policy(c, &policy, subject);
}

static void judge_failure(struct context *c, const struct policy_answer *answer,
			  struct slice subject)
{
	const char *detail = text_quote(c->arena, answer->detail, 200);

	switch (answer->status) {
	case FETCH_LARGE:
		domain_found(c->findings, DOMAIN_STS_LARGE, subject,
			     "the file is larger than 64 KiB");
		return;
	case FETCH_SLOW:
		domain_found(c->findings, DOMAIN_STS_LARGE, subject,
			     "the file did not arrive in time");
		return;
	case FETCH_CERTIFICATE:
	case FETCH_TLS:
		domain_found(c->findings, DOMAIN_STS_CERTIFICATE, subject, "%s", detail);
		return;
	case FETCH_REFUSED:
		domain_found(c->findings, DOMAIN_STS_CONNECT, subject, "%s", detail);
		return;
	default:
		domain_found(c->findings, DOMAIN_STS_UNKNOWN, subject,
			     "the policy host did not answer in time");
		c->state->sts_known = false;
		return;
	}
}

/* Lists the addresses that may be connected to, as "192.0.2.1,[2001:db8::1]". */
static size_t list_addresses(struct context *c, const struct dns_answer *answer,
			     struct strbuf *list, size_t *found)
{
	size_t added = 0;

	for (size_t i = 0; answer->status == DNS_DATA && i < answer->count; i++) {
		char text[ADDRESS_TEXT_SIZE];

		if (!address_text(answer->data[i], text))
			continue;
		++*found;
		if (added == DOMAIN_ADDRESSES_MAX ||
		    (!c->settings->allow_private && !address_data_is_public(answer->data[i])))
			continue;
		strbuf_add_format(list, strchr(text, ':') ? "%s[%s]" : "%s%s",
				  list->len > 0 ? "," : "", text);
		added++;
	}
	return added;
}

enum host_state { HOST_READY, HOST_ABSENT, HOST_UNUSABLE, HOST_UNSEEN };

static enum host_state find_host(struct context *c, const char *name, struct strbuf *list,
				 const char **why)
{
	const struct dns_answer *v4 = dns_ask(&c->session, name, DNS_A);
	const struct dns_answer *v6 = dns_ask(&c->session, name, DNS_AAAA);
	size_t found = 0;

	if (list_addresses(c, v4, list, &found) + list_addresses(c, v6, list, &found) > 0)
		return HOST_READY;
	if (v4->status == DNS_BOGUS || v6->status == DNS_BOGUS) {
		*why = "its address does not validate (DNSSEC)";
		return HOST_UNUSABLE;
	}
	if (!dns_answered(v4) || !dns_answered(v6))
		return HOST_UNSEEN;
	if (found > 0)
		*why = "it has only addresses that are not public";
	else if (v4->canonical.data)
		*why = arena_format(c->arena, "its alias %s has no address",
				    text_quote(c->arena, v4->canonical, 200));
	else
		*why = "the name has no address";
	return found > 0 || v4->canonical.data || v4->status == DNS_NODATA ? HOST_UNUSABLE
									   : HOST_ABSENT;
}

static void fetch(struct context *c, const char *host, const char *addresses,
		  struct policy_answer *answer)
{
	const struct domain_settings *settings = c->settings;
	const struct policy_request request = {
		.host = host,
		.addresses = addresses,
		.port = settings->https_port ? settings->https_port : HTTPS_PORT,
		.ca_file = settings->ca_file,
		.allow_private = settings->allow_private,
		.deadline = c->session.deadline,
		.connect_ms = settings->step_ms,
		.whole_ms = 3 * settings->step_ms,
	};

	policy_fetch(&request, c->arena, answer);
}

/* With a record, every fault of the policy host is a fault of the policy. */
static void check_published(struct context *c, const char *host)
{
	struct policy_answer answer;
	struct strbuf addresses;
	const char *why = "";

	strbuf_init(&addresses, 512);
	switch (find_host(c, host, &addresses, &why)) {
	case HOST_ABSENT:
		paste_policy(c,
			     domain_found(c->findings, DOMAIN_STS_RECORD_ONLY, slice_of(host),
					  "the name does not exist"),
			     "testing");
		break;
	case HOST_UNUSABLE:
		domain_found(c->findings, DOMAIN_STS_HOST, slice_of(host), "%s", why);
		break;
	case HOST_UNSEEN:
		domain_found(c->findings, DOMAIN_STS_UNKNOWN, slice_of(host),
			     "the address of the policy host could not be looked up");
		c->state->sts_known = false;
		break;
	case HOST_READY:
		fetch(c, host, addresses.buf, &answer);
		if (answer.status == FETCH_DONE)
			judge_file(c, &answer, slice_of(host));
		else
			judge_failure(c, &answer, slice_of(host));
	}
	strbuf_release(&addresses);
}

/* Without a record, looks for a policy that new senders never fetch. */
static void check_unpublished(struct context *c, const char *name, const char *host)
{
	struct policy_answer answer = { .status = FETCH_STOPPED };
	struct strbuf addresses;
	const char *why;

	strbuf_init(&addresses, 512);
	if (find_host(c, host, &addresses, &why) == HOST_READY)
		fetch(c, host, addresses.buf, &answer);
	strbuf_release(&addresses);
	if (answer.status == FETCH_DONE && answer.http_status == 200 &&
	    slice_starts_with(answer.body, "version: STSv1"))
		paste_record(c, domain_found(c->findings, DOMAIN_STS_POLICY_ONLY, slice_of(name),
					     "%s serves a policy", host));
	else
		paste_policy(c,
			     domain_found(c->findings, DOMAIN_STS_NONE, slice_of(name), "%s", ""),
			     "testing");
}

/* --- the record ----------------------------------------------------------------------------- */

static bool judge_record(struct context *c, const char *name, struct slice text)
{
	const char *why = sts_record_fault(text, &c->state->sts_id);

	c->state->sts_text = text;
	if (!why)
		return true;
	paste_record(c, domain_found(c->findings, DOMAIN_STS_RECORD, slice_of(name), "%s, in: %s",
				     why, text_quote(c->arena, text, EVIDENCE_OCTETS)));
	return false;
}

void check_sts(struct context *c)
{
	const char *name = context_name(c, "_mta-sts", c->domain);
	const char *host = context_name(c, "mta-sts", c->domain);
	const struct dns_answer *answer = name ? context_ask(c, name, DNS_TXT, DOMAIN_STS_UNKNOWN)
					       : NULL;
	struct slice only = { NULL, 0 }, near = { NULL, 0 };
	size_t count, records = 0;
	struct txt *texts;

	if (!answer || !host)
		return;
	c->state->sts_known = true;
	count = context_texts(c, answer, &texts);
	for (size_t i = 0; i < count; i++) {
		if (sts_is_record(texts[i].text)) {
			only = texts[i].text;
			records++;
		} else if (sts_is_near(texts[i].text)) {
			near = texts[i].text;
		}
	}
	if (records > 1)
		domain_found(c->findings, DOMAIN_STS_MULTIPLE, slice_of(name), "%zu records",
			     records);
	else if (records == 1 && judge_record(c, name, only))
		check_published(c, host);
	else if (records == 0 && near.data)
		paste_record(c, domain_found(c->findings, DOMAIN_STS_RECORD, slice_of(name),
					     "it does not begin with v=STSv1; in: %s",
					     text_quote(c->arena, near, EVIDENCE_OCTETS)));
	else if (records == 0)
		check_unpublished(c, name, host);
	if (c->state->sts_policy.data && !slice_is(c->state->sts_mode, "none") &&
	    dns_ask(&c->session, context_name(c, "_smtp._tls", c->domain), DNS_TXT)->status >
		    DNS_DATA &&
	    dns_answered(dns_ask(&c->session, context_name(c, "_smtp._tls", c->domain), DNS_TXT)))
		domain_found(c->findings, DOMAIN_STS_NO_TLSRPT, slice_of(name), "%s", "");
}
