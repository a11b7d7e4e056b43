/* dmarc_report.c - from tags to a DMARC aggregate report
 *
 * SPDX-License-Identifier: MIT
 *
 * dmarc_element.c says which element may stand in which.  What may not is
 * skipped with all its content and counted.
 */
#include "ingest/dmarc/dmarc_report.h"

#include "ingest/dmarc/dmarc_element.h"
#include "ingest/dmarc/xml_salvage.h"
#include "ingest/text/xml_reader.h"

/* Texts of one record, or of all metadata, together: far above honest ones,
 * and low enough for a document to stay under LIMIT_DOCUMENT_BYTES when every
 * byte is escaped and written twice. */
#define TEXTS_SIZE_MAX (48 * KIB)

/* Of a record; copied to the arena at its end. */
struct lists {
	struct dmarc_reason reasons[LIMIT_LIST_VALUES];
	struct dmarc_auth dkim[LIMIT_LIST_VALUES], spf[LIMIT_LIST_VALUES];
};

struct builder {
	struct dmarc_report *report;
	struct arena *texts, *records;
	dmarc_record_fn *record_fn;
	void *context;
	enum dmarc_element open[LIMIT_XML_DEPTH]; /* by depth */
	size_t metadata_size, record_size;  /* of the texts so far */
	struct dmarc_record record;
	struct lists *lists;
	struct dmarc_auth *auth; /* the dkim or spf element being read */
	struct dmarc_reason *reason;
	struct dmarc_auth spare_auth; /* takes what is over the limit */
	struct dmarc_reason spare_reason;
};

/* Where the text of an element goes; NULL: it has none. */
static struct slice *place_of(struct builder *b, enum dmarc_element element)
{
	struct dmarc_report *report = b->report;
	struct dmarc_record *record = &b->record;

	switch (element) {
	case ELEMENT_VERSION: return &report->version;
	case ELEMENT_ORG_NAME: return &report->org_name;
	case ELEMENT_EMAIL: return &report->email;
	case ELEMENT_EXTRA_CONTACT: return &report->extra_contact;
	case ELEMENT_REPORT_ID: return &report->report_id;
	case ELEMENT_BEGIN: return &report->begin;
	case ELEMENT_END: return &report->end;
	case ELEMENT_GENERATOR: return &report->generator;
	case ELEMENT_DOMAIN: return &report->domain;
	case ELEMENT_ADKIM: return &report->adkim;
	case ELEMENT_ASPF: return &report->aspf;
	case ELEMENT_P: return &report->p;
	case ELEMENT_SP: return &report->sp;
	case ELEMENT_NP: return &report->np;
	case ELEMENT_PCT: return &report->pct;
	case ELEMENT_FO: return &report->fo;
	case ELEMENT_TESTING: return &report->testing;
	case ELEMENT_DISCOVERY_METHOD: return &report->discovery_method;
	case ELEMENT_SOURCE_IP: return &record->source_ip;
	case ELEMENT_COUNT: return &record->count;
	case ELEMENT_DISPOSITION: return &record->disposition;
	case ELEMENT_ALIGNED_DKIM: return &record->aligned_dkim;
	case ELEMENT_ALIGNED_SPF: return &record->aligned_spf;
	case ELEMENT_REASON: return &b->reason->text;
	case ELEMENT_REASON_TYPE: return &b->reason->type;
	case ELEMENT_REASON_COMMENT: return &b->reason->comment;
	case ELEMENT_HEADER_FROM: return &record->header_from;
	case ELEMENT_ENVELOPE_FROM: return &record->envelope_from;
	case ELEMENT_ENVELOPE_TO: return &record->envelope_to;
	case ELEMENT_AUTH_DOMAIN: return &b->auth->domain;
	case ELEMENT_AUTH_SELECTOR: return &b->auth->selector;
	case ELEMENT_AUTH_SCOPE: return &b->auth->scope;
	case ELEMENT_AUTH_RESULT: return &b->auth->result;
	case ELEMENT_AUTH_HUMAN_RESULT: return &b->auth->human_result;
	default: return NULL;
	}
}

