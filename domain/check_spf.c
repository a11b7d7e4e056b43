/* check_spf.c - checks the syntax, lookups and networks of an SPF record
 *
 * SPDX-License-Identifier: MIT
 *
 * Counts every branch, not only the one that a particular address takes: a record
 * must work for all addresses (RFC 7208 section 4.6.4).
 */
#include <inttypes.h>

#include "domain/context.h"
#include "domain/spf_record.h"

#define LOOKUPS_MAX 10
#define LOOKUPS_NEAR 9
#define VOID_MAX 2
#define MX_HOSTS_MAX 10
#define DEPTH_MAX 20
/* Stop counting far above the limit of 10. */
#define COUNT_MAX 100
#define SIZE_ONE 450
#define SIZE_ALL 512
#define SIZE_TCP 1232
#define WIDE_IP4 16
#define WIDE_IP6 32
/* Total of all includes above which the record is too wide: a /8. */
#define WIDE_SUM (UINT64_C(1) << 24)

struct count {
	struct context *c;
	unsigned lookups, void4, void6;
	uint64_t addresses; /* in ip4 terms that pass */
	bool macro, unknown;
	struct slice path[DEPTH_MAX];
	size_t depth;
	const char *void_terms;         /* terms with void lookups, for the evidence */
	struct domain_include *include; /* collects its networks; NULL: do not collect */
};

static const char *quote(struct context *c, struct slice text)
{
	return text_quote(c->arena, text, EVIDENCE_OCTETS);
}

static const char *term_text(struct context *c, const struct spf_term *term)
{
	return text_quote(c->arena, term->text, 100);
}

static void paste(struct context *c, struct domain_finding *f, struct slice text)
{
	domain_paste(c->findings, f, "%s. TXT %s", c->name, text_strings(c->arena, text));
}

/* --- finding the record ---------------------------------------------------------- */

enum found { FOUND_ONE, FOUND_NONE, FOUND_SEVERAL, FOUND_UNKNOWN };

/* Finds the SPF record of a name. */
static enum found find_record(struct context *c, const char *name, struct txt *record,
			      const struct dns_answer **answer)
{
	enum found found = FOUND_NONE;
	struct txt *texts;
	size_t count;

	*answer = dns_ask(&c->session, name, DNS_TXT);
	if (!dns_answered(*answer))
		return FOUND_UNKNOWN;
	count = context_texts(c, *answer, &texts);
	for (size_t i = 0; i < count; i++) {
		if (!spf_is_record(texts[i].text))
			continue;
		if (found == FOUND_ONE)
			return FOUND_SEVERAL;
		*record = texts[i];
		found = FOUND_ONE;
	}
	return found;
}

/* --- counting ---------------------------------------------------------------------- */

static void count_record(struct count *count, const char *name, struct slice text);

static void note_void(struct count *count, const struct spf_term *term, bool four, bool six)
{
	struct context *c = count->c;

	count->void4 += four;
	count->void6 += six;
	if (strlen(count->void_terms) < EVIDENCE_OCTETS)
		count->void_terms = arena_format(c->arena, "%s%s%s%s", count->void_terms,
						 count->void_terms[0] ? ", " : "",
						 term_text(c, term),
						 four && six ? ""
						 : four      ? " (IPv4)"
							     : " (IPv6)");
}

static const char *target_of(struct count *count, const struct spf_term *term, const char *name)
{
	struct slice domain = term->domain;

	if (!domain.data)
		return name;
	if (domain.size > 0 && domain.data[domain.size - 1] == '.')
		domain.size--;
	domain = arena_lower(count->c->arena, domain);
	return arena_format(count->c->arena, "%.*s", (int)domain.size, domain.data);
}

static bool on_path(const struct count *count, struct slice name)
{
	for (size_t i = 0; i < count->depth; i++)
		if (slice_equal(count->path[i], name))
			return true;
	return false;
}

