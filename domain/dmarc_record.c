/* dmarc_record.c - a DMARC record (RFC 9989 section 4.8), parsed and checked
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/dmarc_record.h"

#include "base/ascii.h"
#include "base/domain_name.h"

#define EVIDENCE_OCTETS 300

static struct slice skip_blanks(struct slice text)
{
	while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = slice_skip(text, 1);
	return text;
}

bool dmarc_is_record(struct slice text)
{
	static const char version[] = "DMARC1";

	if (!slice_starts_with(text, "v"))
		return false;
	text = skip_blanks(slice_skip(text, 1));
	if (!slice_starts_with(text, "="))
		return false;
	text = skip_blanks(slice_skip(text, 1));
	if (!slice_starts_with(text, version))
		return false;
	text = skip_blanks(slice_skip(text, sizeof(version) - 1));
	return text.size == 0 || text.data[0] == ';';
}

bool dmarc_is_near(struct slice text)
{
	static const char word[] = "dmarc1";
	const size_t size = sizeof(word) - 1;

	for (size_t i = 0; i + size <= text.size && i < EVIDENCE_OCTETS; i++)
		if (slice_is_nocase((struct slice){ text.data + i, size }, word))
			return true;
	/* "v=DMARC; p=none", or a record without its version */
	return slice_starts_with(text, "v=DMARC") || slice_starts_with(text, "p=none") ||
	       slice_starts_with(text, "p=reject") || slice_starts_with(text, "p=quarantine");
}

static enum dmarc_policy policy_of(struct slice value)
{
	if (!value.data)
		return DMARC_POLICY_ABSENT;
	if (slice_is_nocase(value, "none"))
		return DMARC_POLICY_NONE;
	if (slice_is_nocase(value, "quarantine"))
		return DMARC_POLICY_QUARANTINE;
	return slice_is_nocase(value, "reject") ? DMARC_POLICY_REJECT : DMARC_POLICY_INVALID;
}

void dmarc_record_read(struct slice text, struct dmarc_record *record)
{
	struct slice psd;

	*record = (struct dmarc_record){ .text = text, .percent = 100 };
	record_tags_read(text, &record->tags);
	record->p = policy_of(record_tag_value(&record->tags, "p"));
	record->sp = policy_of(record_tag_value(&record->tags, "sp"));
	record->np = policy_of(record_tag_value(&record->tags, "np"));
	record->rua = record_tag_value(&record->tags, "rua");
	record->ruf = record_tag_value(&record->tags, "ruf");
	record->testing = slice_is_nocase(record_tag_value(&record->tags, "t"), "y");
	psd = record_tag_value(&record->tags, "psd");
	record->psd_yes = slice_is_nocase(psd, "y");
	record->psd_no = slice_is_nocase(psd, "n");
	(void)slice_to_uint(record_tag_value(&record->tags, "pct"), 100, &record->percent);
}

enum dmarc_policy dmarc_policy_effective(const struct dmarc_record *record)
{
	return record->p >= DMARC_POLICY_NONE ? record->p : DMARC_POLICY_NONE;
}

const char *dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = {
		[DMARC_POLICY_ABSENT] = "absent", [DMARC_POLICY_INVALID] = "invalid",
		[DMARC_POLICY_NONE] = "none",     [DMARC_POLICY_QUARANTINE] = "quarantine",
		[DMARC_POLICY_REJECT] = "reject",
	};

	return names[policy];
}

/* --- report URIs -------------------------------------------------------------------- */

/* Returns the offset of "!10m" (RFC 7489 section 6.2), or text.size. */
static size_t size_suffix(struct slice text)
{
	const size_t at = slice_find(text, '!');
	struct slice size = slice_skip(text, at + 1);
	uint64_t number;

	if (at == text.size || size.size == 0)
		return text.size;
	if (strchr("kmgt", ascii_lower(size.data[size.size - 1])))
		size.size--;
	return slice_to_uint(size, UINT32_MAX, &number) ? at : text.size;
}

static bool is_host(struct slice host)
{
	if (host.size == 0 || host.size > DOMAIN_SIZE_MAX || host.data[0] == '.' ||
	    slice_find(host, '.') == host.size)
		return false;
	for (size_t i = 0; i < host.size; i++)
		if (!ascii_is_alnum(host.data[i]) && !strchr("-._", host.data[i]))
			return false;
	return true;
}

static const char *mailto_fault(struct slice address, struct report_uri *uri)
{
	const size_t at = slice_find(address, '@');

	if (slice_starts_with(address, "//"))
		return "mailto: takes no slashes";
	if (at == address.size)
		return "the address has no @";
	if (at == 0)
		return "the address has nothing before the @";
	if (slice_find(address, '!') < address.size)
		return "'!' must be written as %21";
	uri->host = slice_skip(address, at + 1);
	uri->host.size = slice_find(uri->host, '?');
	return is_host(uri->host) ? NULL : "the host of the address is not a domain name";
}

