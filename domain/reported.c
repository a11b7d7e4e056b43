/* reported.c - compares reports with records
 *
 * SPDX-License-Identifier: MIT
 *
 * Reports describe a past day, records the present: each finding says which of them
 * is at fault now.  Small numbers give no finding, and a report older than a record
 * is not compared with it.
 */
#include "domain/reported.h"

#include <inttypes.h>

#include "base/datetime.h"
#include "domain/sts_record.h"

#define DAY INT64_C(86400)
#define MESSAGES_MIN 100
#define SESSIONS_MIN 20
#define RAISE_DAYS (30 * DAY)
#define ENFORCE_DAYS (60 * DAY)
#define UNUSED_DAYS (60 * DAY)
#define SILENCE (7 * DAY)
#define RECENT (2 * DAY)
/* Records may be cached this long.  Cached MTA-STS policies are distinguished only to the
 * day. */
#define CACHE DAY
#define USED_DAYS (7 * DAY)
#define DKIM_FAILED_MIN 10
#define LISTED 5

struct judge {
	const struct domain_settings *settings;
	struct domain_report *report;
	const struct domain_state *s;
	struct domain_findings *findings;
	const struct reported *r;
	const char *policy_digest;
	const struct domain_since *since;
};

static const char *day(const struct judge *j, int64_t time)
{
	char text[DATETIME_DAY_SIZE];

	datetime_format_day(time, text);
	return arena_format(j->findings->arena, "%s", text);
}

static const char *quote(const struct judge *j, struct slice text)
{
	return text_quote(j->findings->arena, text, 100);
}

/* "google.com", or "google.com and others" */
static const char *by(const struct judge *j, const struct reported_by *who)
{
	return arena_format(j->findings->arena, "%s%s", quote(j, who->first),
			    who->several ? " and others" : " alone");
}

static const char *name_of(const struct judge *j)
{
	return arena_format(j->findings->arena, "%.*s", (int)j->s->name.size, j->s->name.data);
}

/* --- DMARC ------------------------------------------------------------------------------ */

static void judge_policy(const struct judge *j)
{
	const char *now = dmarc_policy_name(j->s->dmarc.p);

	for (size_t i = 0; j->s->dmarc_text.data && i < j->r->policy_count; i++) {
		const struct reported_policy *p = &j->r->policies[i];

		if (slice_is(p->p, now) || p->last < j->r->last - RECENT ||
		    (j->since->dmarc > 0 && p->last < j->since->dmarc + CACHE))
			continue;
		domain_found(j->findings, DOMAIN_REPORTED_POLICY, j->s->name,
			     "p=%s seen by %s on %s, p=%s published now", quote(j, p->p),
			     by(j, &p->by), day(j, p->last), now);
	}
	if (j->r->psl_domain.data && j->r->walk_domain.data &&
	    !slice_equal(j->r->psl_domain, j->r->walk_domain))
		domain_found(j->findings, DOMAIN_REPORTED_METHOD, j->s->name,
			     "public suffix list: %s; tree walk: %s", quote(j, j->r->psl_domain),
			     quote(j, j->r->walk_domain));
}

/* Failures other than forwarding.  If senders are named, failures of unknown senders are
 * forged mail, which the policy is meant to stop. */
static uint64_t own_failures(const struct reported *r)
{
	if (r->senders_named)
		return r->failed_known;
	return r->failed > r->forwarded ? r->failed - r->forwarded : 0;
}

/* "192.0.2.1 (40), 192.0.2.2 (3)" */
static const char *names(const struct judge *j, const struct reported_name *list, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count && i < LISTED; i++)
		text = arena_format(j->findings->arena, "%s%s%s (%" PRIu64 ")", text,
				    i > 0 ? ", " : "", quote(j, list[i].name), list[i].messages);
	return count > LISTED ? arena_format(j->findings->arena, "%s and others", text) : text;
}

