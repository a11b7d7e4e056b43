/* check_dmarc.c - finds and checks the DMARC record that applies
 *
 * SPDX-License-Identifier: MIT
 *
 * Receivers of RFC 9989 walk up the tree, older ones use the public suffix list;
 * both methods are checked.
 */
#include "base/organizational_domain.h"
#include "domain/context.h"

#define WALK_LABELS 8 /* RFC 9989 section 4.10 */
#define REPORT_URIS_MAX 10

/* The records at one name of the walk. */
struct stop {
	struct slice domain;
	const struct dns_answer *answer; /* NULL: no answer */
	struct txt *texts;
	size_t count;
	size_t records;             /* texts that receivers accept as DMARC records */
	struct dmarc_record record; /* if records is 1 */
};

struct walk {
	struct stop stops[WALK_LABELS + 1]; /* from the domain upwards */
	size_t count;
	bool failed; /* an answer is missing */
};

static struct slice parent_of(struct slice domain)
{
	struct slice rest;

	(void)slice_split(domain, '.', &rest);
	return rest;
}

static size_t labels_of(struct slice domain)
{
	size_t count = 0;

	for (; domain.size > 0; domain = parent_of(domain))
		count++;
	return count;
}

static void read_stop(struct context *c, struct slice domain, struct stop *stop)
{
	const char *name = context_name(c, "_dmarc", domain);

	*stop = (struct stop){ .domain = domain };
	if (!name)
		return;
	stop->answer = context_ask(c, name, DNS_TXT, DOMAIN_DMARC_UNKNOWN);
	if (!stop->answer)
		return;
	stop->count = context_texts(c, stop->answer, &stop->texts);
	for (size_t i = 0; i < stop->count; i++) {
		if (!dmarc_is_record(stop->texts[i].text))
			continue;
		if (stop->records++ == 0)
			dmarc_record_read(stop->texts[i].text, &stop->record);
	}
}

/* RFC 9989 section 4.10: walks from the domain up to the top-level domain.  If the name has
 * more than eight labels, continues with its last seven. */
static void walk_up(struct context *c, struct walk *walk)
{
	struct slice domain = c->domain;

	*walk = (struct walk){ .count = 0 };
	while (domain.size > 0 && walk->count <= WALK_LABELS) {
		struct stop *stop = &walk->stops[walk->count++];

		read_stop(c, domain, stop);
		walk->failed |= !stop->answer;
		if (stop->records == 1 && (stop->record.psd_no || stop->record.psd_yes))
			return;
		domain = parent_of(domain);
		while (labels_of(domain) > WALK_LABELS - 1)
			domain = parent_of(domain);
	}
}

/* Returns the organizational domain of RFC 9989: the name with psd=n, the name below one
 * with psd=y, else the record with the fewest labels. */
static const struct stop *walk_organization(const struct walk *walk)
{
	const struct stop *found = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		const struct stop *stop = &walk->stops[i];

		if (stop->records != 1)
			continue;
		if (stop->record.psd_no)
			return stop;
		if (stop->record.psd_yes && i > 0)
			return &walk->stops[i - 1];
		found = stop;
	}
	return found;
}

static const struct stop *stop_at(const struct walk *walk, struct slice domain)
{
	for (size_t i = 0; i < walk->count; i++)
		if (slice_equal(walk->stops[i].domain, domain))
			return &walk->stops[i];
	return NULL;
}

/* Returns the record that receivers of RFC 9989 apply: the domain's own, else that of the
 * organizational domain or the public suffix. */
static const struct stop *walk_policy(const struct walk *walk, const struct stop *organization)
{
	const struct stop *last = walk->count > 0 ? &walk->stops[walk->count - 1] : NULL;

	if (walk->stops[0].records == 1)
		return &walk->stops[0];
	if (organization && organization->records == 1)
		return organization;
	return last && last->records == 1 && last->record.psd_yes ? last : NULL;
}

static const struct stop *psl_policy(const struct walk *walk, struct slice organization)
{
	const struct stop *stop = stop_at(walk, organization);

	if (walk->stops[0].records == 1)
		return &walk->stops[0];
	return stop && stop->records == 1 ? stop : NULL;
}

/* --- the domain's own record -------------------------------------------------------- */

static const char *quote(struct context *c, struct slice text)
{
	return text_quote(c->arena, text, EVIDENCE_OCTETS);
}

static const char *report_uri(struct context *c)
{
	return c->settings->report_address
		       ? arena_format(c->arena, "mailto:%s", c->settings->report_address)
		       : "mailto:<report mailbox>";
}

static struct slice subject_of(struct context *c, struct slice domain)
{
	const char *name = context_name(c, "_dmarc", domain);

