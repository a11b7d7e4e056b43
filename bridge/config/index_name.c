/* index_name.c - names of indices: <prefix>-<kind>-<tenant>-<period>
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/index_name.h"

#include "ingest/report/tenant.h"

#define YEAR_SIZE 4
#define DAY 86400

const enum document_kind *index_kinds(const struct index_naming *naming, size_t *count)
{
	static const enum document_kind own[] = {
		DOCUMENT_DMARC_AGGREGATE, DOCUMENT_DMARC_FAILURE, DOCUMENT_TLSRPT_POLICY,
		DOCUMENT_TLSRPT_FAILURE,  DOCUMENT_FEED,          DOCUMENT_DOMAIN_CHECK,
	};
	static const enum document_kind parsedmarc[] = { DOCUMENT_DMARC_AGGREGATE,
							 DOCUMENT_DMARC_FAILURE,
							 DOCUMENT_SMTP_TLS };
	const bool is_own = naming->schema == SCHEMA_ECS;

	*count = is_own ? sizeof(own) / sizeof(own[0]) : sizeof(parsedmarc) / sizeof(parsedmarc[0]);
	return is_own ? own : parsedmarc;
}

const char *index_period_name(const struct index_naming *naming)
{
	if (naming->schema == SCHEMA_PARSEDMARC)
		return naming->monthly ? "month" : "day";
	return naming->period == INDEX_YEAR ? "year" : "month";
}

/* Names of parsedmarc omit these tenants. */
static bool is_fallback_tenant(struct slice tenant)
{
	return slice_is(tenant, TENANT_DEFAULT) || slice_is(tenant, TENANT_UNCLAIMED);
}

bool index_tenant_is(const struct index_naming *naming, struct slice tenant, const char *name)
{
	return slice_is(tenant, name) ||
	       (naming->schema == SCHEMA_PARSEDMARC && is_fallback_tenant(tenant) &&
		is_fallback_tenant(slice_of(name)));
}

static void add_parsedmarc(struct strbuf *out, const struct index_naming *naming,
			   enum document_kind kind, const char *tenant)
{
	strbuf_add_text(out, naming->prefix);
	if (!is_fallback_tenant(slice_of(tenant)))
		strbuf_add_format(out, "%s_", tenant);
	strbuf_add_text(out, document_kind_name(kind));
	if (naming->suffix)
		strbuf_add_format(out, "_%s", naming->suffix);
	if (!naming->topics)
		strbuf_add_byte(out, '-');
}

/* Not printf(), which takes 2,500 instructions per document. */
static void add_own(struct strbuf *out, const struct index_naming *naming, enum document_kind kind,
		    const char *tenant)
{
	strbuf_add_text(out, naming->prefix);
	strbuf_add_byte(out, '-');
	strbuf_add_text(out, document_kind_name(kind));
	strbuf_add_byte(out, '-');
	if (tenant) {
		strbuf_add_text(out, tenant);
		strbuf_add_byte(out, '-');
	}
}

void index_name_add(struct strbuf *out, const struct index_naming *naming,
		    const struct document_name *name)
{
	if (naming->schema == SCHEMA_PARSEDMARC) {
		add_parsedmarc(out, naming, name->kind, name->tenant);
		if (naming->topics)
			return;
		strbuf_add(out, name->day,
			   naming->monthly ? DATETIME_MONTH_SIZE - 1 : DATETIME_DAY_SIZE - 1);
		return;
	}
	if (naming->topics) {
		strbuf_add_text(out, naming->prefix);
		strbuf_add_text(out, document_kind_name(name->kind));
		return;
	}
	add_own(out, naming, name->kind, name->tenant);
	strbuf_add(out, name->month,
		   naming->period == INDEX_YEAR ? YEAR_SIZE : DATETIME_MONTH_SIZE - 1);
}

void index_pattern_add(struct strbuf *out, const struct index_naming *naming,
		       enum document_kind kind, const char *tenant)
{
	if (naming->schema == SCHEMA_PARSEDMARC) {
		add_parsedmarc(out, naming, kind, tenant);
	} else {
		add_own(out, naming, kind, tenant);
	}
	strbuf_add_byte(out, '*');
}

