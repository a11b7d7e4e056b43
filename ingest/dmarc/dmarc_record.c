/* dmarc_record.c - interprets and hashes a record
 *
 * SPDX-License-Identifier: MIT
 *
 * An unknown word never stops a report: it becomes "other" (or the word for which
 * it stands), the text is kept, and a quirk is added.
 */
#include "base/ascii.h"
#include "base/domain_name.h"
#include "base/organizational_domain.h"
#include "ingest/dmarc/dmarc_report.h"
#include "ingest/report/domain_form.h"
#include "ingest/report/ip.h"
#include "ingest/report/number.h"

struct word {
	struct slice text; /* as written, case-insensitive */
	const char *word;  /* as stored */
};

/* clang-format off */
#define WORD(text, word) { { text, sizeof(text) - 1 }, word }
/* clang-format on */

/* clang-format off */
static const struct word dispositions[] = {
	WORD("none", "none"), WORD("quarantine", "quarantine"), WORD("reject", "reject"),
	WORD("pass", "pass"), /* RFC 9990 */
	/* variants in use */
	WORD("delivered", "none"), WORD("quarantined", "quarantine"), WORD("rejected", "reject"),
	{ { NULL, 0 }, NULL },
};
/* clang-format on */

static const struct word reason_types[] = {
	WORD("forwarded", "forwarded"),
	WORD("sampled_out", "sampled_out"),
	WORD("trusted_forwarder", "trusted_forwarder"),
	WORD("mailing_list", "mailing_list"),
	WORD("local_policy", "local_policy"),
	WORD("policy_test_mode", "policy_test_mode"),
	WORD("other", "other"),
	{ { NULL, 0 }, NULL },
};

/* clang-format off */
static const struct word dkim_results[] = {
	WORD("pass", "pass"),
	WORD("fail", "fail"),
	WORD("none", "none"),
	WORD("policy", "policy"),
	WORD("neutral", "neutral"),
	WORD("temperror", "temperror"),
	WORD("permerror", "permerror"),
	{ { NULL, 0 }, NULL },
};
/* clang-format on */

static const struct word spf_results[] = {
	WORD("pass", "pass"),
	WORD("fail", "fail"),
	WORD("none", "none"),
	WORD("softfail", "softfail"),
	WORD("neutral", "neutral"),
	WORD("temperror", "temperror"),
	WORD("permerror", "permerror"),
	WORD("policy", "policy"), /* RFC 9990 */
	/* RFC 7489 Appendix C itself mentions these two */
	WORD("unknown", "temperror"),
	WORD("error", "permerror"),
	WORD("hardfail", "fail"),
	{ { NULL, 0 }, NULL },
};

/* Returns NULL if the text is not in the list. */
static const char *word_of(const struct word *words, struct slice text)
{
	while (words->text.data && !slice_equal_nocase(text, words->text))
		words++;
	return words->word;
}

/* A record without address, header From and results counts no message. */
static bool is_empty(const struct dmarc_record *record)
{
	return record->source_ip.size == 0 && record->header_from.size == 0 &&
	       record->dkim_count == 0 && record->spf_count == 0;
}

/* A missing count means one message if the record has an address and a header From.  Text
 * and negative numbers count as zero; zero stays zero, and the record is kept. */
static void interpret_count(struct dmarc_record *record, struct quirk_set *quirks)
{
	uint64_t count = 0;

	if (record->count.size == 0) {
		count = record->source.ip[0] != '\0' && record->header_from.size > 0;
		quirk_add(quirks, is_empty(record) ? QUIRK_EMPTY_RECORD : QUIRK_BAD_COUNT);
	} else if (!slice_to_uint(record->count, NUMBER_MAX, &count)) {
		(void)number_parse(record->count, &count);
		record->count_differs = true;
	}
	if (count == 0 || record->count_differs)
		quirk_add(quirks, QUIRK_BAD_COUNT);
	record->messages = count;
}

/* "s" requires the same domain, otherwise the same organisation (RFC 7489 section 3.1). */
static bool is_aligned(struct slice mode, struct slice domain, struct slice header_domain)
{
	if (slice_is_nocase(mode, "s"))
		return domain.size > 0 && slice_equal(domain, header_domain);
	return same_organization(domain, header_domain);
}

static const char *derived(const struct dmarc_auth *list, size_t count, struct slice mode,
			   struct slice header_domain)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].result_word, "pass") == 0 &&
		    is_aligned(mode, list[i].domain_name, header_domain))
			return "pass";
	return "fail";
}

