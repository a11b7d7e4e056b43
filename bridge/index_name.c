/* index_name.c - where a document is filed: <prefix>-<kind>-<tenant>-<period>
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/index_name.h"

#include "ingest/tenant.h"

#define YEAR_SIZE 4

static bool is_nobody(const char *tenant)
{
	return strcmp(tenant, TENANT_DEFAULT) == 0 || strcmp(tenant, TENANT_UNCLAIMED) == 0;
}

static void add_parsedmarc(struct strbuf *out, const struct index_naming *naming,
			   enum document_kind kind, const char *tenant)
{
	strbuf_add_text(out, naming->prefix);
	if (!is_nobody(tenant))
		strbuf_add_format(out, "%s_", tenant);
	strbuf_add_text(out, document_kind_name(kind));
	if (naming->suffix)
		strbuf_add_format(out, "_%s", naming->suffix);
	if (!naming->topics)
		strbuf_add_byte(out, '-');
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
		strbuf_add_format(out, "%s%s", naming->prefix, document_kind_name(name->kind));
		return;
	}
	strbuf_add_format(out, "%s-%s-%s-", naming->prefix, document_kind_name(name->kind),
			  name->tenant);
	strbuf_add(out, name->month,
		   naming->period == INDEX_YEAR ? YEAR_SIZE : DATETIME_MONTH_SIZE - 1);
}

void index_pattern_add(struct strbuf *out, const struct index_naming *naming,
		       enum document_kind kind, const char *tenant)
{
	if (naming->schema == SCHEMA_PARSEDMARC) {
		add_parsedmarc(out, naming, kind, tenant);
	} else {
		strbuf_add_format(out, "%s-%s-", naming->prefix, document_kind_name(kind));
		if (tenant)
			strbuf_add_format(out, "%s-", tenant);
	}
	strbuf_add_byte(out, '*');
}

static bool read_kind(struct slice text, enum document_kind *kind)
{
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++) {
		if (!slice_is(text, document_kind_name(k)))
			continue;
		*kind = k;
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

bool index_name_read(struct slice text, const struct index_naming *naming,
		     struct index_name *parts)
{
	const size_t prefix = strlen(naming->prefix);
	struct index_name found;
	struct slice kind;

	if (naming->schema != SCHEMA_ECS || !slice_starts_with(text, naming->prefix) || text.size <= prefix ||
	    text.data[prefix] != '-')
		return false;
	text = (struct slice){ text.data + prefix + 1, text.size - prefix - 1 };
	kind = slice_split(text, '-', &text);
	found.tenant = slice_split(text, '-', &text);
	if (!read_kind(kind, &found.kind) || !tenant_name_valid(found.tenant) ||
	    !read_period(text, &found.end))
		return false;
	*parts = found;
	return true;
}