	return name ? slice_of(name) : domain;
}

/* Returns the strictest of several records, the first one on a tie. */
static struct slice strictest(const struct stop *stop)
{
	enum dmarc_policy best = DMARC_POLICY_ABSENT;
	struct slice found = { NULL, 0 };

	for (size_t i = 0; i < stop->count; i++) {
		struct dmarc_record record;

		if (!dmarc_is_record(stop->texts[i].text))
			continue;
		dmarc_record_read(stop->texts[i].text, &record);
		if (!found.data || record.p > best) {
			best = record.p;
			found = stop->texts[i].text;
		}
	}
	return found;
}

static void judge_count(struct context *c, const struct stop *stop)
{
	const struct slice subject = subject_of(c, stop->domain), keep = strictest(stop);
	struct domain_finding *f;

	if (stop->records < 2)
		return;
	f = domain_found(c->findings, DOMAIN_DMARC_MULTIPLE, subject, "%zu records, such as: %s",
			 stop->records, quote(c, keep));
	domain_paste(c->findings, f, "%.*s. TXT %s", (int)subject.size, subject.data,
		     text_strings(c->arena, keep));
}

/* Without a record, a near miss explains all other findings. */
static bool judge_texts(struct context *c, const struct stop *stop)
{
	const struct slice subject = subject_of(c, stop->domain);
	bool near = false;

	for (size_t i = 0; i < stop->count; i++) {
		const struct slice text = stop->texts[i].text;

		if (dmarc_is_record(text))
			continue;
		if (stop->records == 0 && dmarc_is_near(text)) {
			domain_found(c->findings, DOMAIN_DMARC_VERSION, subject, "%s",
				     quote(c, text));
			near = true;
		} else {
			domain_found(c->findings, DOMAIN_DMARC_FOREIGN_TXT, subject, "%s",
				     quote(c, text));
		}
	}
	return near;
}

static void judge_alias(struct context *c, const struct stop *stop)
{
	const struct slice subject = subject_of(c, stop->domain);
	struct domain_finding *f;

	if (!stop->answer || !stop->answer->canonical.data)
		return;
	if (stop->answer->status == DNS_DATA) {
		domain_found(c->findings, DOMAIN_DMARC_ALIAS, subject, "the target is %s",
			     quote(c, stop->answer->canonical));
		return;
	}
	f = domain_found(c->findings, DOMAIN_DMARC_ALIAS, subject,
			 "the target %s has no record: %s", quote(c, stop->answer->canonical),
			 dns_status_text(stop->answer->status));
	f->severity = SEVERITY_CRITICAL;
	f->advice = slice_of("Create the record at the provider again, or replace the alias.");
}

/* Control panels that append the zone create _dmarc.example.com.example.com. */
static bool judge_misplaced(struct context *c)
{
	const char *twice = arena_format(c->arena, "_dmarc.%s.%s", c->name, c->name);
	const char *places[] = { c->name, twice };
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		const struct dns_answer *answer;
		struct txt *texts;
		size_t count;

		if (strlen(places[i]) > 253)
			continue;
		answer = dns_ask(&c->session, places[i], DNS_TXT);
		count = answer->status == DNS_DATA ? context_texts(c, answer, &texts) : 0;
		for (size_t t = 0; t < count; t++) {
			struct domain_finding *f;

			if (!dmarc_is_record(texts[t].text))
				continue;
			f = domain_found(c->findings, DOMAIN_DMARC_MISPLACED, slice_of(places[i]),
					 "%s", quote(c, texts[t].text));
			domain_paste(c->findings, f, "_dmarc.%s. TXT %s", c->name,
				     text_strings(c->arena, texts[t].text));
			found = true;
		}
	}
	return found;
}

/* --- the record that applies --------------------------------------------------------- */

static void judge_none(struct context *c)
{
	struct domain_finding *f = domain_found(c->findings, DOMAIN_DMARC_NONE,
						subject_of(c, c->domain), "%s", "");

	/* a domain without mail can use p=reject without monitoring */
	if (c->state->null_mx && slice_is(c->state->spf_text, "v=spf1 -all"))
		domain_paste(c->findings, f, "_dmarc.%s. TXT \"v=DMARC1; p=reject\"", c->name);
	else
		domain_paste(c->findings, f, "_dmarc.%s. TXT \"v=DMARC1; p=none; rua=%s\"", c->name,
			     report_uri(c));
}