/* include and redirect: the terms of the target's record count too. */
static void count_target(struct count *count, const struct spf_term *term, const char *name)
{
	struct context *c = count->c;
	const bool redirect = term->kind == SPF_TERM_REDIRECT;
	const char *target = target_of(count, term, name);
	const struct dns_answer *answer;
	struct txt record;
	enum found found;

	if (on_path(count, slice_of(target))) {
		domain_found(c->findings, DOMAIN_SPF_LOOP, c->domain, "%s leads back to %s",
			     term_text(c, term), target);
		return;
	}
	found = find_record(c, target, &record, &answer);
	if (found == FOUND_UNKNOWN) {
		count->unknown = true;
		if (answer->status != DNS_REFUSED)
			domain_found(c->findings, DOMAIN_SPF_UNKNOWN, slice_of(target), "%s",
				     dns_status_text(answer->status));
		return;
	}
	if (answer->status != DNS_DATA)
		note_void(count, term, true, true);
	if (found != FOUND_ONE) {
		domain_found(c->findings,
			     redirect ? DOMAIN_SPF_REDIRECT_NONE : DOMAIN_SPF_INCLUDE_NONE,
			     slice_of(target), "%s: %s", term_text(c, term),
			     found == FOUND_SEVERAL       ? "several SPF records"
			     : answer->status == DNS_DATA ? "no SPF record"
							  : dns_status_text(answer->status));
		return;
	}
	count_record(count, target, record.text);
}

/* a and exists: an empty answer is a void lookup for one address family. */
static void count_address(struct count *count, const struct spf_term *term, const char *name)
{
	struct context *c = count->c;
	const char *target = target_of(count, term, name);
	const struct dns_answer *v4 = dns_ask(&c->session, target, DNS_A), *v6;
	bool four, six;

	/* exists queries A for both address families (section 5.7) */
	v6 = term->kind == SPF_TERM_EXISTS ? v4 : dns_ask(&c->session, target, DNS_AAAA);
	count->unknown |= !dns_answered(v4) || !dns_answered(v6);
	four = v4->status == DNS_NODATA || v4->status == DNS_NXDOMAIN;
	six = v6->status == DNS_NODATA || v6->status == DNS_NXDOMAIN;
	if (four || six)
		note_void(count, term, four, six);
}

static void count_mx(struct count *count, const struct spf_term *term, const char *name)
{
	struct context *c = count->c;
	const char *target = target_of(count, term, name);
	const struct dns_answer *answer = dns_ask(&c->session, target, DNS_MX);

	count->unknown |= !dns_answered(answer);
	if (answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN)
		note_void(count, term, true, true);
	else if (answer->count > MX_HOSTS_MAX)
		domain_found(c->findings, DOMAIN_SPF_MX_MANY, c->domain, "%s: %zu hosts",
			     term_text(c, term), answer->count);
}

static void collect(struct count *count, const struct spf_term *term)
{
	struct domain_include *include = count->include;
	const bool six = term->kind == SPF_TERM_IP6;
	struct network *network;

	if (!include || term->qualifier != '+')
		return;
	if (term->kind != SPF_TERM_IP4 && !six) {
		include->open |= term->kind == SPF_TERM_A || term->kind == SPF_TERM_MX ||
				 term->kind == SPF_TERM_EXISTS || term->kind == SPF_TERM_PTR ||
				 term->kind == SPF_TERM_ALL || term->macro;
		return;
	}
	network = arena_alloc(count->c->arena, sizeof(*network));
	if (!network) {
		include->open = true;
		return;
	}
	*network = (struct network){ .next = include->networks,
				     .address = term->address,
				     .prefix = six ? term->prefix6 : term->prefix4 };
	include->networks = network;
}

