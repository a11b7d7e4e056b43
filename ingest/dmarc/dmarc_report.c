/* dmarc_report.c - reads a DMARC aggregate report from tags
 *
 * SPDX-License-Identifier: MIT
 *
 * dmarc_element.c defines which element is allowed inside which.  Other elements
 * are skipped with their contents and counted.
 */
#include "ingest/dmarc/dmarc_report.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/dmarc/dmarc_element.h"
#include "ingest/dmarc/xml_salvage.h"
#include "ingest/text/xml_reader.h"

/* Limit for the texts of one record, or of all metadata: far above genuine ones, and low
 * enough for a document to stay below LIMIT_DOCUMENT_BYTES if every byte is escaped and
 * written twice. */
#define TEXTS_SIZE_MAX (48 * KIB)

/* Lists of the current record, copied to the arena at its end.  They never shrink. */
struct lists {
	struct dmarc_reason *reasons;
	struct dmarc_auth *dkim, *spf;
	size_t reason_room, dkim_room, spf_room;
};

/* An element that was found by its name. */
struct known_child {
	const char *name; /* of the tag: equal names have the same address */
	enum dmarc_element parent, element;
};

/* Far above the number of different elements in a report. */
#define KNOWN_CHILDREN 128

struct dmarc_reader {
	struct xml_reader *xml;
	struct dmarc_report *report;
	struct arena *texts, *records;
	struct dmarc_record *complete;            /* to be returned */
	enum dmarc_element open[LIMIT_XML_DEPTH]; /* by depth */
	size_t metadata_size, record_size;        /* bytes of text so far */
	struct dmarc_record record;
	bool has_row;
	struct dmarc_record *rows, **last_row; /* earlier rows of the record, without its lists */
	struct lists lists;
	struct dmarc_auth *auth; /* the current dkim or spf element */
	struct dmarc_reason *reason;
	struct dmarc_auth spare_auth; /* for elements above the limit */
	struct dmarc_reason spare_reason;
	struct known_child known[KNOWN_CHILDREN]; /* a hash table; the last one replaces another */
};

/* Returns the destination for the text of an element; NULL: none. */
static struct slice *place_of(struct dmarc_reader *r, enum dmarc_element element)
{
	struct dmarc_report *report = r->report;
	struct dmarc_record *record = &r->record;

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
	case ELEMENT_REASON: return &r->reason->text;
	case ELEMENT_REASON_TYPE: return &r->reason->type;
	case ELEMENT_REASON_COMMENT: return &r->reason->comment;
	case ELEMENT_HEADER_FROM: return &record->header_from;
	case ELEMENT_ENVELOPE_FROM: return &record->envelope_from;
	case ELEMENT_ENVELOPE_TO: return &record->envelope_to;
	case ELEMENT_AUTH_DOMAIN: return &r->auth->domain;
	case ELEMENT_AUTH_SELECTOR: return &r->auth->selector;
	case ELEMENT_AUTH_SCOPE: return &r->auth->scope;
	case ELEMENT_AUTH_RESULT: return &r->auth->result;
	case ELEMENT_AUTH_HUMAN_RESULT: return &r->auth->human_result;
	default: return NULL;
	}
}

static bool keep_text(struct dmarc_reader *r, bool of_record, struct slice text,
		      struct slice *place, struct error *err)
{
	size_t *size = of_record ? &r->record_size : &r->metadata_size;

	*size += text.size;
	if (*size <= TEXTS_SIZE_MAX)
		*place = text.size > 0 ? arena_slice(of_record ? r->records : r->texts, text)
				       : slice_of("");
	if (*size > TEXTS_SIZE_MAX || !place->data)
		return error_reject(err, "too-large", "texts of one %s",
				    of_record ? "record" : "report");
	return true;
}

static bool read_error(struct dmarc_reader *r, struct slice text, struct error *err)
{
	struct dmarc_report *report = r->report;

	if (text.size == 0)
		return true;
	if (report->error_count == LIMIT_LIST_VALUES) {
		quirk_add(&report->quirks, QUIRK_LIST_CUT);
		return true;
	}
	return keep_text(r, false, text, &report->errors[report->error_count++], err);
}

static bool read_text(struct dmarc_reader *r, enum dmarc_element element, const struct xml_tag *tag,
		      struct error *err)
{
	const struct slice text = xml_reader_text(r->xml, tag);
	struct slice *place;

	if (element == ELEMENT_ERROR)
		return read_error(r, text, err);
	place = place_of(r, element);
	if (!place || (element == ELEMENT_REASON && text.size == 0))
		return true;
	if (tag->text_too_long)
		return error_reject(err, "too-large", "a text of more than %zu bytes",
				    LIMIT_TEXT_BYTES);
	if (place->data) {
		quirk_add(&r->report->quirks, QUIRK_DUP_ELEMENT);
		return true;
	}
	return keep_text(r, element > ELEMENT_RECORD, text, place, err);
}