static void judge_next_policy(const struct judge *j)
{
	const struct reported *r = j->r;
	const bool none = j->s->dmarc.p == DMARC_POLICY_NONE;
	const struct tag_change raise = { "p", none ? "quarantine" : "reject" };
	struct domain_finding *f;

	if (!j->s->dmarc_text.data || r->messages < MESSAGES_MIN ||
	    (!none && j->s->dmarc.p != DMARC_POLICY_QUARANTINE))
		return;
	if (r->failed > 0)
		domain_found(j->findings, DOMAIN_REPORTED_REJECT, j->s->name,
			     "%" PRIu64 " of %" PRIu64 " messages (%.1f %%) fail, %" PRIu64
			     " of these were forwarded or sent to lists%s%s",
			     r->failed, r->messages,
			     100.0 * (double)r->failed / (double)r->messages, r->forwarded,
			     r->failed_sender_count > 0 ? "; the others: " : "",
			     names(j, r->failed_senders, r->failed_sender_count));
	if (r->last - r->first < RAISE_DAYS || own_failures(r) * 100 > r->messages)
		return;
	f = domain_found(j->findings, DOMAIN_REPORTED_RAISE, j->s->name,
			 "%" PRIu64 " of %" PRIu64 " messages pass, from %s to %s", r->passed,
			 r->messages, day(j, r->first), day(j, r->last));
	domain_paste(j->findings, f, "_dmarc.%.*s. TXT %s", (int)j->s->dmarc_location.size,
		     j->s->dmarc_location.data,
		     text_strings(j->findings->arena,
				  slice_of(record_tags_rewrite(j->findings->arena,
							       &j->s->dmarc.tags, "DMARC1", &raise,
							       1))));
}

static void judge_identities(const struct judge *j)
{
	const struct reported *r = j->r;

	if (r->messages < MESSAGES_MIN)
		return;
	if (r->spf_only > 0 && j->s->dmarc.p >= DMARC_POLICY_NONE)
		domain_found(j->findings, DOMAIN_REPORTED_SPF_ONLY, j->s->name,
			     "%" PRIu64 " of %" PRIu64 " messages: %s", r->spf_only, r->messages,
			     names(j, r->spf_sources, r->spf_source_count));
	if (r->dkim_only > r->spf_missing)
		domain_found(j->findings, DOMAIN_REPORTED_DKIM_ONLY, j->s->name,
			     "%" PRIu64 " messages", r->dkim_only - r->spf_missing);
	if (r->spf_missing > 0)
		domain_found(j->findings, DOMAIN_REPORTED_NOT_IN_SPF, j->s->name,
			     "%" PRIu64 " messages", r->spf_missing);
}

static void judge_includes(const struct judge *j)
{
	const struct reported *r = j->r;

	if (r->messages < MESSAGES_MIN || r->last - r->first < UNUSED_DAYS || r->sources.overflow)
		return;
	for (size_t i = 0; i < j->s->spf_include_count; i++) {
		const struct domain_include *include = &j->s->spf_includes[i];

		if (!include->open && include->networks &&
		    !address_set_meets(&r->sources, include->networks))
			domain_found(j->findings, DOMAIN_REPORTED_SPF_UNUSED, include->target,
				     "none of %" PRIu64 " messages from %s to %s", r->messages,
				     day(j, r->first), day(j, r->last));
	}
}

static bool spf_is_faulty(const struct judge *j)
{
	static const enum domain_code codes[] = { DOMAIN_SPF_SYNTAX,        DOMAIN_SPF_JOIN,
						  DOMAIN_SPF_MULTIPLE,      DOMAIN_SPF_LOOKUPS,
						  DOMAIN_SPF_VOID,          DOMAIN_SPF_INCLUDE_NONE,
						  DOMAIN_SPF_REDIRECT_NONE, DOMAIN_SPF_LOOP,
						  DOMAIN_SPF_MX_MANY };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (domain_has(j->findings, codes[i]))
			return true;
	return false;
}

static void judge_spf_errors(const struct judge *j)
{
	const struct reported *r = j->r;
	const bool still = spf_is_faulty(j);

	if (r->spf_errors == 0 || !j->s->spf_known)
		return;
	domain_found(j->findings, DOMAIN_REPORTED_SPF_ERROR, j->s->name,
		     "%" PRIu64 " messages, last on %s, by %s; %s", r->spf_errors,
		     day(j, r->spf_errors_last), by(j, &r->spf_errors_by),
		     still ? "the same fault is there now" : "no such fault is there now")
		->severity = still ? SEVERITY_WARNING : SEVERITY_NOTICE;
}

