/* domain_json.c - prints a check of a domain as one line of JSON
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_writer.h"
#include "bridge/report/domain_print.h"

#define DOCUMENT_LIMIT ((size_t)4 << 20)

/* A part that could not be checked has no other members. */
static void put_known(struct json_writer *jw, bool known)
{
	if (!known)
		jw_bool(jw, "known", false);
}

static void put_dmarc(struct json_writer *jw, const struct domain_state *s)
{
	jw_object(jw, "dmarc");
	put_known(jw, s->dmarc_known);
	jw_string(jw, "record", s->dmarc_text);
	jw_string(jw, "location", s->dmarc_location);
	if (s->dmarc_text.data)
		jw_text(jw, "policy", dmarc_policy_name(s->dmarc_effective));
	jw_end(jw);
}

static void put_spf(struct json_writer *jw, const struct domain_state *s)
{
	jw_object(jw, "spf");
	put_known(jw, s->spf_known);
	jw_string(jw, "record", s->spf_text);
	if (s->spf_text.data) {
		jw_uint(jw, "lookups", s->spf_lookups);
		jw_uint(jw, "void", s->spf_void);
	}
	jw_end(jw);
}

static void put_keys(struct json_writer *jw, const struct domain_state *s)
{
	jw_array(jw, "dkim");
	for (size_t i = 0; i < s->key_count; i++) {
		jw_object(jw, NULL);
		jw_string(jw, "selector", s->keys[i].selector);
		jw_string(jw, "record", s->keys[i].record);
		jw_string(jw, "alias", s->keys[i].alias);
		jw_uint(jw, "bits", s->keys[i].bits);
		jw_text(jw, "sha256", s->keys[i].digest);
		jw_end(jw);
	}
	jw_end(jw);
}

static void put_certificate(struct json_writer *jw, const struct domain_certificate *c)
{
	if (!c->seen)
		return;
	jw_object(jw, "certificate");
	jw_string(jw, "tls", c->tls);
	jw_string(jw, "issuer", c->issuer);
	jw_time(jw, "not_after", c->not_after);
	jw_text(jw, "sha256", c->digest);
	jw_text(jw, "key_sha256", c->key_digest);
	jw_end(jw);
}

static void put_list(struct json_writer *jw, const char *key, const struct slice *list,
		     size_t count)
{
	if (count == 0)
		return;
	jw_array(jw, key);
	for (size_t i = 0; i < count; i++)
		jw_string(jw, NULL, list[i]);
	jw_end(jw);
}

static void put_hosts(struct json_writer *jw, const struct domain_state *s)
{
	jw_object(jw, "mx");
	put_known(jw, s->mx_known);
	if (s->null_mx)
		jw_bool(jw, "null", true);
	jw_array(jw, "hosts");
	for (size_t i = 0; i < s->host_count; i++) {
		const struct domain_host *host = &s->hosts[i];

		jw_object(jw, NULL);
		jw_string(jw, "name", host->name);
		jw_uint(jw, "preference", host->preference);
		put_list(jw, "addresses", host->addresses, host->address_count);
		put_list(jw, "tlsa", host->tlsa, host->tlsa_count);
		put_certificate(jw, &host->certificate);
		jw_end(jw);
	}
	jw_end(jw);
	jw_end(jw);
}

static void put_sts(struct json_writer *jw, const struct domain_state *s)
{
	jw_object(jw, "mta_sts");
	put_known(jw, s->sts_known);
	jw_string(jw, "record", s->sts_text);
	jw_string(jw, "id", s->sts_id);
	if (s->sts_policy.data) {
		jw_string(jw, "mode", s->sts_mode);
		jw_uint(jw, "max_age", s->sts_max_age);
		put_list(jw, "mx", s->sts_patterns, s->sts_pattern_count);
	}
	jw_end(jw);
	jw_object(jw, "tlsrpt");
	put_known(jw, s->tlsrpt_known);
	jw_string(jw, "record", s->tlsrpt_text);
	jw_string(jw, "rua", s->tlsrpt_rua);
	jw_end(jw);
}

static void put_published(struct json_writer *jw, const struct domain_state *s)
{
	static const char *const signing[] = {
		[SECURITY_UNKNOWN] = "unknown",
		[SECURITY_SIGNED] = "signed",
		[SECURITY_UNSIGNED] = "unsigned",
		[SECURITY_BOGUS] = "bogus",
	};

	jw_object(jw, "published");
	jw_text(jw, "dnssec", signing[s->dnssec]);
	put_dmarc(jw, s);
	put_spf(jw, s);
	put_keys(jw, s);
	put_hosts(jw, s);
	put_sts(jw, s);
	jw_end(jw);
}

static void put_findings(struct json_writer *jw, const struct domain_findings *findings)
{
	jw_array(jw, "findings");
	for (size_t i = 0; i < findings->count; i++) {
		const struct domain_finding *f = &findings->list[i];
		const struct domain_code_row *row = domain_code_row(f->code);

		jw_object(jw, NULL);
		jw_text(jw, "code", row->code);
		jw_text(jw, "severity", severity_name(f->severity));
		jw_string(jw, "subject", f->subject);
		jw_text(jw, "title", row->title);
		jw_string(jw, "evidence", f->evidence);
		jw_string(jw, "recommendation", f->advice);
		jw_string(jw, "publish", f->paste);
		jw_text(jw, "source", row->source);
		jw_end(jw);
	}
	jw_end(jw);
}

void domain_json(const struct domain_report *report, int64_t checked, FILE *out)
{
	struct strbuf text;
	struct json_writer jw;

	strbuf_init(&text, DOCUMENT_LIMIT);
	jw_init(&jw, &text);
	jw_object(&jw, NULL);
	jw_uint(&jw, "schema", DOMAIN_JSON_SCHEMA);
	jw_string(&jw, "domain", report->state.name);
	jw_time(&jw, "checked", checked);
	jw_text(&jw, "severity", severity_name(domain_findings_worst(&report->findings)));
	put_findings(&jw, &report->findings);
	put_published(&jw, &report->state);
	jw_end(&jw);
	fwrite(text.buf, 1, text.len, out);
	fputc('\n', out);
	strbuf_release(&text);
}
