/* history.c - detects changes in what a domain publishes
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/history.h"

#include <inttypes.h>
#include <stdlib.h>

#define DAY INT64_C(86400)
#define P_NONE_LONG (90 * DAY)
#define TESTING_LONG (60 * DAY)
#define KEY_OLD (365 * DAY)
#define VALUE_OCTETS_MAX 4000
#define LISTED_MAX 64

static const struct {
	const char *name;
	const char *prefixes[3]; /* prefixes of its finding codes */
} parts[DOMAIN_PARTS] = {
	[PART_DMARC] = { "dmarc", { "dmarc-", "bimi-" } },
	[PART_SPF] = { "spf", { "spf-" } },
	[PART_DKIM] = { "dkim", { "dkim-" } },
	[PART_MX] = { "mx", { "mx-" } },
	[PART_STS] = { "sts", { "sts-" } },
	[PART_TLSRPT] = { "tlsrpt", { "tlsrpt-" } },
	[PART_TLSA] = { "tlsa", { "dane-" } },
	[PART_DNSSEC] = { "dnssec", { "dnssec-", "dns-", "domain-" } },
	[PART_CERTIFICATE] = { "certificate", { "smtp-", "caa-" } },
	[PART_REPORTED] = { "reported", { "reported-" } },
};

const char *domain_part_name(enum domain_part part)
{
	return parts[part].name;
}

static bool belongs(enum domain_part part, const char *code)
{
	for (size_t i = 0; i < 3 && parts[part].prefixes[i]; i++)
		if (slice_starts_with(slice_of(code), parts[part].prefixes[i]))
			return true;
	return false;
}

/* --- sorted lists ------------------------------------------------------------------------ */

struct list {
	const char *texts[LISTED_MAX];
	size_t count;
};

static void list_add(struct list *list, const char *text)
{
	if (list->count < LISTED_MAX)
		list->texts[list->count++] = text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct slice list_join(struct list *list, struct arena *arena, const char *separator)
{
	struct strbuf out;
	struct slice joined;

	qsort(list->texts, list->count, sizeof(list->texts[0]), by_text);
	strbuf_init(&out, (size_t)64 << 10);
	for (size_t i = 0; i < list->count; i++) {
		/* skip duplicates */
		if (i > 0 && strcmp(list->texts[i], list->texts[i - 1]) == 0)
			continue;
		strbuf_add_text(&out, out.len > 0 ? separator : "");
		strbuf_add_text(&out, list->texts[i]);
	}
	joined = arena_slice(arena, strbuf_slice(&out));
	strbuf_release(&out);
	return joined.data ? joined : slice_of("");
}

/* --- the state of a check ---------------------------------------------------------------- */

struct finding_out {
	const struct domain_report *report;
	const struct domain_state *s;
	struct arena *arena;
	struct domain_history *found;
};

static void set(struct finding_out *f, enum domain_part part, bool known, struct slice value)
{
	f->found->parts[part].known = known;
	f->found->parts[part].value = value;
}

static struct slice record(struct finding_out *f, struct slice text)
{
	return slice_of(text.data ? text_quote(f->arena, text, VALUE_OCTETS_MAX) : "none");
}

static bool has_unknown(const struct domain_report *report, enum domain_part part)
{
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct domain_finding *f = &report->findings.list[i];

		if (f->severity == SEVERITY_UNKNOWN &&
		    belongs(part, domain_code_row(f->code)->code))
			return true;
	}
	return false;
}

static void set_records(struct finding_out *f)
{
	const struct domain_state *s = f->s;
	struct slice dmarc = record(f, s->dmarc_text);

	if (s->dmarc_text.data && !slice_equal(s->dmarc_location, s->name))
		dmarc = slice_of(arena_format(f->arena, "%.*s (at %.*s)", (int)dmarc.size,
					      dmarc.data, (int)s->dmarc_location.size,
					      s->dmarc_location.data));
	set(f, PART_DMARC, s->dmarc_known, dmarc);
	set(f, PART_SPF, s->spf_known, record(f, s->spf_text));
	set(f, PART_TLSRPT, s->tlsrpt_known, record(f, s->tlsrpt_text));
}

static void set_keys(struct finding_out *f)
{
	struct list list = { .count = 0 };

	for (size_t i = 0; i < f->s->key_count; i++)
		list_add(&list,
			 arena_format(f->arena, "%s %s",
				      text_quote(f->arena, f->s->keys[i].selector, 100),
				      f->s->keys[i].digest[0] ? f->s->keys[i].digest : "revoked"));
	set(f, PART_DKIM,
	    f->s->mx_known && f->s->key_count > 0 && !has_unknown(f->report, PART_DKIM),
	    list_join(&list, f->arena, ", "));
}