static void judge_subdomains(const struct judge *j)
{
	const enum dmarc_policy sp = j->s->dmarc.sp >= DMARC_POLICY_NONE ? j->s->dmarc.sp
									 : j->s->dmarc.p;

	for (size_t i = 0; sp == DMARC_POLICY_NONE && i < j->r->subdomain_count; i++)
		domain_found(j->findings, DOMAIN_REPORTED_SUBDOMAIN, j->r->subdomains[i].name,
			     "%" PRIu64 " messages that do not authenticate",
			     j->r->subdomains[i].messages);
}

static bool asks_us(const struct judge *j)
{
	const char *address = j->settings->report_address;

	return slice_find_text(j->s->dmarc.rua, address) < j->s->dmarc.rua.size;
}

static void judge_arrival(const struct judge *j)
{
	const struct reported *r = j->r;
	const int64_t age = j->settings->now - r->last_end;

	if (r->messages == 0 || !j->s->dmarc_known)
		return;
	if (age > SILENCE && j->s->dmarc.rua.size > 0)
		domain_found(j->findings, DOMAIN_REPORTED_SILENCE, j->s->name,
			     "the last report ends on %s", day(j, r->last_end));
	if (age <= SILENCE && j->settings->report_address && !asks_us(j))
		domain_found(j->findings, DOMAIN_REPORTED_UNASKED, j->s->name,
			     "the last report ends on %s; rua: %s", day(j, r->last_end),
			     j->s->dmarc.rua.size > 0 ? quote(j, j->s->dmarc.rua) : "none");
}

/* --- DKIM ---------------------------------------------------------------------------------- */

static const struct domain_key *key_of(const struct judge *j, struct slice selector)
{
	for (size_t i = 0; i < j->s->key_count; i++)
		if (slice_equal_nocase(j->s->keys[i].selector, selector))
			return &j->s->keys[i];
	return NULL;
}

/* Replaces the finding about the missing key by one with the numbers. */
static void judge_gone(const struct judge *j, const struct reported_selector *r)
{
	const char *name = arena_format(j->findings->arena, "%.*s._domainkey.%.*s",
					(int)r->selector.size, r->selector.data,
					(int)r->domain.size, r->domain.data);

	for (size_t i = 0; i < j->findings->count; i++) {
		struct domain_finding *f = &j->findings->list[i];

		if ((f->code != DOMAIN_DKIM_MISSING && f->code != DOMAIN_DKIM_REVOKED) ||
		    !slice_is_nocase(f->subject, name))
			continue;
		f->code = DOMAIN_REPORTED_KEY_GONE;
		f->severity = SEVERITY_CRITICAL;
		f->advice = slice_of(domain_code_row(f->code)->advice);
		f->evidence = slice_of(arena_format(j->findings->arena,
						    "%" PRIu64 " messages passed, last on %s",
						    r->passed, day(j, r->last_passed)));
	}
}

/* The key passed until the keys changed and has failed since.  A period may begin up to a
 * day before the change. */
static bool key_was_changed(const struct judge *j, const struct reported_selector *s)
{
	const int64_t since = j->since->dkim;

	return since > 0 && s->passed > 0 && s->failed >= DKIM_FAILED_MIN &&
	       s->last_passed < since && s->first_failed >= since - CACHE;
}