static enum dmarc_policy for_subdomain(struct context *c, const struct dmarc_record *record,
				       const char **tag)
{
	const bool missing = dns_ask(&c->session, c->name, DNS_SOA)->status == DNS_NXDOMAIN;

	if (missing && record->np >= DMARC_POLICY_NONE) {
		*tag = "np";
		return record->np;
	}
	*tag = record->sp >= DMARC_POLICY_NONE ? "sp" : "p";
	return record->sp >= DMARC_POLICY_NONE ? record->sp : dmarc_policy_effective(record);
}

static void judge_inherited(struct context *c, const struct stop *policy)
{
	const char *tag;

	c->state->dmarc_effective = for_subdomain(c, &policy->record, &tag);
	domain_found(c->findings, DOMAIN_DMARC_INHERITED, subject_of(c, policy->domain),
		     "%s=%s applies, from: %s", tag, dmarc_policy_name(c->state->dmarc_effective),
		     quote(c, policy->record.text));
}

static void judge_middle(struct context *c, const struct walk *walk, const struct stop *policy)
{
	for (size_t i = 1; i < walk->count && &walk->stops[i] != policy; i++)
		if (walk->stops[i].records == 1 && !walk->stops[i].record.psd_no &&
		    walk->stops[0].records == 0)
			domain_found(c->findings, DOMAIN_DMARC_MIDDLE,
				     subject_of(c, walk->stops[i].domain), "%s",
				     quote(c, walk->stops[i].record.text));
}

static void judge_difference(struct context *c, const struct walk *walk,
			     const struct stop *organization)
{
	const struct slice by_list = organizational_domain(c->domain);
	const struct stop *by_walk = walk_policy(walk, organization);

	if (!by_list.data || !organization || walk->failed)
		return;
	if (slice_equal(by_list, organization->domain) && psl_policy(walk, by_list) == by_walk)
		return;
	domain_found(c->findings, DOMAIN_DMARC_WALK_DIFFERS, c->domain,
		     "organizational domain by the public suffix list: %.*s; by walking up: %.*s",
		     (int)by_list.size, by_list.data, (int)organization->domain.size,
		     organization->domain.data);
}

static void judge_psd(struct context *c, const struct stop *policy)
{
	const struct slice organization = organizational_domain(policy->domain);
	const struct tag_change drop = { "psd", NULL };
	struct domain_finding *f;
	struct slice subject;

	if (!policy->record.psd_yes || !organization.data)
		return;
	subject = subject_of(c, policy->domain);
	f = domain_found(c->findings, DOMAIN_DMARC_PSD, subject, "%s",
			 quote(c, policy->record.text));
	domain_paste(c->findings, f, "%.*s. TXT %s", (int)subject.size, subject.data,
		     text_strings(c->arena,
				  slice_of(record_tags_rewrite(c->arena, &policy->record.tags,
							       "DMARC1", &drop, 1))));
}

/* --- report destinations -------------------------------------------------------------- */

/* RFC 9990 section 4: the host must publish an authorization record. */
static void judge_authorization(struct context *c, const struct stop *policy,
				const struct report_uri *uri)
{
	const char *name = arena_format(c->arena, "%.*s._report._dmarc.%.*s",
					(int)policy->domain.size, policy->domain.data,
					(int)uri->host.size, uri->host.data);
	const struct dns_answer *answer;
	struct domain_state *s = c->state;
	struct domain_finding *f;
	struct txt *texts = NULL;
	size_t count = 0;

	if (strlen(name) <= 253) {
		answer = context_ask(c, name, DNS_TXT, DOMAIN_DMARC_UNKNOWN);
		if (!answer)
			return;
		count = context_texts(c, answer, &texts);
	}
	for (size_t i = 0; i < count; i++) {
		struct dmarc_record record;
		struct report_uri there;

		if (!dmarc_is_record(texts[i].text))
			continue;
		dmarc_record_read(texts[i].text, &record);
		if (report_uri_next(&record.rua, &there) && there.host.data &&
		    !slice_equal_nocase(there.host, uri->host))
			domain_found(c->findings, DOMAIN_DMARC_RUA_OVERRIDE, slice_of(name), "%s",
				     quote(c, texts[i].text));
		return;
	}
	f = domain_found(c->findings, DOMAIN_DMARC_RUA_EXTERNAL, slice_of(name),
			 "%s sends reports to %.*s, which has no such record", c->name,
			 (int)uri->host.size, uri->host.data);
	domain_paste(c->findings, f, "%s. TXT \"v=DMARC1\"", name);
	if (s->dmarc_external_count < sizeof(s->dmarc_external) / sizeof(s->dmarc_external[0]))
		s->dmarc_external[s->dmarc_external_count++] = uri->host;
}