/* Reports from 2012 do not contain the aligned results; derive them. */
static void derive_aligned(struct dmarc_record *record, const struct dmarc_report *report,
			   struct quirk_set *quirks)
{
	const struct slice from = record->header_domain;

	if (record->aligned_dkim.size > 0 || record->aligned_spf.size > 0)
		return;
	record->dkim_word = derived(record->dkim, record->dkim_count, report->adkim, from);
	record->spf_word = derived(record->spf, record->spf_count, report->aspf, from);
	record->passed = strcmp(record->dkim_word, "pass") == 0 ||
			 strcmp(record->spf_word, "pass") == 0;
	quirk_add(quirks, QUIRK_ALIGN_DERIVED);
}

static const char *aligned(struct slice text, struct quirk_set *quirks)
{
	if (slice_is_nocase(text, "pass"))
		return "pass";
	if (!slice_is_nocase(text, "fail"))
		quirk_add(quirks, QUIRK_ALIGN_VALUE);
	return "fail";
}

/* A known word counts in any position; other text becomes the comment, or is kept next to
 * an existing comment. */
static void interpret_reason(struct dmarc_reason *reason, struct quirk_set *quirks)
{
	const char *type = word_of(reason_types, reason->type);
	const char *text = word_of(reason_types, reason->text);
	struct slice rest = { NULL, 0 };

	reason->type_word = type ? type : text ? text : "other";
	if (!type && reason->type.size > 0)
		rest = reason->type;
	else if (reason->text.size > 0 && (type || !text))
		rest = reason->text;
	if (reason->comment.size > 0) {
		reason->remark = reason->comment;
		reason->raw = rest;
	} else {
		reason->remark = rest;
	}
	if (!type || reason->text.size > 0)
		quirk_add(quirks, QUIRK_REASON_FORM);
}

/* Nearly every domain is in normal form: then it is not copied. */
static bool read_domain(struct arena *arena, struct slice text, struct slice *domain,
			struct quirk_set *quirks)
{
	if (!domain_is_normal(text))
		return domain_read(arena, text, domain, quirks);
	*domain = text;
	return true;
}

static bool interpret_auth(struct dmarc_auth *auth, const struct word *words, struct arena *arena,
			   struct quirk_set *quirks)
{
	const char *word = word_of(words, auth->result);

	if (auth->result.size == 0) {
		auth->result_word = "";
		quirk_add(quirks, QUIRK_NO_RESULT);
	} else {
		auth->result_word = word ? word : "other";
		auth->result_differs = !slice_is_nocase(auth->result, auth->result_word);
		if (auth->result_differs)
			quirk_add(quirks, QUIRK_RESULT_ALIAS);
	}
	return read_domain(arena, auth->domain, &auth->domain_name, quirks);
}

/* Some gateways write an element without domain and result for every unsigned message. */
static void drop_empty_dkim(struct dmarc_record *record, struct quirk_set *quirks)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->dkim_count; i++) {
		const struct dmarc_auth *auth = &record->dkim[i];

		if (auth->domain.size == 0 && auth->result.size == 0)
			quirk_add(quirks, QUIRK_EMPTY_DKIM);
		else
			record->dkim[kept++] = *auth;
	}
	record->dkim_count = kept;
}

/* An empty reason element means that nothing was overridden. */
static void drop_empty_reasons(struct dmarc_record *record, struct quirk_set *quirks)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->reason_count; i++) {
		const struct dmarc_reason *reason = &record->reasons[i];

		if (reason->text.size + reason->type.size + reason->comment.size == 0)
			quirk_add(quirks, QUIRK_REASON_FORM);
		else
			record->reasons[kept++] = *reason;
	}
	record->reason_count = kept;
}

/* "<>" is the sender of bounces, not a domain. */
static bool sender_domain(struct dmarc_record *record, struct arena *arena,
			  struct quirk_set *quirks)
{
	if (!record->null_sender)
		return read_domain(arena, record->envelope_from, &record->envelope_domain, quirks);
	record->envelope_domain = record->envelope_from;
	return true;
}

static bool any_pass(const struct dmarc_auth *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].result_word, "pass") == 0)
			return true;
	return false;
}

