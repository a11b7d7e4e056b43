/* domain_document.c - a check of a domain as a document
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/domain_document.h"

/* Keeps a document far below LIMIT_DOCUMENT_BYTES. */
#define RECORD_OCTETS 4096
#define FINDINGS_MAX 100

static struct slice quote(const struct domain_document *d, struct slice text)
{
	return text.data ? slice_of(text_quote(d->report->findings.arena, text, RECORD_OCTETS))
			 : text;
}

void domain_check_name(struct document_name *name, const char *tenant, struct slice domain,
		       int64_t checked, const uint8_t state[static HASH_SIZE])
{
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	*name = (struct document_name){ .schema = SCHEMA_ECS,
					.kind = DOCUMENT_DOMAIN_CHECK,
					.tenant = tenant };
	datetime_format_month(checked, name->month);
	datetime_format_day(checked, name->day);
	hash_init(&hash);
	hash_field(&hash, slice_of(document_kind_name(DOCUMENT_DOMAIN_CHECK)));
	hash_field(&hash, slice_of(tenant));
	hash_field(&hash, domain);
	hash_field(&hash, slice_of(name->day));
	hash_field(&hash, (struct slice){ (const char *)state, HASH_SIZE });
	hash_end(&hash, digest);
	hash_id(digest, name->id);
}

void domain_document_name(const struct domain_document *d, struct document_name *name)
{
	uint8_t state[HASH_SIZE];

	domain_history_digest(d->history, state);
	domain_check_name(name, d->tenant, d->report->state.name, d->now, state);
}

static void write_common(const struct domain_document *d, struct document_writer *w)
{
	static const char *const signing[] = {
		[SECURITY_UNKNOWN] = "unknown",
		[SECURITY_SIGNED] = "signed",
		[SECURITY_UNSIGNED] = "unsigned",
		[SECURITY_BOGUS] = "bogus",
	};
	uint8_t digest[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];

	document_time(w, FIELD_ID_TIMESTAMP, d->now);
	document_time(w, FIELD_ID_EVENT_INGESTED, d->now);
	document_text(w, FIELD_ID_EVENT_DATASET, document_kind_name(DOCUMENT_DOMAIN_CHECK));
	document_text(w, FIELD_ID_TENANT, d->tenant);
	document_string(w, FIELD_ID_DOMAIN_NAME, d->report->state.name);
	document_string(w, FIELD_ID_DOMAIN_ORGANIZATIONAL, d->report->state.organizational);
	domain_history_digest(d->history, digest);
	hash_hex(digest, hex);
	document_text(w, FIELD_ID_DOMAIN_DIGEST, hex);
	document_text(w, FIELD_ID_DOMAIN_DNSSEC, signing[d->report->state.dnssec]);
}

static void write_records(const struct domain_document *d, struct document_writer *w)
{
	const struct domain_state *s = &d->report->state;

	document_string(w, FIELD_ID_DOMAIN_DMARC_RECORD, quote(d, s->dmarc_text));
	document_string(w, FIELD_ID_DOMAIN_DMARC_LOCATION, s->dmarc_location);
	if (s->dmarc_text.data)
		document_text(w, FIELD_ID_DOMAIN_DMARC_POLICY,
			      dmarc_policy_name(s->dmarc_effective));
	document_string(w, FIELD_ID_DOMAIN_SPF_RECORD, quote(d, s->spf_text));
	if (s->spf_text.data) {
		document_uint(w, FIELD_ID_DOMAIN_SPF_LOOKUPS, s->spf_lookups);
		document_uint(w, FIELD_ID_DOMAIN_SPF_VOID, s->spf_void);
	}
	document_string(w, FIELD_ID_DOMAIN_STS_RECORD, quote(d, s->sts_text));
	document_string(w, FIELD_ID_DOMAIN_STS_ID, quote(d, s->sts_id));
	if (s->sts_policy.data) {
		document_string(w, FIELD_ID_DOMAIN_STS_MODE, s->sts_mode);
		document_uint(w, FIELD_ID_DOMAIN_STS_MAX_AGE, s->sts_max_age);
		document_strings(w, FIELD_ID_DOMAIN_STS_MX, s->sts_patterns, s->sts_pattern_count);
		document_text(w, FIELD_ID_DOMAIN_STS_DIGEST, d->policy_digest);
	}
	document_string(w, FIELD_ID_DOMAIN_TLSRPT_RECORD, quote(d, s->tlsrpt_text));
}

static void write_keys(const struct domain_document *d, struct document_writer *w)
{
	const struct domain_state *s = &d->report->state;
	struct slice keys[DOMAIN_SELECTORS_MAX];

	for (size_t i = 0; i < s->key_count; i++)
		keys[i] = slice_of(arena_format(d->report->findings.arena, "%.*s/%.*s/%s",
						(int)s->keys[i].selector.size,
						s->keys[i].selector.data, (int)s->name.size,
						s->name.data, s->keys[i].digest));
	document_strings(w, FIELD_ID_DOMAIN_DKIM_KEY, keys, s->key_count);
}

