/* SPDX-License-Identifier: MIT */
#include "ingest/dmarc/dmarc.h"

#include <stdlib.h>

#include "base/domain_name.h"
#include "base/organizational_domain.h"
#include "base/xalloc.h"
#include "ingest/dmarc/dmarc_flatten.h"
#include "ingest/dmarc/parsedmarc_aggregate.h"
#include "ingest/dmarc/xml_salvage.h"
#include "ingest/report/address.h"
#include "ingest/report/domain_form.h"
#include "ingest/report/input.h"
#include "ingest/report/period.h"
#include "ingest/report/reason.h"
#include "ingest/text/text_decode.h"
#include "ingest/text/xml_reader.h"
#include "ingest/text/xml_repair.h"
#include "ingest/trust/trust.h"

/* Many reporters exceed a day by some seconds. */
#define LONG_SPAN (26 * 3600)
/* Keep this much in memory, some 6,000 records; above it, use a second reading. */
#define KEPT_SIZE (4 * MIB)
/* Room for one more record of maximum size (its texts are limited). */
#define RECORD_SIZE_MAX (256 * KIB)
/* A run of the second reading ends above this size. */
#define RUN_SIZE (256 * KIB)
/* An empty record takes nine bytes, its document a thousand. */
#define EMPTY_RECORDS_MAX 1000

struct dmarc_reading {
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct arena *arena; /* of the mail */
	/* each reads the previous one; NULL unless needed */
	struct input *decoded, *repaired, *salvaged;
	struct quirk_set text_quirks;
	struct report_summary *summary;
	struct dmarc_report report;
	struct hash hash; /* of the records */
	struct arena records;
	struct dmarc_record *first, **last;
	bool kept; /* all records so far are in memory */
	unsigned empty_records;
	uint64_t messages;  /* at most INT64_MAX, the largest number in an index */
	struct slice from;  /* header From of the first record that has one */
	struct slice owner; /* organizational domain of the header From domains */
	bool several_owners;
	/* after the first reading: */
	struct dmarc_reader *again; /* second reading, or NULL */
	struct dmarc_report *report_again;
	struct dmarc_record *unread; /* records in memory that are in no run yet */
	/* current run: remaining records and their documents */
	const struct dmarc_record *undocumented;
	size_t undocumented_count;
	bool in_record; /* its document in our own schema was returned */
	uint64_t ordinal;
	struct dmarc_flattener flattener;
	struct parsedmarc_aggregate parsedmarc;
};

static void drop_records(struct dmarc_reading *r)
{
	arena_reset(&r->records);
	r->first = NULL;
	r->last = &r->first;
}

static void add_record(struct dmarc_reading *r, struct dmarc_record *record)
{
	*r->last = record;
	r->last = &record->next;
}

/* The policy may follow the records, so remember one owner, and whether there was another. */
static void note_owner(struct dmarc_reading *r, struct slice header_domain)
{
	struct slice owner;

	/* nearly every record has the domain of the first */
	if (r->owner.size > 0 && slice_equal(header_domain, r->from))
		return;
	owner = organizational_domain(header_domain);
	if (owner.size == 0 || slice_equal(owner, r->owner))
		return;
	if (r->owner.size > 0)
		r->several_owners = true;
	else
		r->owner = arena_slice(r->arena, owner);
}

static bool count_record(struct dmarc_reading *r, struct dmarc_record *record, struct error *err)
{
	dmarc_record_hash(record, &r->hash);
	if (!dmarc_record_interpret(record, &r->report, &r->records, &r->report.quirks))
		return error_reject(err, "too-large", "no room for a record");
	if (record->source_ip.size == 0 && record->count.size == 0 &&
	    ++r->empty_records > EMPTY_RECORDS_MAX)
		return error_reject(err, REASON_CORRUPT,
				    "more than %d records without address and count",
				    EMPTY_RECORDS_MAX);
	r->messages = count_sum(r->messages, record->messages);
	if (r->from.size == 0)
		r->from = arena_slice(r->arena, record->header_domain);
	note_owner(r, record->header_domain);
	return true;
}

/* Counts the rows of a record, and keeps them while there is room. */
static bool count_rows(struct dmarc_reading *r, struct dmarc_record *row, struct error *err)
{
	struct dmarc_record *next;

	for (; row; row = next) {
		next = row->next;
		if (!count_record(r, row, err))
			return false;
		if (r->kept)
			add_record(r, row);
	}
	if (r->records.used > KEPT_SIZE - RECORD_SIZE_MAX)
		r->kept = false;
	if (!r->kept)
		drop_records(r);
	return true;
}