static bool keep_text(struct builder *b, bool of_record, struct slice text, struct slice *place,
		      struct error *err)
{
	size_t *size = of_record ? &b->record_size : &b->metadata_size;

	*size += text.size;
	if (*size <= TEXTS_SIZE_MAX)
		*place = text.size > 0 ? arena_slice(of_record ? b->records : b->texts, text)
				       : slice_of("");
	if (*size > TEXTS_SIZE_MAX || !place->data)
		return error_reject(err, "too-large", "texts of one %s",
				    of_record ? "record" : "report");
	return true;
}

static bool take_error(struct builder *b, struct slice text, struct error *err)
{
	struct dmarc_report *report = b->report;

	if (text.size == 0)
		return true;
	if (report->error_count == LIMIT_LIST_VALUES) {
		quirk_add(&report->quirks, QUIRK_LIST_CUT);
		return true;
	}
	return keep_text(b, false, text, &report->errors[report->error_count++], err);
}

static bool take_text(struct builder *b, enum dmarc_element element, const struct xml_tag *tag,
		      struct error *err)
{
	struct slice *place;

	if (element == ELEMENT_ERROR)
		return take_error(b, tag->text, err);
	place = place_of(b, element);
	if (!place || (element == ELEMENT_REASON && tag->text.size == 0))
		return true;
	if (tag->text_too_long)
		return error_reject(err, "too-large", "a text of more than %zu bytes",
				    LIMIT_TEXT_BYTES);
	if (place->data) {
		quirk_add(&b->report->quirks, QUIRK_DUP_ELEMENT);
		return true;
	}
	return keep_text(b, element > ELEMENT_RECORD, tag->text, place, err);
}

static struct dmarc_auth *next_auth(struct builder *b, struct dmarc_auth *list, size_t *count)
{
	struct dmarc_auth *auth = &b->spare_auth;

	if (*count < LIMIT_LIST_VALUES)
		auth = &list[(*count)++];
	else
		b->record.cut++;
	*auth = (struct dmarc_auth){ 0 };
	return auth;
}

static struct dmarc_reason *next_reason(struct builder *b)
{
	struct dmarc_reason *reason = &b->spare_reason;

	if (b->record.reason_count < LIMIT_LIST_VALUES)
		reason = &b->lists->reasons[b->record.reason_count++];
	else
		b->record.cut++;
	*reason = (struct dmarc_reason){ 0 };
	return reason;
}

/* What an element means by beginning; may decide to skip it. */
static enum dmarc_element begin_element(struct builder *b, enum dmarc_element element)
{
	struct dmarc_report *report = b->report;

	switch (element) {
	case ELEMENT_METADATA:
		report->has_metadata = true;
		break;
	case ELEMENT_EXTENSION:
		report->extensions++;
		return ELEMENT_IGNORED;
	case ELEMENT_SKIPPED:
		report->unknown_elements++;
		return ELEMENT_IGNORED;
	case ELEMENT_POLICY:
		if (report->has_policy) {
			quirk_add(&report->quirks, QUIRK_TWO_POLICIES);
			return ELEMENT_IGNORED;
		}
		report->has_policy = true;
		break;
	case ELEMENT_RECORD:
		b->record = (struct dmarc_record){ 0 };
		b->record_size = 0;
		break;
	case ELEMENT_REASON:
		b->reason = next_reason(b);
		break;
	case ELEMENT_IDENTITIES:
		quirk_add(&report->quirks, QUIRK_IDENTITIES);
		break;
	case ELEMENT_DKIM:
		b->auth = next_auth(b, b->lists->dkim, &b->record.dkim_count);
		break;
	case ELEMENT_SPF:
		b->auth = next_auth(b, b->lists->spf, &b->record.spf_count);
		break;
	default:
		break;
	}
	return element;
}

