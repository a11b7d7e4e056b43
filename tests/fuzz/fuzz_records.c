/* fuzz_records.c - any bytes as each record that a domain publishes, and as its
 * policy file: findings are printable, and nothing is read that is not there
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/dkim_key.h"
#include "domain/dmarc_record.h"
#include "domain/dns_data.h"
#include "domain/spf_record.h"
#include "domain/sts_record.h"
#include "tests/fuzz/fuzz.h"

#define NAME slice_of("name.example")

static void check_printable(struct slice text, bool lines)
{
	for (size_t i = 0; i < text.size; i++)
		check((text.data[i] >= ' ' && text.data[i] < 0x7f) ||
		      (lines && text.data[i] == '\n'));
}

static void check_findings(const struct domain_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		check_printable(findings->list[i].evidence, false);
		check_printable(findings->list[i].advice, false);
		check_printable(findings->list[i].paste, true);
	}
}

static void read_texts(struct domain_findings *findings, struct slice text)
{
	struct dmarc_record dmarc;
	struct spf_record spf;
	struct dkim_key key;
	struct slice part, list = text;
	struct report_uri uri;

	dmarc_record_read(text, &dmarc);
	dmarc_record_judge(findings, NAME, &dmarc, dmarc_is_record(text));
	dmarc_record_judge(findings, NAME, &dmarc, dmarc_is_near(text));
	while (report_uri_next(&list, &uri))
		check(uri.fault != URI_BAD || uri.why);
	if (spf_record_read(findings->arena, text, &spf))
		for (size_t i = 0; i < spf.count; i++)
			check(spf.terms[i].position + spf.terms[i].text.size <= text.size + 1 &&
			      (spf.terms[i].kind == SPF_TERM_BAD) == (spf.terms[i].why != NULL));
	for (size_t i = 0; i < text.size && i < 300; i++)
		(void)spf_border_is_bad(text, i);
	(void)spf_is_near(text);
	dkim_key_read(findings->arena, text, &key);
	dkim_key_judge(findings, NAME, &key, text, dkim_is_key(text));
	if (sts_is_record(text) || sts_is_near(text))
		(void)sts_record_fault(text, &part);
	if (tlsrpt_is_record(text) || tlsrpt_is_near(text))
		(void)tlsrpt_record_fault(text, &part);
}

static void read_wire(struct arena *arena, struct slice data)
{
	int64_t from, until;
	uint8_t algorithm, type;
	struct tlsa tlsa;
	struct txt txt;
	struct mx mx;

	if (txt_read(arena, data, &txt))
		check(txt.text.size <= data.size);
	if (mx_read(arena, data, &mx))
		check_printable(mx.host, false);
	if (tlsa_read(data, &tlsa)) {
		check_printable(slice_of(tlsa_text(arena, &tlsa)), false);
		(void)tlsa_unusable(&tlsa);
	}
	(void)signature_times(data, &from, &until);
	(void)dnskey_algorithm(data, &algorithm);
	(void)ds_algorithm(data, &algorithm, &type);
	(void)rsa_modulus_bits(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct domain_findings findings;
	struct sts_policy policy;
	struct arena arena;

	if (size > (1 << 16))
		return 0;
	arena_init(&arena, (size_t)4 << 20);
	findings = (struct domain_findings){ .arena = &arena };
	read_texts(&findings, (struct slice){ (const char *)data, size });
	read_wire(&arena, (struct slice){ (const char *)data, size });
	if (sts_policy_read(&findings, NAME, (struct slice){ (const char *)data, size }, &policy))
		for (size_t i = 0; i < policy.pattern_count; i++)
			(void)sts_pattern_matches(policy.patterns[i], NAME);
	check_findings(&findings);
	arena_release(&arena);
	return 0;
}