static void count_term(struct count *count, const struct spf_term *term, const char *name)
{
	collect(count, term);
	switch (term->kind) {
	case SPF_TERM_INCLUDE:
	case SPF_TERM_REDIRECT:
	case SPF_TERM_A:
	case SPF_TERM_MX:
	case SPF_TERM_EXISTS:
	case SPF_TERM_PTR: count->lookups++; break;
	case SPF_TERM_IP4: count->addresses += UINT64_C(1) << (32 - term->prefix4); return;
	default: return;
	}
	/* the target of a macro depends on the mail */
	if (term->macro) {
		count->macro = true;
		return;
	}
	if (term->kind == SPF_TERM_INCLUDE || term->kind == SPF_TERM_REDIRECT)
		count_target(count, term, name);
	else if (term->kind == SPF_TERM_MX)
		count_mx(count, term, name);
	else if (term->kind != SPF_TERM_PTR)
		count_address(count, term, name);
}

/* A fault in an included record is a fault of this record. */
static void judge_included(struct count *count, const char *name, const struct spf_record *record)
{
	struct context *c = count->c;

	if (record->bad)
		domain_found(c->findings, DOMAIN_SPF_INCLUDE_NONE, slice_of(name),
			     "the term \"%s\" of its record is invalid: %s",
			     term_text(c, record->bad), record->bad->why);
	if (record->all && record->all->qualifier == '+')
		domain_found(c->findings, DOMAIN_SPF_INCLUDE_WEAK, slice_of(name), "%s",
			     term_text(c, record->all));
}

static void count_record(struct count *count, const char *name, struct slice text)
{
	struct spf_record record;

	if (count->depth == DEPTH_MAX || !spf_record_read(count->c->arena, text, &record))
		return;
	if (count->depth > 0)
		judge_included(count, name, &record);
	count->path[count->depth++] = slice_of(name);
	for (size_t i = 0; i < record.count && count->lookups < COUNT_MAX; i++) {
		const struct spf_term *term = &record.terms[i];

		if (term->kind == SPF_TERM_REDIRECT && record.all)
			continue;
		if (record.all && term > record.all)
			break;
		count_term(count, term, name);
	}
	count->depth--;
}

/* --- findings without lookups ----------------------------------------------------------- */

static void judge_terms(struct context *c, const struct spf_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct spf_term *term = &record->terms[i];
		const bool dead = record->all && term > record->all &&
				  term->kind <= SPF_TERM_EXISTS;

		if (dead)
			domain_found(c->findings, DOMAIN_SPF_DEAD_TERMS, c->domain, "%s",
				     term_text(c, term));
		else if (term->kind == SPF_TERM_PTR)
			domain_found(c->findings, DOMAIN_SPF_PTR, c->domain, "%s",
				     term_text(c, term));
		else if ((term->kind == SPF_TERM_IP4 && term->prefix4 < WIDE_IP4) ||
			 (term->kind == SPF_TERM_IP6 && term->prefix6 < WIDE_IP6))
			domain_found(c->findings, DOMAIN_SPF_WIDE, c->domain, "%s",
				     term_text(c, term));
	}
	if (record->all && record->redirect)
		domain_found(c->findings, DOMAIN_SPF_REDIRECT_DEAD, c->domain, "%s",
			     term_text(c, record->redirect));
}

/* Returns the record with ~all in place of its all term or added to it. */
static struct slice with_all(struct context *c, struct slice text, const struct spf_term *all)
{
	if (!all)
		return slice_of(arena_format(c->arena, "%.*s ~all", (int)text.size, text.data));
	return slice_of(arena_format(c->arena, "%.*s~all%.*s", (int)(all->text.data - text.data),
				     text.data,
				     (int)(text.data + text.size - all->text.data - all->text.size),
				     all->text.data + all->text.size));
}

static void judge_all(struct context *c, struct slice text, const struct spf_record *record)
{
	const struct spf_term *all = record->all;
	enum domain_code code;

	if (all)
		c->state->spf_all = all->text;
	if (all && all->qualifier == '+')
		code = DOMAIN_SPF_PASS_ALL;
	else if (all ? all->qualifier == '?' : !record->redirect)
		code = DOMAIN_SPF_NEUTRAL;
	else if (all && all->qualifier == '-' && record->count > 1 && !c->state->null_mx)
		code = DOMAIN_SPF_HARD;
	else
		return;
	paste(c, domain_found(c->findings, code, c->domain, "%s", quote(c, text)),
	      with_all(c, text, all));
}