static struct input *text_of(const struct dmarc_reading *r)
{
	return r->salvaged ? r->salvaged : r->repaired ? r->repaired : r->decoded;
}

static bool first_reading(struct dmarc_reading *r, struct error *err)
{
	struct dmarc_reader *reader;
	struct dmarc_record *record;
	bool good;

	hash_init(&r->hash);
	drop_records(r);
	r->kept = true;
	r->empty_records = 0;
	r->messages = 0;
	r->from = r->owner = slice_of(NULL);
	r->several_owners = false;
	reader = dmarc_reader_new(&r->report, text_of(r), r->arena, &r->records);
	do
		good = dmarc_reader_next(reader, &record, err) && count_rows(r, record, err);
	while (good && record);
	dmarc_reader_free(reader);
	return good;
}

static bool is_broken(const struct error *err)
{
	return err->class == ERROR_REJECT && strcmp(err->reason, XML_BROKEN) == 0;
}

static bool open_repair(struct dmarc_reading *r, struct error *err)
{
	input_close(r->decoded);
	r->decoded = text_decode_new(r->source->input, r->source->charset, true, &r->text_quirks);
	r->repaired = xml_repair_new(r->decoded, &r->text_quirks);
	return input_rewind(r->repaired, err);
}

static bool open_salvage(struct dmarc_reading *r, struct error *err)
{
	r->salvaged = xml_salvage_new(r->repaired, &r->text_quirks);
	return input_rewind(r->salvaged, err);
}

/* Refuses several reports, which salvaging would merge.  false: REJECT DMARC_SEVERAL. */
static bool is_single(struct dmarc_reading *r, struct error *err)
{
	static const char tag[] = "<feedback";
	char window[8 * KIB + sizeof(tag)];
	size_t used = 0, got, tags = 0;

	if (!input_rewind(r->repaired, err))
		return false;
	do {
		struct slice rest;

		if (!input_read(r->repaired, window + used, 8 * KIB, &got, err))
			return false;
		rest = (struct slice){ window, used + got };
		for (size_t at = slice_find_text(rest, tag); at < rest.size;
		     at = slice_find_text(rest, tag)) {
			tags++;
			rest = slice_skip(rest, at + strlen(tag));
		}
		used = rest.size < strlen(tag) ? rest.size : strlen(tag) - 1;
		memmove(window, rest.data + rest.size - used, used);
	} while (got > 0);
	return tags < 2 ||
	       error_reject(err, DMARC_SEVERAL, "a report is cut off before another one");
}

/* Parses strictly, then with repairs, then with salvage. */
static bool parse_with_fallbacks(struct dmarc_reading *r, struct error *err)
{
	struct error broken;

	r->decoded = text_decode_new(r->source->input, r->source->charset, false, &r->text_quirks);
	if (first_reading(r, err))
		return true;
	if (!is_broken(err) || !open_repair(r, err))
		return false;
	if (first_reading(r, err))
		return true;
	broken = *err;
	if (!is_broken(err) || !is_single(r, err) || !open_salvage(r, err))
		return false;
	if (first_reading(r, err))
		return true;
	if (is_broken(err))
		*err = broken; /* report the fault of the unrepaired text */
	return false;
}

static void name_organization(struct dmarc_reading *r)
{
	const struct slice contact = address_domain(r->arena, r->report.email);
	struct report_summary *summary = r->summary;

	trust_note(r->settings, r->source->headers, contact, &summary->quirks);
	summary->organization = r->report.org_name;
	if (summary->organization.size > 0)
		return;
	quirk_add(&summary->quirks, QUIRK_NO_ORG);
	summary->organization = contact;
	if (summary->organization.size == 0)
		summary->organization = r->source->headers->from_domain;
}

/* Returns the policy domain or, if it is missing, the domain of the first record, which
 * belongs to the same owner. */
static struct slice policy_domain(struct dmarc_reading *r)
{
	struct slice domain;

	if (r->report.domain.size == 0) {
		quirk_add(&r->summary->quirks, QUIRK_NO_DOMAIN);
		return r->from;
	}
	return policy_domain_read(r->arena, r->report.domain, &domain, &r->summary->quirks)
		       ? domain
		       : r->report.domain;
}