static void interpret_policy(struct dmarc_record *record, struct quirk_set *quirks)
{
	if (record->disposition.size > 0)
		record->disposition_word = word_of(dispositions, record->disposition);
	if (record->disposition.size == 0)
		quirk_add(quirks, QUIRK_NO_DISPOSITION);
	if (record->disposition.size > 0 && !record->disposition_word)
		record->disposition_word = "other";
	if (record->disposition_word &&
	    !slice_is_nocase(record->disposition, record->disposition_word))
		quirk_add(quirks, QUIRK_DISP_UNKNOWN);
	record->dkim_word = aligned(record->aligned_dkim, quirks);
	record->spf_word = aligned(record->aligned_spf, quirks);
	record->passed = strcmp(record->dkim_word, "pass") == 0 ||
			 strcmp(record->spf_word, "pass") == 0;
	drop_empty_reasons(record, quirks);
	for (size_t i = 0; i < record->reason_count; i++)
		interpret_reason(&record->reasons[i], quirks);
}

static bool interpret_auth_results(struct dmarc_record *record, struct arena *arena,
				   struct quirk_set *quirks)
{
	drop_empty_dkim(record, quirks);
	for (size_t i = 0; i < record->dkim_count; i++)
		if (!interpret_auth(&record->dkim[i], dkim_results, arena, quirks))
			return false;
	for (size_t i = 0; i < record->spf_count; i++)
		if (!interpret_auth(&record->spf[i], spf_results, arena, quirks))
			return false;
	if ((strcmp(record->dkim_word, "pass") == 0 &&
	     !any_pass(record->dkim, record->dkim_count)) ||
	    (strcmp(record->spf_word, "pass") == 0 && !any_pass(record->spf, record->spf_count)))
		quirk_add(quirks, QUIRK_ALIGN_DIFFERS);
	return true;
}

bool dmarc_record_interpret(struct dmarc_record *record, const struct dmarc_report *report,
			    struct arena *arena, struct quirk_set *quirks)
{
	if (!ip_normalise(record->source_ip, record->source.ip)) {
		record->source.ip[0] = '\0';
		quirk_add(quirks, QUIRK_NO_IP);
	}
	interpret_count(record, quirks);
	interpret_policy(record, quirks);
	record->null_sender = record->envelope_from.data && (record->envelope_from.size == 0 ||
							     slice_is(record->envelope_from, "<>"));
	if (!interpret_auth_results(record, arena, quirks) ||
	    !read_domain(arena, record->header_from, &record->header_domain, quirks) ||
	    !sender_domain(record, arena, quirks) ||
	    !read_domain(arena, record->envelope_to, &record->recipient_domain, quirks))
		return false;
	if (record->header_domain.size == 0 && !is_empty(record))
		quirk_add(quirks, QUIRK_NO_HEADER_FROM);
	derive_aligned(record, report, quirks);
	return true;
}

static void hash_auth(const struct dmarc_auth *list, size_t count, struct hash *hash)
{
	hash_uint(hash, count);
	for (size_t i = 0; i < count; i++) {
		hash_field(hash, list[i].domain);
		hash_field(hash, list[i].selector);
		hash_field(hash, list[i].scope);
		hash_field(hash, list[i].result);
		hash_field(hash, list[i].human_result);
	}
}

void dmarc_record_hash(const struct dmarc_record *record, struct hash *hash)
{
	hash_field(hash, record->source_ip);
	hash_field(hash, record->count);
	hash_field(hash, record->disposition);
	hash_field(hash, record->aligned_dkim);
	hash_field(hash, record->aligned_spf);
	hash_field(hash, record->header_from);
	hash_field(hash, record->envelope_from);
	hash_field(hash, record->envelope_to);
	hash_uint(hash, record->reason_count);
	for (size_t i = 0; i < record->reason_count; i++) {
		hash_field(hash, record->reasons[i].text);
		hash_field(hash, record->reasons[i].type);
		hash_field(hash, record->reasons[i].comment);
	}
	hash_auth(record->dkim, record->dkim_count, hash);
	hash_auth(record->spf, record->spf_count, hash);
	hash_uint(hash, record->cut);
}

void dmarc_report_hash(const struct dmarc_report *report, struct hash *hash)
{
	const struct slice texts[] = {
		report->version,   report->org_name,
		report->email,     report->extra_contact,
		report->report_id, report->begin,
		report->end,       report->generator,
		report->domain,    report->adkim,
		report->aspf,      report->p,
		report->sp,        report->np,
		report->pct,       report->fo,
		report->testing,   report->discovery_method,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash_field(hash, texts[i]);
	hash_uint(hash, report->error_count);
	for (size_t i = 0; i < report->error_count; i++)
		hash_field(hash, report->errors[i]);
	hash_uint(hash, report->records);
}
