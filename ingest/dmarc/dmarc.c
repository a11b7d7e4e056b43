/* dmarc.c - reads one DMARC aggregate report
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading collects totals, digest and oddities, and keeps the
 * records when they fit into memory; nearly every report does.  From one that
 * does not, a second reading gives its records to the sink one by one.
 */
#include "ingest/dmarc/dmarc_flatten.h"
#include "ingest/dmarc/dmarc_period.h"
#include "ingest/dmarc/parsedmarc_aggregate.h"
#include "ingest/dmarc/xml_salvage.h"
#include "base/domain_name.h"
#include "ingest/report/domain_form.h"
#include "ingest/text/text_decode.h"
#include "ingest/text/xml_reader.h"
#include "ingest/text/xml_repair.h"
#include "ingest/trust/trust.h"

/* Records kept in memory: some 6,000, or the streaming begins. */
#define KEPT_SIZE (4 * MIB)
/* Room for one more record whatever it holds (its texts are limited). */
#define RECORD_SIZE_MAX (256 * KIB)
/* Nine bytes make an empty record, and a document of it a thousand. */
#define EMPTY_RECORDS_MAX 1000

struct reading {
	const struct ingest_settings *settings;
	const struct report_source *source;
	struct arena *arena; /* of the mail */
	/* each over the one before; NULL as long as all is well without it */
	struct input *decoded, *repaired, *salvaged;
	struct quirk_set text_quirks;
	struct report_summary summary;
	struct document_sink *sink;
	struct dmarc_report report;
	struct hash hash; /* of the records */
	struct arena records;
	struct dmarc_record *first, **last;
	bool kept;	   /* all records so far are in the list */
	unsigned empty_records;
	uint64_t messages; /* never above INT64_MAX, the largest number an index holds */
	struct slice from; /* of the first record that has one */
	/* second part */
	struct dmarc_flattener flattener;
	struct parsedmarc_aggregate parsedmarc;
	uint64_t given;
};

static void drop_records(struct reading *r)
{
	arena_reset(&r->records);
	r->first = NULL;
	r->last = &r->first;
}

static bool count_record(void *context, struct dmarc_record *record, struct error *err)
{
	struct reading *r = context;

	dmarc_record_hash(record, &r->hash);
	if (!dmarc_record_interpret(record, &r->records, &r->report.quirks))
		return error_reject(err, "too-large", "no room for a record");
	if (record->source_ip.size == 0 && record->count.size == 0 &&
	    ++r->empty_records > EMPTY_RECORDS_MAX)
		return error_reject(err, "corrupt", "more than %d records without address and count",
				    EMPTY_RECORDS_MAX);
	r->messages = count_sum(r->messages, record->messages);
	if (r->from.size == 0)
		r->from = arena_slice(r->arena, record->header_domain);
	if (r->kept && r->records.used > KEPT_SIZE - RECORD_SIZE_MAX)
		r->kept = false;
	if (r->kept) {
		*r->last = record;
		r->last = &record->next;
	} else {
		drop_records(r);
	}
	return true;
}

static struct input *text_of(const struct reading *r)
{
	return r->salvaged ? r->salvaged : r->repaired ? r->repaired : r->decoded;
}

static bool first_reading(struct reading *r, struct error *err)
{
	hash_init(&r->hash);
	drop_records(r);
	r->kept = true;
	r->empty_records = 0;
	r->messages = 0;
	r->from = slice_of(NULL);
	return dmarc_report_read(&r->report, text_of(r), r->arena, &r->records, count_record, r,
				 err);
}

static bool is_broken(const struct error *err)
{
	return err->class == ERROR_REJECT && strcmp(err->reason, XML_BROKEN) == 0;
}

static bool open_repair(struct reading *r, struct error *err)
{
	input_close(r->decoded);
	r->decoded = text_decode_new(r->source->input, r->source->charset, true,
				     &r->text_quirks);
	r->repaired = xml_repair_new(r->decoded, &r->text_quirks);
	return input_rewind(r->repaired, err);
}

static bool open_salvage(struct reading *r, struct error *err)
{
	r->salvaged = xml_salvage_new(r->repaired, &r->text_quirks);
	return input_rewind(r->salvaged, err);
}

/* Strictly, then repaired, then what is whole of it. */
static bool understand(struct reading *r, struct error *err)
{
	struct error broken;

	r->decoded = text_decode_new(r->source->input, r->source->charset, false,
				     &r->text_quirks);
	if (first_reading(r, err))
		return true;
	if (!is_broken(err) || !open_repair(r, err))
		return false;
	if (first_reading(r, err))
		return true;
	broken = *err;
	if (!is_broken(err) || !open_salvage(r, err))
		return false;
	if (first_reading(r, err))
		return true;
	if (is_broken(err))
		*err = broken; /* where it breaks as it stands */
	return false;
}

static struct slice domain_of_address(struct arena *arena, struct slice address)
{
	struct slice domain = { NULL, 0 };
	const char *at = address.size > 0 ? memrchr(address.data, '@', address.size) : NULL;

	if (at && !domain_normalise(arena, slice_between(at + 1, address.data + address.size),
				    &domain))
		domain = slice_of(NULL);
	return domain;
}