static void set_hosts(struct finding_out *f)
{
	const struct domain_state *s = f->s;
	struct list hosts = { .count = 0 }, tlsa = { .count = 0 }, certificates = { .count = 0 };
	bool probed = s->host_count > 0;

	for (size_t h = 0; h < s->host_count; h++) {
		const struct domain_host *host = &s->hosts[h];
		const char *name = arena_format(f->arena, "%.*s", (int)host->name.size,
						host->name.data);

		list_add(&hosts, arena_format(f->arena, "%u %s", host->preference, name));
		for (size_t t = 0; t < host->tlsa_count; t++)
			list_add(&tlsa, arena_format(f->arena, "%s %.*s", name,
						     (int)host->tlsa[t].size, host->tlsa[t].data));
		probed &= host->certificate.seen;
		list_add(&certificates,
			 arena_format(f->arena, "%s %s", name, host->certificate.digest));
	}
	set(f, PART_MX, s->mx_known,
	    s->null_mx ? slice_of("0 .") : list_join(&hosts, f->arena, ", "));
	set(f, PART_TLSA,
	    s->mx_known && s->dnssec != SECURITY_UNKNOWN && !has_unknown(f->report, PART_TLSA) &&
		    !domain_has(&f->report->findings, DOMAIN_DANE_BOGUS),
	    list_join(&tlsa, f->arena, ", "));
	/* unknown without a probe, or if a host did not answer */
	set(f, PART_CERTIFICATE, probed, list_join(&certificates, f->arena, ", "));
}

static void set_sts(struct finding_out *f, const char *policy_digest)
{
	const struct domain_state *s = f->s;
	const char *id = text_quote(f->arena, s->sts_id, 64);

	/* a policy that could not be fetched now was not removed */
	if (!s->sts_text.data)
		set(f, PART_STS, s->sts_known, slice_of("none"));
	else
		set(f, PART_STS, s->sts_known && s->sts_policy.data,
		    slice_of(arena_format(f->arena,
					  "id %s, mode %.*s, max_age %" PRIu64 ", digest %s", id,
					  (int)s->sts_mode.size, s->sts_mode.data, s->sts_max_age,
					  policy_digest)));
}

static void set_findings(struct finding_out *f)
{
	for (unsigned part = 0; part < DOMAIN_PARTS; part++) {
		struct list list = { .count = 0 };

		for (size_t i = 0; i < f->report->findings.count; i++) {
			const struct domain_finding *found = &f->report->findings.list[i];
			const char *code = domain_code_row(found->code)->code;

			if (found->severity == SEVERITY_UNKNOWN || !belongs(part, code))
				continue;
			list_add(&list,
				 arena_format(f->arena, "%s %s %s", severity_name(found->severity),
					      code, text_quote(f->arena, found->subject, 300)));
		}
		f->found->parts[part].findings = list_join(&list, f->arena, "|");
	}
}

void domain_history_of(const struct domain_report *report, const char *policy_digest, int64_t now,
		       struct arena *arena, struct domain_history *found)
{
	static const char *const signing[] = {
		[SECURITY_UNKNOWN] = "unknown",
		[SECURITY_SIGNED] = "signed",
		[SECURITY_UNSIGNED] = "unsigned",
		[SECURITY_BOGUS] = "bogus",
	};
	struct finding_out f = { report, &report->state, arena, found };

	*found = (struct domain_history){ .parts = { { .known = false } } };
	set_records(&f);
	set_keys(&f);
	set_hosts(&f);
	set_sts(&f, policy_digest);
	set(&f, PART_DNSSEC, report->state.dnssec != SECURITY_UNKNOWN,
	    slice_of(signing[report->state.dnssec]));
	set(&f, PART_REPORTED, true, slice_of(""));
	set_findings(&f);
	for (unsigned part = 0; part < DOMAIN_PARTS; part++)
		found->parts[part].since = now;
}

/* --- merging with the last state --------------------------------------------------------- */

/* Joins both lists: findings remain until the part has been looked up. */
static struct slice join_findings(struct slice a, struct slice b, struct arena *arena)
{
	struct list list = { .count = 0 };

	for (unsigned side = 0; side < 2; side++)
		for (struct slice rest = side == 0 ? a : b; rest.data && rest.size > 0;) {
			const struct slice one = slice_split(rest, '|', &rest);

			list_add(&list, arena_format(arena, "%.*s", (int)one.size, one.data));
		}
	return list_join(&list, arena, "|");
}