static void judge_selectors(const struct judge *j)
{
	const struct reported *r = j->r;

	for (size_t i = 0; i < r->selector_count; i++) {
		const struct reported_selector *s = &r->selectors[i];
		const struct domain_key *key = key_of(j, s->selector);

		if (!slice_equal(s->domain, j->s->name))
			continue;
		if (s->passed > 0)
			judge_gone(j, s);
		if (key && key->bits > 0 && key_was_changed(j, s))
			domain_found(j->findings, DOMAIN_REPORTED_KEY_CHANGED, s->selector,
				     "%" PRIu64 " messages fail since %s, by %s; %" PRIu64
				     " passed before; the keys are new since %s",
				     s->failed, day(j, s->first_failed), by(j, &s->by), s->passed,
				     day(j, j->since->dkim));
		else if (key && key->bits > 0 && s->failed >= DKIM_FAILED_MIN &&
			 s->failed * 5 >= s->passed + s->failed)
			domain_found(j->findings, DOMAIN_REPORTED_DKIM_FAILS, s->selector,
				     "%" PRIu64 " of %" PRIu64 " messages fail, last on %s, by %s",
				     s->failed, s->passed + s->failed, day(j, s->last_failed),
				     by(j, &s->by));
	}
	for (size_t i = 0; r->messages >= MESSAGES_MIN && i < j->s->key_count; i++) {
		bool seen = j->s->keys[i].bits == 0;

		for (size_t k = 0; k < r->selector_count; k++)
			seen |= r->selectors[k].passed > 0 &&
				slice_equal_nocase(r->selectors[k].selector,
						   j->s->keys[i].selector);
		if (!seen)
			domain_found(j->findings, DOMAIN_REPORTED_KEY_UNUSED,
				     j->s->keys[i].selector, "none of %" PRIu64 " messages",
				     r->messages);
	}
}

/* --- TLS ------------------------------------------------------------------------------------- */

static void judge_tls_policies(const struct judge *j)
{
	for (size_t i = 0; j->policy_digest[0] && i < j->r->tls_policy_count; i++) {
		const struct reported_tls_policy *p = &j->r->tls_policies[i];

		if (slice_is(p->digest, j->policy_digest) || p->last < j->r->tls_last - RECENT ||
		    (j->since->sts > 0 && p->last < j->since->sts + CACHE))
			continue;
		domain_found(j->findings, DOMAIN_REPORTED_TLS_POLICY, j->s->name,
			     "mode %s seen by %s on %s; mode %s is served now", quote(j, p->mode),
			     by(j, &p->by), day(j, p->last), quote(j, j->s->sts_mode));
	}
}

/* Does the fault persist?  Only a probe shows it, and only for this host. */
enum still { STILL_WRONG, STILL_RIGHT, STILL_UNKNOWN };

static enum still host_is(const struct judge *j, struct slice host, const enum domain_code *codes,
			  size_t count)
{
	for (size_t i = 0; i < j->findings->count; i++)
		for (size_t c = 0; c < count; c++)
			if (j->findings->list[i].code == codes[c] &&
			    slice_equal(j->findings->list[i].subject, host))
				return STILL_WRONG;
	for (size_t i = 0; i < j->s->host_count; i++)
		if (slice_equal(j->s->hosts[i].name, host) && j->s->hosts[i].certificate.seen)
			return STILL_RIGHT;
	return STILL_UNKNOWN;
}

static void found_failure(const struct judge *j, const struct reported_tls_failure *r,
			  enum domain_code code, enum still still)
{
	static const char *const words[] = {
		[STILL_WRONG] = "it is still wrong",
		[STILL_RIGHT] = "it is correct now",
		[STILL_UNKNOWN] = "the mail server was not examined",
	};
	struct domain_finding *f = domain_found(
		j->findings, code, r->host.size > 0 ? r->host : j->s->name,
		"%s: %" PRIu64 " sessions from %s to %s, by %s%s%s; %s", quote(j, r->code),
		r->sessions, day(j, r->first), day(j, r->last), by(j, &r->by),
		r->address.size > 0 ? ", at " : "", quote(j, r->address), words[still]);

	if (still == STILL_RIGHT)
		f->severity = SEVERITY_NOTICE;
	else if (still == STILL_UNKNOWN)
		f->severity = SEVERITY_WARNING;
}

static bool is_covered(const struct judge *j, struct slice host)
{
	for (size_t i = 0; i < j->s->sts_pattern_count; i++)
		if (sts_pattern_matches(j->s->sts_patterns[i], host))
			return true;
	return false;
}