static void digest_of(struct dmarc_reading *r, uint8_t digest[static HASH_SIZE])
{
	uint8_t records[HASH_SIZE];

	hash_end(&r->hash, records);
	hash_init(&r->hash);
	dmarc_report_hash(&r->report, &r->hash);
	hash_bytes(&r->hash, records, HASH_SIZE);
	hash_end(&r->hash, digest);
}

static bool summarise(struct dmarc_reading *r, struct error *err)
{
	struct report_summary *summary = r->summary;
	struct dmarc_flattener *f = &r->flattener;
	struct report_share *share;

	*summary = (struct report_summary){ .kind = REPORT_AGGREGATE };
	if (quirk_has(&r->text_quirks, QUIRK_PARTIAL) && r->report.begin.size == 0)
		return error_reject(err, XML_BROKEN, "broken before the date range");
	if (quirk_has(&r->text_quirks, QUIRK_PARTIAL) && r->report.records == 0)
		return error_reject(err, XML_BROKEN, "broken, and no record is whole");
	if (!r->report.has_metadata && !r->report.has_policy && r->report.records == 0)
		return error_reject(err, "not-a-report", "an empty feedback element");
	if (!period_read(PERIOD_UNIX_SECONDS, r->report.begin, r->report.end, r->settings->now,
			 &summary->begin, &summary->end, &summary->quirks, err))
		return false;
	if (summary->end - summary->begin > LONG_SPAN)
		quirk_add(&summary->quirks, QUIRK_LONG_SPAN);
	name_organization(r);
	summary->report_id = r->report.report_id;
	f->policy_domain = policy_domain(r);
	if (r->several_owners ||
	    (r->owner.size > 0 && !same_organization(r->owner, f->policy_domain)))
		quirk_add(&summary->quirks, QUIRK_FOREIGN_FROM);
	f->tenant = tenant_of(r->settings->tenants, f->policy_domain);
	share = report_share_of(summary, r->arena, f->tenant, f->policy_domain);
	if (!share || r->arena->overflowed)
		return error_reject(err, "too-large", "no room for a report");
	share->documents = r->report.records;
	share->messages = r->messages;
	if (r->report.records == 0)
		quirk_add(&summary->quirks, QUIRK_NO_RECORDS);
	if (r->report.unknown_elements > 0)
		quirk_add(&summary->quirks, QUIRK_UNKNOWN_ELEMENT);
	quirk_add_all(&summary->quirks, &r->report.quirks);
	quirk_add_all(&summary->quirks, &r->text_quirks);
	quirk_add_all(&summary->quirks, r->source->quirks);
	digest_of(r, summary->digest);
	return true;
}

static void begin_documents(struct dmarc_reading *r)
{
	struct dmarc_flattener *f = &r->flattener;

	f->settings = r->settings;
	f->source = r->source;
	f->report = &r->report;
	f->summary = r->summary;
	r->parsedmarc.report = &r->report;
	r->parsedmarc.summary = r->summary;
	r->parsedmarc.tenant = f->tenant;
	r->parsedmarc.policy_domain = f->policy_domain;
	r->unread = r->first;
}

struct dmarc_reading *dmarc_open(const struct ingest_settings *settings, struct arena *arena,
				 const struct report_source *source, struct report_summary *summary,
				 struct error *err)
{
	struct dmarc_reading *r = xcalloc(1, sizeof(*r));

	r->settings = settings;
	r->source = source;
	r->arena = arena;
	r->summary = summary;
	arena_init(&r->records, KEPT_SIZE);
	dmarc_flattener_init(&r->flattener);
	parsedmarc_aggregate_init(&r->parsedmarc);
	if (parse_with_fallbacks(r, err) && summarise(r, err)) {
		begin_documents(r);
		return r;
	}
	dmarc_close(r);
	return NULL;
}

void dmarc_close(struct dmarc_reading *r)
{
	if (!r)
		return;
	dmarc_reader_free(r->again);
	free(r->report_again);
	parsedmarc_aggregate_release(&r->parsedmarc);
	dmarc_flattener_release(&r->flattener);
	input_close(r->salvaged);
	input_close(r->repaired);
	input_close(r->decoded);
	arena_release(&r->records);
	free(r);
}

/* --- runs ----------------------------------------------------------------- */

static void add_to_run(struct run *run, struct dmarc_record *record)
{
	run->sources[run->count++] = &record->source;
}