static void judge_host(struct context *c, const struct stop *policy, const struct report_uri *uri)
{
	const struct slice host = arena_lower(c->arena, uri->host);
	const enum mail_host kind = context_mail_host(c, host);

	/* the domain's own MX records have their own finding */
	if (kind == HOST_UNKNOWN && slice_equal(host, c->domain))
		return;
	if (kind == HOST_UNKNOWN)
		domain_found(c->findings, DOMAIN_DMARC_UNKNOWN, host, "%s",
			     context_mail_host_text(kind));
	else if (kind != HOST_TAKES_MAIL)
		domain_found(c->findings, DOMAIN_DMARC_RUA_HOST, host, "%s, in rua of %.*s",
			     context_mail_host_text(kind), (int)policy->domain.size,
			     policy->domain.data);
	if (!same_organization(host, policy->domain))
		judge_authorization(c, policy, uri);
}

static void judge_uri(struct context *c, const struct stop *policy, struct slice subject,
		      const struct report_uri *uri)
{
	const char *text = text_quote(c->arena, uri->text, 100);

	if (uri->fault == URI_BAD) {
		domain_found(c->findings, DOMAIN_DMARC_RUA_SYNTAX, subject, "\"%s\": %s", text,
			     uri->why);
		return;
	}
	if (uri->sized)
		domain_found(c->findings, DOMAIN_DMARC_RUA_SIZE, subject, "%s", text);
	if (uri->fault == URI_GOOD)
		judge_host(c, policy, uri);
}

static void judge_reports(struct context *c, const struct stop *policy)
{
	const struct slice subject = subject_of(c, policy->domain);
	const char *changed = report_uri(c);
	const struct tag_change add = { "rua", changed };
	struct slice rest = policy->record.rua;
	size_t count = 0, mail = 0, bad = 0;
	struct report_uri uri;

	if (!rest.data || slice_trim(rest).size == 0) {
		struct domain_finding *f = domain_found(c->findings, DOMAIN_DMARC_RUA_NONE, subject,
							"%s", quote(c, policy->record.text));

		domain_paste(c->findings, f, "%.*s. TXT %s", (int)subject.size, subject.data,
			     text_strings(c->arena,
					  slice_of(record_tags_rewrite(c->arena,
								       &policy->record.tags,
								       "DMARC1", &add, 1))));
		return;
	}
	while (count < REPORT_URIS_MAX && report_uri_next(&rest, &uri)) {
		count++;
		mail += uri.fault == URI_GOOD;
		bad += uri.fault == URI_BAD;
		judge_uri(c, policy, subject, &uri);
	}
	if (mail == 0 && bad < count)
		domain_found(c->findings, DOMAIN_DMARC_RUA_SCHEME, subject, "%s",
			     quote(c, policy->record.rua));
	if (count > 2)
		domain_found(c->findings, DOMAIN_DMARC_RUA_MANY, subject, "%zu addresses", count);
	for (size_t i = 0; bad == count && i < c->findings->count; i++)
		if (c->findings->list[i].code == DOMAIN_DMARC_RUA_SYNTAX)
			c->findings->list[i].severity = SEVERITY_CRITICAL;
}

/* --- entry point -------------------------------------------------------------------- */

static void store_policy(struct context *c, const struct stop *policy)
{
	struct domain_state *s = c->state;

	s->dmarc = policy->record;
	s->dmarc_text = policy->record.text;
	s->dmarc_location = policy->domain;
	s->dmarc_effective = dmarc_policy_effective(&policy->record);
}

static void judge_applying(struct context *c, const struct walk *walk, const struct stop *policy,
			   const struct stop *organization)
{
	const bool own = policy == &walk->stops[0];

	store_policy(c, policy);
	if (!own) {
		judge_inherited(c, policy);
		judge_middle(c, walk, policy);
	}
	judge_difference(c, walk, organization);
	dmarc_record_judge(c->findings, subject_of(c, policy->domain), &policy->record,
			   policy == organization);
	judge_psd(c, policy);
	judge_reports(c, policy);
}

void check_dmarc(struct context *c)
{
	struct walk walk;
	const struct stop *organization, *policy;
	bool explained;

	walk_up(c, &walk);
	judge_count(c, &walk.stops[0]);
	explained = judge_texts(c, &walk.stops[0]) || walk.stops[0].records > 1;
	judge_alias(c, &walk.stops[0]);
	explained |= walk.stops[0].records == 0 && judge_misplaced(c);
	organization = walk_organization(&walk);
	policy = walk_policy(&walk, organization);
	c->state->dmarc_known = !walk.failed;
	c->state->organizational = organization ? organization->domain
						: organizational_domain(c->domain);
	if (policy)
		judge_applying(c, &walk, policy, organization);
	else if (!explained && !walk.failed && !domain_has(c->findings, DOMAIN_DMARC_ALIAS))
		judge_none(c);
}