/* true: the record gives permerror, so counting is pointless. */
static bool judge_syntax(struct context *c, const struct txt *txt, const struct spf_record *record)
{
	for (size_t i = 0; i < txt->borders; i++) {
		const size_t at = txt->border[i];
		struct domain_finding *f;

		if (!spf_border_is_bad(txt->text, at))
			continue;
		f = domain_found(c->findings, DOMAIN_SPF_JOIN, c->domain, "\"...%s\" at octet %zu",
				 text_quote(c->arena, slice_skip(txt->text, at > 20 ? at - 20 : 0),
					    50),
				 at + 1);
		paste(c, f,
		      slice_of(arena_format(c->arena, "%.*s %.*s", (int)at, txt->text.data,
					    (int)(txt->text.size - at), txt->text.data + at)));
		return true;
	}
	if (!record->bad)
		return false;
	domain_found(c->findings, DOMAIN_SPF_SYNTAX, c->domain, "\"%s\" at octet %zu: %s; in: %s",
		     term_text(c, record->bad), record->bad->position, record->bad->why,
		     quote(c, txt->text));
	return true;
}

/* --- lookups --------------------------------------------------------------------------- */

/* Returns "include:a.example 4, mx 1": the lookups of each top-level term. */
static const char *costs(struct context *c, const struct spf_record *record)
{
	const char *text = "";

	for (size_t i = 0; i < record->count; i++) {
		struct count one = { .c = c, .void_terms = "" };

		one.path[one.depth++] = c->domain;
		count_term(&one, &record->terms[i], c->name);
		if (one.lookups > 0 && strlen(text) < EVIDENCE_OCTETS)
			text = arena_format(c->arena, "%s%s%s %u", text, text[0] ? ", " : "",
					    term_text(c, &record->terms[i]), one.lookups);
	}
	return text;
}

/* Collects the networks that each top-level include passes. */
static void collect_includes(struct context *c, const struct spf_record *record)
{
	struct domain_state *s = c->state;

	for (size_t i = 0; i < record->count && s->spf_include_count < DOMAIN_INCLUDES_MAX; i++) {
		struct domain_include *include = &s->spf_includes[s->spf_include_count];
		struct count one = { .c = c, .void_terms = "", .include = include };

		if (record->terms[i].kind != SPF_TERM_INCLUDE || record->terms[i].macro)
			continue;
		*include = (struct domain_include){ .target = record->terms[i].domain };
		one.path[one.depth++] = c->domain;
		count_term(&one, &record->terms[i], c->name);
		include->open |= one.unknown || one.macro || one.lookups >= COUNT_MAX;
		s->spf_include_count++;
	}
}

static void judge_cost(struct context *c, const struct count *count,
		       const struct spf_record *record)
{
	const unsigned none = count->void4 > count->void6 ? count->void4 : count->void6;
	const char *at_least = count->macro || count->unknown || count->lookups >= COUNT_MAX
				       ? "at least "
				       : "";

	c->state->spf_lookups = count->lookups;
	c->state->spf_void = none;
	if (count->macro)
		domain_found(c->findings, DOMAIN_SPF_MACRO, c->domain, "at least %u lookups",
			     count->lookups);
	if (count->lookups >= LOOKUPS_NEAR && !domain_has(c->findings, DOMAIN_SPF_LOOP)) {
		struct domain_finding *f = domain_found(c->findings, DOMAIN_SPF_LOOKUPS, c->domain,
							"%s%u of 10: %s", at_least, count->lookups,
							costs(c, record));

		if (count->lookups <= LOOKUPS_MAX) {
			f->severity = SEVERITY_NOTICE;
			f->advice = slice_of("Add no further include; drop those not in use.");
		}
	}
	if (none > VOID_MAX)
		domain_found(c->findings, DOMAIN_SPF_VOID, c->domain,
			     "%u for IPv4 and %u for IPv6 senders: %s", count->void4, count->void6,
			     count->void_terms);
	if (count->addresses > WIDE_SUM)
		domain_found(c->findings, DOMAIN_SPF_WIDE, c->domain,
			     "%" PRIu64 " IPv4 addresses with all includes", count->addresses);
}