static struct dmarc_auth *next_auth(struct dmarc_reader *r, struct dmarc_auth **list, size_t *room,
				    size_t *count)
{
	struct dmarc_auth *auth = &r->spare_auth;

	if (*count < LIMIT_LIST_VALUES) {
		*list = xgrow(*list, *count, room, sizeof(**list));
		auth = &(*list)[(*count)++];
	} else {
		r->record.cut++;
	}
	*auth = (struct dmarc_auth){ 0 };
	return auth;
}

static struct dmarc_reason *next_reason(struct dmarc_reader *r)
{
	struct dmarc_reason *reason = &r->spare_reason;
	struct lists *lists = &r->lists;

	if (r->record.reason_count < LIMIT_LIST_VALUES) {
		lists->reasons = xgrow(lists->reasons, r->record.reason_count, &lists->reason_room,
				       sizeof(*reason));
		reason = &lists->reasons[r->record.reason_count++];
	} else {
		r->record.cut++;
	}
	*reason = (struct dmarc_reason){ 0 };
	return reason;
}

static void *copy_list(struct arena *arena, const void *list, size_t count, size_t size, bool *good)
{
	void *copy = count > 0 ? arena_copy(arena, list, count * size) : NULL;

	if (count > 0 && !copy)
		*good = false;
	return copy;
}

/* Keeps the current row of the record; NULL: no room. */
static struct dmarc_record *keep_row(struct dmarc_reader *r)
{
	struct dmarc_record *row;
	bool good = true;

	r->record.reasons = copy_list(r->records, r->lists.reasons, r->record.reason_count,
				      sizeof(r->lists.reasons[0]), &good);
	row = arena_copy(r->records, &r->record, sizeof(r->record));
	if (!good || !row)
		return NULL;
	*r->last_row = row;
	r->last_row = &row->next;
	return row;
}

static bool begin_row(struct dmarc_reader *r, struct error *err)
{
	const struct slice absent = { NULL, 0 };

	if (!r->has_row) {
		r->has_row = true;
		return true;
	}
	quirk_add(&r->report->quirks, QUIRK_SEVERAL_ROWS);
	if (!keep_row(r))
		return error_reject(err, "too-large", "no room for a record");
	r->record.source_ip = r->record.count = r->record.disposition = absent;
	r->record.aligned_dkim = r->record.aligned_spf = absent;
	r->record.reason_count = 0;
	return true;
}

/* Processes the start of an element; returns ELEMENT_IGNORED to skip it. */
static enum dmarc_element begin_element(struct dmarc_reader *r, enum dmarc_element element)
{
	struct dmarc_report *report = r->report;

	switch (element) {
	case ELEMENT_METADATA: report->has_metadata = true; break;
	case ELEMENT_EXTENSION: report->extensions++; return ELEMENT_IGNORED;
	case ELEMENT_SKIPPED: report->unknown_elements++; return ELEMENT_IGNORED;
	case ELEMENT_RECORDS: report->unknown_elements++; break;
	case ELEMENT_POLICY:
		if (report->has_policy) {
			quirk_add(&report->quirks, QUIRK_TWO_POLICIES);
			return ELEMENT_IGNORED;
		}
		report->has_policy = true;
		break;
	case ELEMENT_RECORD:
		r->record = (struct dmarc_record){ 0 };
		r->record_size = 0;
		r->has_row = false;
		r->rows = NULL;
		r->last_row = &r->rows;
		break;
	case ELEMENT_REASON: r->reason = next_reason(r); break;
	case ELEMENT_IDENTITIES: quirk_add(&report->quirks, QUIRK_IDENTITIES); break;
	case ELEMENT_DKIM:
		r->auth = next_auth(r, &r->lists.dkim, &r->lists.dkim_room, &r->record.dkim_count);
		break;
	case ELEMENT_SPF:
		r->auth = next_auth(r, &r->lists.spf, &r->lists.spf_room, &r->record.spf_count);
		break;
	default: break;
	}
	return element;
}

static struct known_child *known_child(struct dmarc_reader *r, enum dmarc_element parent,
				       const struct xml_tag *tag)
{
	return &r->known[((uintptr_t)tag->name + 16 * parent) % KNOWN_CHILDREN];
}