static void next_kept_run(struct dmarc_reading *r, struct run *run, size_t most)
{
	r->undocumented = r->unread;
	for (; r->unread && run->count < most; r->unread = r->unread->next)
		add_to_run(run, r->unread);
}

static bool begin_second_reading(struct dmarc_reading *r, struct error *err)
{
	if (!input_rewind(text_of(r), err))
		return false;
	r->report_again = xmalloc(sizeof(*r->report_again));
	r->again = dmarc_reader_new(r->report_again, text_of(r), r->arena, &r->records);
	return true;
}

/* Reads the rows of the next record. */
static bool read_rows(struct dmarc_reading *r, struct error *err)
{
	struct quirk_set known = { 0 };

	if (!dmarc_reader_next(r->again, &r->unread, err))
		return false;
	for (struct dmarc_record *row = r->unread; row; row = row->next)
		if (!dmarc_record_interpret(row, r->report_again, &r->records, &known))
			return error_reject(err, "too-large", "no room for a record");
	return true;
}

static bool read_run(struct dmarc_reading *r, struct run *run, size_t most, struct error *err)
{
	struct dmarc_record *record;

	if (!r->again && !begin_second_reading(r, err))
		return false;
	if (r->unread)
		r->last = &r->first;
	else
		drop_records(r);
	do {
		if (!r->unread && !read_rows(r, err))
			return false;
		record = r->unread;
		if (record) {
			r->unread = record->next;
			add_record(r, record);
			add_to_run(run, record);
		}
	} while (record && run->count < most && r->records.used < RUN_SIZE);
	r->undocumented = r->first;
	return true;
}

bool dmarc_next_run(struct dmarc_reading *r, struct run *run, struct error *err)
{
	const size_t most = run_records(r->settings);

	run->kind = REPORT_AGGREGATE;
	run->tenant = r->flattener.tenant;
	run->count = 0;
	if (r->kept)
		next_kept_run(r, run, most);
	else if (!read_run(r, run, most, err))
		return false;
	r->undocumented_count = run->count;
	return true;
}

static size_t checks_of(const struct dmarc_auth *list, size_t count, struct source_check *checks)
{
	for (size_t i = 0; i < count; i++)
		checks[i] = (struct source_check){
			.domain = list[i].domain_name,
			.passes = strcmp(list[i].result_word, "pass") == 0,
			.helo = slice_is_nocase(list[i].scope, "helo"),
		};
	return count;
}

static bool is_forwarding(const char *type)
{
	return strcmp(type, "forwarded") == 0 || strcmp(type, "trusted_forwarder") == 0 ||
	       strcmp(type, "mailing_list") == 0;
}

static const struct dmarc_record *record_of(const struct source_address *source)
{
	return (const void *)((const char *)source - offsetof(struct dmarc_record, source));
}

void dmarc_source_evidence(const struct source_address *source, struct source_evidence *evidence)
{
	const struct dmarc_record *record = record_of(source);

	evidence->header_from = record->header_domain;
	evidence->dkim_aligned = record->dkim_word && strcmp(record->dkim_word, "pass") == 0;
	evidence->spf_aligned = record->spf_word && strcmp(record->spf_word, "pass") == 0;
	evidence->signature_count = checks_of(record->dkim, record->dkim_count,
					      evidence->signatures);
	evidence->path_count = checks_of(record->spf, record->spf_count, evidence->paths);
	evidence->forwarded = false;
	for (size_t i = 0; i < record->reason_count; i++)
		evidence->forwarded |= is_forwarding(record->reasons[i].type_word);
}

/* --- documents ------------------------------------------------------------ */

static void end_record(struct dmarc_reading *r)
{
	r->in_record = false;
	r->undocumented = r->undocumented->next;
	r->undocumented_count--;
	r->ordinal++;
}

bool dmarc_next_document(struct dmarc_reading *r, struct document *document, struct error *err)
{
	const bool parsedmarc = ingest_writes(r->settings, SCHEMA_PARSEDMARC);
	const struct dmarc_record *record = r->undocumented;
	const uint64_t ordinal = r->ordinal;

	document->name = NULL;
	if (r->undocumented_count == 0)
		return true;
	if (!r->in_record && ingest_writes(r->settings, SCHEMA_ECS)) {
		r->in_record = parsedmarc;
		if (!parsedmarc)
			end_record(r);
		return dmarc_flatten(&r->flattener, record, ordinal, document, err);
	}
	end_record(r);
	return parsedmarc_aggregate_write(&r->parsedmarc, record, ordinal, document, err);
}