static void name_organization(struct reading *r)
{
	const struct slice contact = domain_of_address(r->arena, r->report.email);
	struct report_summary *summary = &r->summary;

	trust_note(r->settings, r->source->headers, contact, &summary->quirks);
	summary->organization = r->report.org_name;
	if (summary->organization.size > 0)
		return;
	quirk_add(&summary->quirks, QUIRK_NO_ORG);
	summary->organization = contact;
	if (summary->organization.size == 0)
		summary->organization = r->source->headers->from_domain;
}

/* The domain the policy was found for; without one that of the first record,
 * which belongs to the same owner. */
static struct slice policy_domain(struct reading *r)
{
	struct slice domain;

	if (r->report.domain.size == 0) {
		quirk_add(&r->summary.quirks, QUIRK_NO_DOMAIN);
		return r->from;
	}
	return policy_domain_read(r->arena, r->report.domain, &domain, &r->summary.quirks)
		       ? domain
		       : r->report.domain;
}

static void digest_of(struct reading *r, uint8_t digest[static HASH_SIZE])
{
	uint8_t records[HASH_SIZE];

	hash_end(&r->hash, records);
	hash_init(&r->hash);
	dmarc_report_hash(&r->report, &r->hash);
	hash_bytes(&r->hash, records, HASH_SIZE);
	hash_end(&r->hash, digest);
}

static bool summarise(struct reading *r, struct error *err)
{
	struct report_summary *summary = &r->summary;
	struct dmarc_flattener *f = &r->flattener;
	struct report_share *share;

	*summary = (struct report_summary){ .kind = REPORT_AGGREGATE };
	if (quirk_has(&r->text_quirks, QUIRK_PARTIAL) && r->report.begin.size == 0)
		return error_reject(err, XML_BROKEN, "broken before the date range");
	if (quirk_has(&r->text_quirks, QUIRK_PARTIAL) && r->report.domain.size == 0 &&
	    r->report.records == 0)
		return error_reject(err, XML_BROKEN, "broken before the policy");
	if (!r->report.has_metadata && !r->report.has_policy && r->report.records == 0)
		return error_reject(err, "not-a-report", "an empty feedback element");
	if (!dmarc_period(r->report.begin, r->report.end, r->settings->now, &summary->begin,
			  &summary->end, &summary->quirks, err))
		return false;
	name_organization(r);
	summary->report_id = r->report.report_id;
	f->policy_domain = policy_domain(r);
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

static bool give(struct reading *r, const struct dmarc_record *record, struct error *err)
{
	const uint64_t ordinal = r->given++;

	if (ingest_writes(r->settings, SCHEMA_ECS) &&
	    !dmarc_flatten(&r->flattener, record, ordinal, r->sink, err))
		return false;
	return !ingest_writes(r->settings, SCHEMA_PARSEDMARC) ||
	       parsedmarc_aggregate_write(&r->parsedmarc, record, ordinal, r->sink, err);
}

static bool give_kept(struct reading *r, struct error *err)
{
	for (const struct dmarc_record *record = r->first; record; record = record->next)
		if (!give(r, record, err))
			return false;
	return true;
}

static bool give_record(void *context, struct dmarc_record *record, struct error *err)
{
	struct reading *r = context;
	struct quirk_set known = { 0 };

	if (!dmarc_record_interpret(record, &r->records, &known))
		return error_reject(err, "too-large", "no room for a record");
	if (!give(r, record, err))
		return false;
	arena_reset(&r->records);
	return true;
}

static bool second_reading(struct reading *r, struct error *err)
{
	struct dmarc_report again;

	return input_rewind(text_of(r), err) &&
	       dmarc_report_read(&again, text_of(r), r->arena, &r->records, give_record, r, err);
}

static bool give_documents(struct reading *r, struct error *err)
{
	struct dmarc_flattener *f = &r->flattener;
	bool good;

	f->settings = r->settings;
	f->source = r->source;
	f->report = &r->report;
	f->summary = &r->summary;
	r->parsedmarc = (struct parsedmarc_aggregate){
		.report = &r->report,
		.summary = &r->summary,
		.tenant = f->tenant,
		.policy_domain = f->policy_domain,
	};
	dmarc_flattener_init(f);
	parsedmarc_aggregate_init(&r->parsedmarc);
	good = r->kept ? give_kept(r, err) : second_reading(r, err);
	parsedmarc_aggregate_release(&r->parsedmarc);
	dmarc_flattener_release(f);
	return good;
}

bool dmarc_read(const struct ingest_settings *settings, struct arena *arena,
		const struct report_source *source, struct document_sink *sink,
		struct report_summary *summary, struct error *err)
{
	struct reading r = {
		.settings = settings,
		.source = source,
		.arena = arena,
		.sink = sink,
	};
	bool good;

	arena_init(&r.records, KEPT_SIZE);
	good = understand(&r, err) && summarise(&r, err) && give_documents(&r, err);
	input_close(r.salvaged);
	input_close(r.repaired);
	input_close(r.decoded);
	arena_release(&r.records);
	if (good)
		*summary = r.summary;
	return good;
}