static bool open_new_element(struct dmarc_reader *r, enum dmarc_element parent,
			     const struct xml_tag *tag, struct error *err)
{
	const struct slice name = slice_of(tag->name), namespace = slice_of(tag->namespace);
	enum dmarc_element element = dmarc_element_child(parent, name);

	if (element != ELEMENT_SKIPPED && parent != ELEMENT_DOCUMENT && parent != ELEMENT_REASON)
		*known_child(r, parent, tag) = (struct known_child){ tag->name, parent, element };
	if (slice_is(name, XML_SALVAGE_CUT))
		element = ELEMENT_IGNORED;
	if (element == ELEMENT_SKIPPED) {
		element = dmarc_element_spelled(parent, name);
		if (element != ELEMENT_SKIPPED)
			quirk_add(&r->report->quirks, QUIRK_KEY_ALIAS);
	}
	if (parent == ELEMENT_DOCUMENT) {
		if (slice_is(name, "schema"))
			return error_reject(err, XML_BROKEN, "a schema in place of a report");
		if (element == ELEMENT_SKIPPED)
			return error_reject(err, "not-a-report", "the root element is \"%.*s\"",
					    (int)name.size, name.data);
		r->report->namespace = arena_slice(r->texts, namespace);
	}
	/* the previous report is truncated and must not absorb this one's records */
	if (parent != ELEMENT_DOCUMENT && slice_is(name, "feedback"))
		return error_reject(err, DMARC_SEVERAL, "a report begins inside of another one");
	if (parent == ELEMENT_REASON && !read_text(r, ELEMENT_REASON, tag, err))
		return false;
	if (parent == ELEMENT_IGNORED)
		element = ELEMENT_IGNORED;
	if (element == ELEMENT_SKIPPED && parent == ELEMENT_RECORD && namespace.data &&
	    !slice_equal(namespace, r->report->namespace))
		element = ELEMENT_EXTENSION;
	r->open[tag->depth] = begin_element(r, element);
	return true;
}

static bool open_element(struct dmarc_reader *r, const struct xml_tag *tag, struct error *err)
{
	const enum dmarc_element parent = tag->depth > 0 ? r->open[tag->depth - 1]
							 : ELEMENT_DOCUMENT;
	const struct known_child *known = known_child(r, parent, tag);

	if (known->name != tag->name || known->parent != parent)
		return open_new_element(r, parent, tag, err);
	r->open[tag->depth] = begin_element(r, known->element);
	return true;
}

/* Gives a row what it shares with the others; lists are changed when they are interpreted. */
static bool complete_row(struct dmarc_reader *r, struct dmarc_record *row)
{
	const struct lists *lists = &r->lists;
	bool good = true;

	row->header_from = r->record.header_from;
	row->envelope_from = r->record.envelope_from;
	row->envelope_to = r->record.envelope_to;
	row->dkim_count = r->record.dkim_count;
	row->spf_count = r->record.spf_count;
	row->dkim = copy_list(r->records, lists->dkim, row->dkim_count, sizeof(lists->dkim[0]),
			      &good);
	row->spf = copy_list(r->records, lists->spf, row->spf_count, sizeof(lists->spf[0]), &good);
	return good;
}

static bool end_record(struct dmarc_reader *r, struct error *err)
{
	bool good = keep_row(r);

	for (struct dmarc_record *row = r->rows; row && good; row = row->next) {
		good = complete_row(r, row);
		r->report->records++;
	}
	if (!good)
		return error_reject(err, "too-large", "no room for a record");
	if (r->record.cut > 0)
		quirk_add(&r->report->quirks, QUIRK_LIST_CUT);
	r->complete = r->rows;
	return true;
}

static bool read_tag(struct dmarc_reader *r, const struct xml_tag *tag, struct error *err)
{
	enum dmarc_element element;

	if (tag->opens)
		return open_element(r, tag, err) &&
		       (r->open[tag->depth] != ELEMENT_ROW || begin_row(r, err));
	element = r->open[tag->depth];
	if (element == ELEMENT_RECORD)
		return end_record(r, err);
	return read_text(r, element, tag, err);
}

struct dmarc_reader *dmarc_reader_new(struct dmarc_report *report, struct input *input,
				      struct arena *texts, struct arena *records)
{
	struct dmarc_reader *r = xcalloc(1, sizeof(*r));

	r->xml = xml_reader_new(input);
	r->report = report;
	r->texts = texts;
	r->records = records;
	*report = (struct dmarc_report){ 0 };
	return r;
}

void dmarc_reader_free(struct dmarc_reader *r)
{
	if (!r)
		return;
	xml_reader_free(r->xml);
	free(r->lists.reasons);
	free(r->lists.dkim);
	free(r->lists.spf);
	free(r);
}

bool dmarc_reader_next(struct dmarc_reader *r, struct dmarc_record **record, struct error *err)
{
	const struct xml_tag *tag;

	r->complete = NULL;
	do
		if (!xml_reader_next(r->xml, &tag, err) || (tag && !read_tag(r, tag, err)))
			return false;
	while (tag && !r->complete);
	if (!tag && xml_reader_has_trailing_data(r->xml))
		quirk_add(&r->report->quirks, QUIRK_XML_JUNK);
	*record = r->complete;
	return true;
}