/* --- entry point -------------------------------------------------------------------- */

static void judge_size(struct context *c, const struct dns_answer *answer, struct slice text)
{
	size_t all = 0;

	for (size_t i = 0; i < answer->count; i++)
		all += answer->data[i].size;
	if (text.size <= SIZE_ONE && all <= SIZE_ALL)
		return;
	domain_found(c->findings, DOMAIN_SPF_SIZE, c->domain,
		     "the SPF record has %zu octets, all TXT records together %zu", text.size, all)
		->severity = all > SIZE_TCP ? SEVERITY_WARNING : SEVERITY_NOTICE;
}

static void judge_near(struct context *c, const struct dns_answer *answer, bool *near)
{
	struct txt *texts;
	const size_t count = context_texts(c, answer, &texts);

	*near = false;
	for (size_t i = 0; i < count; i++) {
		if (spf_is_record(texts[i].text) || !spf_is_near(texts[i].text))
			continue;
		domain_found(c->findings, DOMAIN_SPF_NEAR, c->domain, "%s",
			     quote(c, texts[i].text));
		*near = true;
	}
}

static void judge_several(struct context *c, const struct dns_answer *answer)
{
	const char *all = "";
	struct txt *texts;
	const size_t count = context_texts(c, answer, &texts);

	for (size_t i = 0; i < count; i++)
		if (spf_is_record(texts[i].text))
			all = arena_format(c->arena, "%s%s\"%s\"", all, all[0] ? ", " : "",
					   quote(c, texts[i].text));
	domain_found(c->findings, DOMAIN_SPF_MULTIPLE, c->domain, "%s", all);
}

static void judge_record(struct context *c, const struct dns_answer *answer, const struct txt *txt)
{
	struct count count = { .c = c, .void_terms = "" };
	struct spf_record record;

	c->state->spf_text = txt->text;
	judge_size(c, answer, txt->text);
	if (!spf_record_read(c->arena, txt->text, &record))
		return;
	if (judge_syntax(c, txt, &record))
		return;
	judge_terms(c, &record);
	judge_all(c, txt->text, &record);
	count_record(&count, c->name, txt->text);
	judge_cost(c, &count, &record);
	/* above the limit the networks do not matter, and a loop must not be followed again */
	if (count.lookups <= LOOKUPS_MAX)
		collect_includes(c, &record);
	c->state->spf_known = !count.unknown;
}

void check_spf(struct context *c)
{
	const struct dns_answer *answer = context_ask(c, c->name, DNS_TXT, DOMAIN_SPF_UNKNOWN);
	enum found found;
	struct txt txt;
	bool near;

	if (!answer)
		return;
	c->state->spf_known = true;
	if (dns_ask(&c->session, c->name, DNS_SPF)->status == DNS_DATA)
		domain_found(c->findings, DOMAIN_SPF_TYPE99, c->domain, "%s", "");
	found = find_record(c, c->name, &txt, &answer);
	judge_near(c, answer, &near);
	if (found == FOUND_SEVERAL)
		judge_several(c, answer);
	else if (found == FOUND_ONE)
		judge_record(c, answer, &txt);
	else if (!near) {
		struct domain_finding *f = domain_found(c->findings, DOMAIN_SPF_NONE, c->domain,
							"%s", "");

		if (c->state->null_mx)
			paste(c, f, slice_of("v=spf1 -all"));
	}
}