/* Removes suffix from the end of text; false: it does not end so. */
static bool cut_end(struct slice *text, const char *suffix)
{
	const size_t size = strlen(suffix);

	if (text->size < size || memcmp(text->data + text->size - size, suffix, size) != 0)
		return false;
	text->size -= size;
	return true;
}

static bool cut_kind(struct slice *text, const struct index_naming *naming,
		     enum document_kind *kind)
{
	size_t count;
	const enum document_kind *kinds = index_kinds(naming, &count);

	for (size_t i = 0; i < count; i++) {
		if (!cut_end(text, document_kind_name(kinds[i])))
			continue;
		*kind = kinds[i];
		return true;
	}
	return false;
}

/* "2026" or "2026.11" */
static bool read_period(struct slice text, int64_t *end)
{
	struct slice rest, first = slice_split(text, '.', &rest);
	uint64_t year, month = 12;

	if (first.size != YEAR_SIZE || !slice_to_uint(first, 9999, &year) ||
	    (rest.data && (rest.size != 2 || !slice_to_uint(rest, 12, &month) || month == 0)))
		return false;
	*end = datetime_from_civil((int64_t)(year + month / 12), (unsigned)(month % 12 + 1), 1, 0,
				   0, 0);
	return true;
}

static bool read_own(struct slice text, const struct index_naming *naming, struct index_name *found)
{
	struct slice kind;

	if (text.size == 0 || text.data[0] != '-')
		return false;
	text = (struct slice){ text.data + 1, text.size - 1 };
	kind = slice_split(text, '-', &text);
	found->tenant = slice_split(text, '-', &text);
	return cut_kind(&kind, naming, &found->kind) && kind.size == 0 &&
	       tenant_name_valid(found->tenant) && read_period(text, &found->end);
}

/* "YYYY-MM-DD" or "YYYY-MM" */
static bool read_parsedmarc_period(struct slice text, int64_t *end)
{
	struct slice day, rest, first = slice_split(text, '-', &rest);
	struct slice second = slice_split(rest, '-', &day);
	uint64_t year, month, date = 1;

	if (first.size != YEAR_SIZE || second.size != 2 || (day.data && day.size != 2) ||
	    !slice_to_uint(first, 9999, &year) || !slice_to_uint(second, 12, &month) ||
	    (day.data && !slice_to_uint(day, 31, &date)) || month == 0 || date == 0)
		return false;
	*end = datetime_from_civil((int64_t)(year + (day.data ? 0 : month / 12)),
				   (unsigned)(day.data ? month : month % 12 + 1), (unsigned)date, 0,
				   0, 0);
	if (day.data)
		*end += DAY;
	return true;
}

/* Removes "-<period>" from the end. */
static bool cut_parsedmarc_period(struct slice *text, size_t size, int64_t *end)
{
	struct slice front = { text->data, text->size - size };

	if (text->size < size || !cut_end(&front, "-") ||
	    !read_parsedmarc_period(slice_between(text->data + text->size - size,
						  text->data + text->size),
				    end))
		return false;
	*text = front;
	return true;
}

/* Parses from the end, since suffixes may contain hyphens too. */
static bool read_parsedmarc(struct slice text, const struct index_naming *naming,
			    struct index_name *found)
{
	if (!cut_parsedmarc_period(&text, DATETIME_DAY_SIZE - 1, &found->end) &&
	    !cut_parsedmarc_period(&text, DATETIME_MONTH_SIZE - 1, &found->end))
		return false;
	if (naming->suffix && (!cut_end(&text, naming->suffix) || !cut_end(&text, "_")))
		return false;
	if (!cut_kind(&text, naming, &found->kind))
		return false;
	found->tenant = slice_of(TENANT_UNCLAIMED);
	if (text.size == 0)
		return true;
	if (!cut_end(&text, "_") || !tenant_name_valid(text) || is_fallback_tenant(text))
		return false;
	found->tenant = text;
	return true;
}

bool index_name_read(struct slice text, const struct index_naming *naming, struct index_name *parts)
{
	const size_t prefix = strlen(naming->prefix);
	struct index_name found;

	if (!slice_starts_with(text, naming->prefix))
		return false;
	text = (struct slice){ text.data + prefix, text.size - prefix };
	if (!(naming->schema == SCHEMA_PARSEDMARC ? read_parsedmarc : read_own)(text, naming,
										&found))
		return false;
	*parts = found;
	return true;
}