static const char *uri_fault(struct slice text, struct report_uri *uri)
{
	struct slice rest;
	const struct slice scheme = slice_split(text, ':', &rest);

	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] <= ' ' || (unsigned char)text.data[i] >= 0x7f)
			return "it contains a blank or another character that must be encoded";
	if (!rest.data)
		return slice_find(text, '@') < text.size ? "mailto: is missing"
							 : "it has no scheme";
	if (slice_is_nocase(scheme, "mailto"))
		return mailto_fault(rest, uri);
	uri->https = slice_is_nocase(scheme, "https");
	uri->fault = URI_OTHER_SCHEME;
	if (slice_starts_with(rest, "//")) {
		uri->host = slice_skip(rest, 2);
		for (size_t i = 0; i < uri->host.size; i++)
			if (strchr("/:?#", uri->host.data[i]))
				uri->host.size = i;
	}
	return is_host(uri->host) ? NULL : "it has no host";
}

bool report_uri_next(struct slice *list, struct report_uri *uri)
{
	size_t end;

	if (!list->data)
		return false;
	*uri = (struct report_uri){ .text = slice_trim(slice_split(*list, ',', list)) };
	end = size_suffix(uri->text);
	uri->sized = end < uri->text.size;
	uri->why = uri->text.size == 0 ? "it is empty"
				       : uri_fault((struct slice){ uri->text.data, end }, uri);
	if (uri->why)
		uri->fault = URI_BAD;
	return true;
}

/* --- judging ------------------------------------------------------------------------ */

static const char *const known_tags[] = { "v",    "p",  "sp", "np",  "rua", "ruf", "adkim",
					  "aspf", "fo", "t",  "psd", "pct", "rf",  "ri" };

static bool is_known(struct slice name)
{
	for (size_t i = 0; i < sizeof(known_tags) / sizeof(known_tags[0]); i++)
		if (slice_is(name, known_tags[i]))
			return true;
	return false;
}

struct judge {
	struct domain_findings *findings;
	struct slice name;
	const struct dmarc_record *r;
};

static const char *quoted(const struct judge *j)
{
	return text_quote(j->findings->arena, j->r->text, EVIDENCE_OCTETS);
}

/* Adds the corrected record to the finding. */
static void paste(const struct judge *j, struct domain_finding *f, const struct tag_change *changes,
		  size_t count)
{
	struct arena *arena = j->findings->arena;
	const char *text = record_tags_rewrite(arena, &j->r->tags, "DMARC1", changes, count);

	domain_paste(j->findings, f, "%.*s. TXT %s", (int)j->name.size, j->name.data,
		     text_strings(arena, slice_of(text)));
}

static void judge_syntax(const struct judge *j)
{
	static const char *const faults[] = {
		[TAG_NO_EQUALS] = "has no '='",
		[TAG_BAD_NAME] = "has no valid name",
		[TAG_REPEATED] = "repeats a tag",
	};

	for (size_t i = 0; i < j->r->tags.count; i++) {
		const struct record_tag *tag = &j->r->tags.list[i];
		struct domain_finding *f;

		if (tag->fault == TAG_GOOD)
			continue;
		f = domain_found(j->findings, DOMAIN_DMARC_SYNTAX, j->name,
				 "\"%s\" at octet %zu %s, in: %s",
				 text_quote(j->findings->arena, tag->whole, 60), tag->position,
				 faults[tag->fault], quoted(j));
		paste(j, f, NULL, 0);
	}
}