static void judge_tls_failure(const struct judge *j, const struct reported_tls_failure *r)
{
	static const enum domain_code certificate[] = { DOMAIN_SMTP_CERT_EXPIRED,
							DOMAIN_SMTP_CERT_CHAIN,
							DOMAIN_SMTP_CERT_NAME };
	static const enum domain_code dane[] = { DOMAIN_DANE_MISMATCH, DOMAIN_DANE_TA_CHAIN,
						 DOMAIN_DANE_TA_NAME, DOMAIN_DANE_TA_EXPIRED };
	static const enum domain_code starttls[] = { DOMAIN_SMTP_NO_STARTTLS,
						     DOMAIN_DANE_NO_STARTTLS };

	if (slice_starts_with(r->code, "certificate-"))
		found_failure(j, r, DOMAIN_REPORTED_CERTIFICATE,
			      host_is(j, r->host, certificate, 3));
	else if (slice_starts_with(r->code, "sts-"))
		found_failure(j, r, DOMAIN_REPORTED_STS_FETCH,
			      j->s->sts_policy.data                    ? STILL_RIGHT
			      : j->s->sts_known && j->s->sts_text.data ? STILL_WRONG
								       : STILL_UNKNOWN);
	else if (slice_is(r->code, "tlsa-invalid") || slice_is(r->code, "dnssec-invalid"))
		found_failure(j, r, DOMAIN_REPORTED_TLSA, host_is(j, r->host, dane, 4));
	else if (slice_is(r->code, "starttls-not-supported"))
		found_failure(j, r, DOMAIN_REPORTED_STARTTLS, host_is(j, r->host, starttls, 2));
	else if (slice_is(r->code, "validation-failure") && r->host.size > 0 &&
		 j->s->sts_policy.data && !is_covered(j, r->host))
		found_failure(j, r, DOMAIN_REPORTED_MX_OUTSIDE, STILL_WRONG);
}

static void judge_enforce(const struct judge *j)
{
	const struct reported *r = j->r;

	if (!slice_is(j->s->sts_mode, "testing") || r->failed_sessions > 0 ||
	    r->sessions < SESSIONS_MIN || r->tls_last - r->tls_first < ENFORCE_DAYS ||
	    domain_has(j->findings, DOMAIN_STS_MX_MISSING))
		return;
	domain_found(j->findings, DOMAIN_REPORTED_ENFORCE, j->s->name,
		     "%" PRIu64 " sessions from %s to %s, by %s", r->sessions, day(j, r->tls_first),
		     day(j, r->tls_last), by(j, &r->tls_by));
}

static void judge_tls(const struct judge *j)
{
	judge_tls_policies(j);
	for (size_t i = 0; i < j->r->tls_failure_count; i++)
		judge_tls_failure(j, &j->r->tls_failures[i]);
	judge_enforce(j);
	if (j->s->tlsrpt_rua.size > 0 && j->r->sessions == 0 && j->r->failed_sessions == 0)
		domain_found(j->findings, DOMAIN_REPORTED_NO_SESSIONS, j->s->name, "%s",
			     name_of(j));
}

void domain_judge_reported(const struct domain_settings *settings, struct domain_report *report,
			   const struct reported *reported, const char *policy_digest,
			   const struct domain_since *since)
{
	const struct judge j = {
		.settings = settings,
		.report = report,
		.s = &report->state,
		.findings = &report->findings,
		.r = reported,
		.policy_digest = policy_digest,
		.since = since,
	};

	judge_policy(&j);
	judge_next_policy(&j);
	judge_identities(&j);
	judge_includes(&j);
	judge_spf_errors(&j);
	judge_selectors(&j);
	judge_subdomains(&j);
	judge_arrival(&j);
	judge_tls(&j);
	domain_findings_sort(&report->findings);
}

size_t reported_selectors(const struct reported *reported, struct slice domain, int64_t now,
			  struct domain_selector list[static DOMAIN_SELECTORS_MAX])
{
	uint64_t passed[DOMAIN_SELECTORS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < reported->selector_count && count < DOMAIN_SELECTORS_MAX; i++) {
		const struct reported_selector *s = &reported->selectors[i];
		size_t at = count;

		if (s->passed == 0 || !slice_equal(s->domain, domain))
			continue;
		for (; at > 0 && passed[at - 1] < s->passed; at--) {
			list[at] = list[at - 1];
			passed[at] = passed[at - 1];
		}
		list[at] = (struct domain_selector){ s->selector,
						     now - s->last_passed <= USED_DAYS };
		passed[at] = s->passed;
		count++;
	}
	return count;
}