static void merge_part(struct domain_part_state *found, const struct domain_part_state *last,
		       struct arena *arena)
{
	if (!last->known)
		return;
	if (!found->known) {
		const struct slice now = found->findings;

		*found = *last;
		found->findings = join_findings(now, last->findings, arena);
		found->kept = true;
		found->changed = false;
		return;
	}
	if (slice_equal(found->value, last->value)) {
		found->since = last->since;
		return;
	}
	found->changed = true;
	found->previous = last->value;
}

void domain_history_merge(struct domain_history *found, const struct domain_history *last,
			  struct arena *arena)
{
	for (unsigned part = 0; part < DOMAIN_PARTS; part++)
		merge_part(&found->parts[part], &last->parts[part], arena);
}

static struct domain_finding *find(struct domain_findings *findings, enum domain_code code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].code == code)
			return &findings->list[i];
	return NULL;
}

/* Value: "id 1, mode enforce, ...".  Did the policy change while the id did not?  The
 * finding stays until the id changes. */
static bool id_is_stale(const struct domain_part_state *sts, const struct domain_part_state *last)
{
	const char *code = domain_code_row(DOMAIN_STS_ID_STALE)->code;
	struct slice now_rest, then_rest;
	const struct slice now = slice_split(sts->value, ',', &now_rest);
	const struct slice then = slice_split(last->value, ',', &then_rest);

	if (!sts->known || !last->known || !slice_starts_with(now, "id ") ||
	    !slice_equal(now, then))
		return false;
	return !slice_equal(now_rest, then_rest) ||
	       slice_find_text(last->findings, code) < last->findings.size;
}

void domain_history_judge(const struct domain_history *merged, const struct domain_history *last,
			  int64_t now, struct domain_findings *findings)
{
	const struct domain_part_state *dmarc = &merged->parts[PART_DMARC];
	const struct domain_part_state *sts = &merged->parts[PART_STS];
	const struct domain_part_state *dkim = &merged->parts[PART_DKIM];
	struct domain_finding *f = find(findings, DOMAIN_DMARC_P_NONE);

	if (f && dmarc->known && now - dmarc->since >= P_NONE_LONG)
		f->severity = SEVERITY_WARNING;
	f = find(findings, DOMAIN_STS_TESTING);
	if (f && sts->known && now - sts->since >= TESTING_LONG)
		f->severity = SEVERITY_WARNING;
	if (id_is_stale(sts, &last->parts[PART_STS]))
		domain_found(findings, DOMAIN_STS_ID_STALE, slice_of("mta-sts"), "now: %.*s",
			     (int)sts->value.size, sts->value.data);
	if (dkim->known && dkim->value.size > 0 && now - dkim->since >= KEY_OLD)
		domain_found(findings, DOMAIN_DKIM_OLD, slice_of("_domainkey"),
			     "the keys are unchanged for %" PRId64 " days",
			     (now - dkim->since) / DAY);
}

void domain_history_digest(const struct domain_history *history, uint8_t digest[static HASH_SIZE])
{
	struct hash hash;

	hash_init(&hash);
	for (unsigned part = 0; part < DOMAIN_PARTS; part++) {
		hash_uint(&hash, history->parts[part].known);
		hash_field(&hash, history->parts[part].value);
		hash_field(&hash, history->parts[part].findings);
	}
	hash_end(&hash, digest);
}

/* --- text form ---------------------------------------------------------------------- */

void domain_history_write(const struct domain_history *history, struct strbuf *out)
{
	for (unsigned part = 0; part < DOMAIN_PARTS; part++) {
		const struct domain_part_state *p = &history->parts[part];

		if (p->known)
			strbuf_add_format(out, "%s\t%" PRId64 "\t%.*s\t%.*s\n", parts[part].name,
					  p->since, (int)p->value.size, p->value.data,
					  (int)p->findings.size, p->findings.data);
	}
}

static void read_line(struct slice line, struct domain_history *history)
{
	const struct slice name = slice_split(line, '\t', &line);
	const struct slice since = slice_split(line, '\t', &line);
	struct domain_part_state p = { .known = true };
	uint64_t number;

	p.value = slice_split(line, '\t', &p.findings);
	if (!p.value.data || !p.findings.data || !slice_to_uint(since, INT64_MAX, &number))
		return;
	p.since = (int64_t)number;
	for (unsigned part = 0; part < DOMAIN_PARTS; part++)
		if (slice_is(name, parts[part].name))
			history->parts[part] = p;
}

void domain_history_read(struct slice text, struct domain_history *history)
{
	*history = (struct domain_history){ .parts = { { .known = false } } };
	while (text.data)
		read_line(slice_split(text, '\n', &text), history);
}