static void write_certificates(const struct domain_document *d, struct document_writer *w)
{
	const struct domain_state *s = &d->report->state;
	struct slice hosts[DOMAIN_MX_MAX + 1], digests[DOMAIN_MX_MAX + 1];
	struct slice issuers[DOMAIN_MX_MAX + 1];
	int64_t first = INT64_MAX;
	size_t count = 0;

	for (size_t i = 0; i < s->host_count; i++) {
		const struct domain_certificate *c = &s->hosts[i].certificate;

		if (!c->seen)
			continue;
		hosts[count] = s->hosts[i].name;
		digests[count] = slice_of(c->digest);
		issuers[count++] = c->issuer;
		first = c->not_after < first ? c->not_after : first;
	}
	document_strings(w, FIELD_ID_DOMAIN_SMTP_HOST, hosts, count);
	document_strings(w, FIELD_ID_DOMAIN_SMTP_SHA256, digests, count);
	document_strings(w, FIELD_ID_DOMAIN_SMTP_ISSUER, issuers, count);
	if (count > 0)
		document_time(w, FIELD_ID_DOMAIN_SMTP_NOT_AFTER, first);
}

static void write_hosts(const struct domain_document *d, struct document_writer *w)
{
	const struct domain_state *s = &d->report->state;
	struct slice hosts[DOMAIN_MX_MAX + 1], tlsa[(DOMAIN_MX_MAX + 1) * DOMAIN_TLSA_MAX];
	size_t count = 0;

	for (size_t i = 0; i < s->host_count; i++) {
		hosts[i] = s->hosts[i].name;
		for (size_t t = 0; t < s->hosts[i].tlsa_count; t++)
			tlsa[count++] = s->hosts[i].tlsa[t];
	}
	document_strings(w, FIELD_ID_DOMAIN_MX_HOST, hosts, s->host_count);
	document_strings(w, FIELD_ID_DOMAIN_TLSA, tlsa, count);
	write_certificates(d, w);
}

/* Writes the findings of the merged state: parts that could not be checked keep their
 * previous findings. */
static void write_findings(const struct domain_document *d, struct document_writer *w)
{
	struct slice combined[FINDINGS_MAX], codes[FINDINGS_MAX];
	uint64_t counts[SEVERITIES] = { 0 };
	enum severity worst = SEVERITY_OK, severity;
	size_t count = 0;

	for (unsigned part = 0; part < DOMAIN_PARTS; part++)
		for (struct slice rest = d->history->parts[part].findings;
		     rest.data && rest.size > 0 && count < FINDINGS_MAX;) {
			struct slice one = slice_split(rest, '|', &rest), code;

			combined[count] = one;
			if (severity_of_name(slice_split(one, ' ', &code), &severity)) {
				counts[severity]++;
				worst = severity < worst ? severity : worst;
			}
			codes[count++] = slice_split(code, ' ', &code);
		}
	document_text(w, FIELD_ID_EVENT_OUTCOME,
		      counts[SEVERITY_CRITICAL] > 0 ? "failure" : "success");
	document_text(w, FIELD_ID_DOMAIN_SEVERITY, severity_name(worst));
	document_strings(w, FIELD_ID_DOMAIN_FINDING_CODE, codes, count);
	document_strings(w, FIELD_ID_DOMAIN_FINDING_COMBINED, combined, count);
	document_uint(w, FIELD_ID_DOMAIN_CRITICAL, counts[SEVERITY_CRITICAL]);
	document_uint(w, FIELD_ID_DOMAIN_WARNINGS, counts[SEVERITY_WARNING]);
	document_uint(w, FIELD_ID_DOMAIN_NOTICES, counts[SEVERITY_NOTICE]);
	document_uint(w, FIELD_ID_DOMAIN_FINDINGS,
		      counts[SEVERITY_CRITICAL] + counts[SEVERITY_WARNING] +
			      counts[SEVERITY_NOTICE]);
}

static void write_history(const struct domain_document *d, struct document_writer *w)
{
	static const struct {
		enum domain_part part;
		enum field field;
	} seen[] = {
		{ PART_DMARC, FIELD_ID_DOMAIN_FIRST_SEEN_DMARC },
		{ PART_SPF, FIELD_ID_DOMAIN_FIRST_SEEN_SPF },
		{ PART_STS, FIELD_ID_DOMAIN_FIRST_SEEN_STS },
		{ PART_CERTIFICATE, FIELD_ID_DOMAIN_FIRST_SEEN_CERTIFICATE },
	};
	struct slice changed[DOMAIN_PARTS], previous[DOMAIN_PARTS], unknown[DOMAIN_PARTS];
	size_t changes = 0, unknowns = 0;

	for (unsigned part = 0; part < DOMAIN_PARTS; part++) {
		const struct domain_part_state *p = &d->history->parts[part];
		const struct slice name = slice_of(domain_part_name((enum domain_part)part));

		if (p->changed) {
			changed[changes] = name;
			previous[changes++] = p->previous;
		}
		if (p->kept || !p->known)
			unknown[unknowns++] = name;
	}
	document_uint(w, FIELD_ID_DOMAIN_CHANGES, changes);
	document_strings(w, FIELD_ID_DOMAIN_UNKNOWN, unknown, unknowns);
	document_strings(w, FIELD_ID_DOMAIN_CHANGED, changed, changes);
	document_strings(w, FIELD_ID_DOMAIN_PREVIOUS, previous, changes);
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		if (d->history->parts[seen[i].part].known)
			document_time(w, seen[i].field, d->history->parts[seen[i].part].since);
}

bool domain_document_write(const struct domain_document *d, struct document_writer *w)
{
	document_begin(w, DOCUMENT_DOMAIN_CHECK);
	write_common(d, w);
	write_records(d, w);
	write_keys(d, w);
	write_hosts(d, w);
	write_findings(d, w);
	write_history(d, w);
	jw_end(&w->jw);
	return !w->json.overflowed;
}