static bool open_element(struct builder *b, const struct xml_tag *tag, struct error *err)
{
	const enum dmarc_element parent = tag->depth > 0 ? b->open[tag->depth - 1] : ELEMENT_DOCUMENT;
	enum dmarc_element element = dmarc_element_child(parent, tag->name);

	if (slice_is(tag->name, XML_SALVAGE_CUT))
		element = ELEMENT_IGNORED;
	if (element == ELEMENT_SKIPPED) {
		element = dmarc_element_spelled(parent, tag->name);
		if (element != ELEMENT_SKIPPED)
			quirk_add(&b->report->quirks, QUIRK_KEY_ALIAS);
	}
	if (parent == ELEMENT_DOCUMENT) {
		if (slice_is(tag->name, "schema"))
			return error_reject(err, XML_BROKEN, "a schema in place of a report");
		if (element == ELEMENT_SKIPPED)
			return error_reject(err, "not-a-report", "the root element is \"%.*s\"",
					    (int)tag->name.size, tag->name.data);
		b->report->namespace = arena_slice(b->texts, tag->namespace);
	}
	if (parent == ELEMENT_REASON && !take_text(b, ELEMENT_REASON, tag, err))
		return false;
	if (parent == ELEMENT_IGNORED)
		element = ELEMENT_IGNORED;
	if (element == ELEMENT_SKIPPED && parent == ELEMENT_RECORD && tag->namespace.data &&
	    !slice_equal(tag->namespace, b->report->namespace))
		element = ELEMENT_EXTENSION;
	b->open[tag->depth] = begin_element(b, element);
	return true;
}

static void *copy_list(struct arena *arena, const void *list, size_t count, size_t size, bool *good)
{
	void *copy = count > 0 ? arena_copy(arena, list, count * size) : NULL;

	if (count > 0 && !copy)
		*good = false;
	return copy;
}

static bool end_record(struct builder *b, struct error *err)
{
	const struct lists *lists = b->lists;
	struct dmarc_record *record;
	bool good = true;

	b->record.reasons = copy_list(b->records, lists->reasons, b->record.reason_count,
				      sizeof(lists->reasons[0]), &good);
	b->record.dkim = copy_list(b->records, lists->dkim, b->record.dkim_count,
				   sizeof(lists->dkim[0]), &good);
	b->record.spf = copy_list(b->records, lists->spf, b->record.spf_count,
				  sizeof(lists->spf[0]), &good);
	record = arena_copy(b->records, &b->record, sizeof(b->record));
	if (!good || !record)
		return error_reject(err, "too-large", "no room for a record");
	if (b->record.cut > 0)
		quirk_add(&b->report->quirks, QUIRK_LIST_CUT);
	b->report->records++;
	return b->record_fn(b->context, record, err);
}

static bool take_tag(void *context, const struct xml_tag *tag, struct error *err)
{
	struct builder *b = context;
	enum dmarc_element element;

	if (tag->opens)
		return open_element(b, tag, err);
	element = b->open[tag->depth];
	if (element == ELEMENT_RECORD)
		return end_record(b, err);
	return take_text(b, element, tag, err);
}

bool dmarc_report_read(struct dmarc_report *report, struct input *input, struct arena *texts,
		       struct arena *records, dmarc_record_fn *record_fn, void *context,
		       struct error *err)
{
	struct lists lists; /* large, and each element is set when it is begun */
	struct builder b = {
		.lists = &lists,
		.report = report,
		.texts = texts,
		.records = records,
		.record_fn = record_fn,
		.context = context,
	};
	bool trailing_data = false;

	*report = (struct dmarc_report){ 0 };
	if (!xml_read(input, take_tag, &b, &trailing_data, err))
		return false;
	if (trailing_data)
		quirk_add(&report->quirks, QUIRK_XML_JUNK);
	return true;
}