/* adkim, aspf, t, psd and fo have fixed values; an invalid one counts as the default. */
static void judge_values(const struct judge *j)
{
	static const struct {
		const char *name, *values;
	} rules[] = {
		{ "adkim", "rs" },
		{ "aspf", "rs" },
		{ "t", "yn" },
		{ "psd", "ynu" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct slice value = record_tag_value(&j->r->tags, rules[i].name);
		const struct tag_change drop = { rules[i].name, NULL };
		struct domain_finding *f;

		if (!value.data || (value.size == 1 && value.data[0] != '\0' &&
				    strchr(rules[i].values, ascii_lower(value.data[0]))))
			continue;
		f = domain_found(j->findings, DOMAIN_DMARC_SYNTAX, j->name,
				 "%s=%s has no valid value, so the default applies, in: %s",
				 rules[i].name, text_quote(j->findings->arena, value, 40),
				 quoted(j));
		paste(j, f, &drop, 1);
	}
}

static void judge_names(const struct judge *j)
{
	static const char *const removed[] = { "rf", "ri" };

	for (size_t i = 0; i < j->r->tags.count; i++) {
		const struct record_tag *tag = &j->r->tags.list[i];

		if (tag->fault == TAG_GOOD && !is_known(tag->name))
			domain_found(j->findings, DOMAIN_DMARC_TAG_UNKNOWN, j->name,
				     "\"%s\" at octet %zu, in: %s",
				     text_quote(j->findings->arena, tag->whole, 60), tag->position,
				     quoted(j));
	}
	for (size_t i = 0; i < sizeof(removed) / sizeof(removed[0]); i++) {
		const struct tag_change drop[] = { { "rf", NULL }, { "ri", NULL } };

		if (record_tag_find(&j->r->tags, removed[i]))
			paste(j,
			      domain_found(j->findings, DOMAIN_DMARC_TAG_REMOVED, j->name,
					   "%s, in: %s", removed[i], quoted(j)),
			      drop, 2);
	}
}

static void judge_percent(const struct judge *j)
{
	const struct slice value = record_tag_value(&j->r->tags, "pct");
	const struct tag_change drop = { "pct", NULL };
	struct domain_finding *f;
	uint64_t number;

	if (!value.data)
		return;
	if (!slice_to_uint(value, 100, &number))
		f = domain_found(j->findings, DOMAIN_DMARC_SYNTAX, j->name,
				 "pct is not a number from 0 to 100, in: %s", quoted(j));
	else if (number < 100 && j->r->p != DMARC_POLICY_NONE)
		f = domain_found(j->findings, DOMAIN_DMARC_PCT, j->name, "%s", quoted(j));
	else
		f = domain_found(j->findings, DOMAIN_DMARC_TAG_REMOVED, j->name, "pct, in: %s",
				 quoted(j));
	paste(j, f, &drop, 1);
}

static void judge_policy(const struct judge *j, bool organizational)
{
	const struct dmarc_record *r = j->r;
	const char *bad = r->p < DMARC_POLICY_NONE        ? "p"
			  : r->sp == DMARC_POLICY_INVALID ? "sp"
			  : r->np == DMARC_POLICY_INVALID ? "np"
							  : NULL;

	if (bad) {
		const struct tag_change change = { bad, strcmp(bad, "p") == 0 ? "none" : NULL };
		struct domain_finding *f = domain_found(
			j->findings, DOMAIN_DMARC_P_INVALID, j->name,
			"%s is missing or not none, quarantine or reject; %s, in: %s", bad,
			r->rua.size > 0 ? "the record counts as p=none" : "DMARC is off",
			quoted(j));

		paste(j, f, &change, 1);
		return;
	}
	if (organizational && ((r->sp >= DMARC_POLICY_NONE && r->sp < r->p) ||
			       (r->np >= DMARC_POLICY_NONE && r->np < r->p))) {
		const struct tag_change drop[] = { { "sp", NULL }, { "np", NULL } };

		paste(j,
		      domain_found(j->findings, DOMAIN_DMARC_SP_WEAKER, j->name, "%s", quoted(j)),
		      drop, 2);
	}
	if (!organizational && r->sp >= DMARC_POLICY_NONE) {
		const struct tag_change drop = { "sp", NULL };

		paste(j,
		      domain_found(j->findings, DOMAIN_DMARC_SP_IGNORED, j->name, "%s", quoted(j)),
		      &drop, 1);
	}
	if (r->p == DMARC_POLICY_NONE) {
		const struct tag_change raise = { "p", "quarantine" };

		paste(j, domain_found(j->findings, DOMAIN_DMARC_P_NONE, j->name, "%s", quoted(j)),
		      &raise, 1);
	}
}

static void judge_order(const struct judge *j)
{
	const struct record_tag *p = record_tag_find(&j->r->tags, "p");

	if (p && p != &j->r->tags.list[1])
		paste(j, domain_found(j->findings, DOMAIN_DMARC_P_SECOND, j->name, "%s", quoted(j)),
		      NULL, 0);
	if (j->r->testing) {
		const struct tag_change drop = { "t", NULL };

		paste(j, domain_found(j->findings, DOMAIN_DMARC_TEST, j->name, "%s", quoted(j)),
		      &drop, 1);
	}
}

static void judge_failure_reports(const struct judge *j)
{
	const struct slice fo = record_tag_value(&j->r->tags, "fo");
	const struct tag_change drop = { "fo", NULL };
	struct slice rest = j->r->ruf;
	struct report_uri uri;
	bool zero = false, others = false;

	for (struct slice list = fo; list.data;) {
		const struct slice word = slice_trim(slice_split(list, ':', &list));

		zero |= slice_is(word, "0");
		others |= slice_is(word, "1");
	}
	if (fo.data && !j->r->ruf.data)
		paste(j,
		      domain_found(j->findings, DOMAIN_DMARC_RUF, j->name,
				   "fo without ruf has no effect, in: %s", quoted(j)),
		      &drop, 1);
	else if (zero && others)
		domain_found(j->findings, DOMAIN_DMARC_RUF, j->name,
			     "fo=0 and fo=1 exclude each other, in: %s", quoted(j));
	while (report_uri_next(&rest, &uri))
		if (uri.fault == URI_BAD)
			domain_found(j->findings, DOMAIN_DMARC_RUF, j->name, "\"%s\" in ruf: %s",
				     text_quote(j->findings->arena, uri.text, 80), uri.why);
}

void dmarc_record_judge(struct domain_findings *findings, struct slice name,
			const struct dmarc_record *record, bool organizational)
{
	const struct judge j = { findings, name, record };

	judge_syntax(&j);
	judge_values(&j);
	judge_names(&j);
	judge_percent(&j);
	judge_policy(&j, organizational);
	judge_order(&j);
	judge_failure_reports(&j);
}
