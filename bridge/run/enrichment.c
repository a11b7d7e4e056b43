/* enrichment.c - adds facts about the addresses of a run before it is flattened
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/enrichment.h"

#include <stdlib.h>

#include "base/organizational_domain.h"
#include "base/xalloc.h"
#include "enrich/parsedmarc_source.h"
#include "ingest/ingest.h"

_Static_assert(2 * RUN_RECORDS <= ENRICH_ADDRESSES_MAX, "a run has sources and servers");

/* One address of the run. */
struct item {
	struct source_address *source;
	size_t record;
	bool is_server;
	struct ip_address address;
};

struct enrichment {
	struct enricher *enricher;
	const struct config *config;
	struct enrich_session *session;
	struct item items[2 * RUN_RECORDS];
	size_t count;
	struct ip_address addresses[2 * RUN_RECORDS];
	struct address_facts found[2 * RUN_RECORDS];
	struct source_facts facts[3 * RUN_RECORDS]; /* also of sources without an address */
	size_t facts_count;
	struct attribution_tables tables;       /* of the tenant of the run */
	struct slice header_from, organization; /* of the previous record of the run */
};

struct enrichment *enrichment_new(struct enricher *enricher, const struct config *config)
{
	struct enrichment *e = xcalloc(1, sizeof(*e));

	e->enricher = enricher;
	e->config = config;
	e->session = enrich_session_new(enricher);
	return e;
}

void enrichment_free(struct enrichment *e)
{
	if (!e)
		return;
	enrich_session_free(e->session);
	free(e);
}

void enrichment_begin_batch(struct enrichment *e)
{
	enrich_session_begin_batch(e->session);
}

/* --- the addresses ---------------------------------------------------------------- */

static bool has_evidence(const struct run *run)
{
	return run->kind == REPORT_AGGREGATE || run->kind == REPORT_FAILURE;
}

static void add_item(struct enrichment *e, size_t record, struct source_address *source,
		     bool is_server)
{
	struct item *item = &e->items[e->count];

	if (!source || !ip_address_parse(slice_of(source->ip), &item->address))
		return;
	item->source = source;
	item->record = record;
	item->is_server = is_server;
	e->addresses[e->count++] = item->address;
}

/* Sources come first; all are looked up at once. */
static void collect(struct enrichment *e, const struct run *run)
{
	e->count = 0;
	for (size_t i = 0; i < run->count; i++)
		add_item(e, i, run->sources[i], false);
	for (size_t i = 0; i < run->count && run->kind == REPORT_TLSRPT; i++)
		add_item(e, i, run->servers[i], true);
}

/* --- sender and relay ---------------------------------------------------------------- */

static size_t signatures_of(const struct source_evidence *from, struct signature_evidence *to)
{
	for (size_t i = 0; i < from->signature_count; i++)
		to[i] = (struct signature_evidence){ from->signatures[i].domain,
						     from->signatures[i].passes };
	return from->signature_count;
}

static size_t paths_of(const struct source_evidence *from, struct path_evidence *to)
{
	for (size_t i = 0; i < from->path_count; i++)
		to[i] = (struct path_evidence){ from->paths[i].domain, from->paths[i].passes,
						from->paths[i].helo };
	return from->path_count;
}

static struct source_party party_of(const struct party *party)
{
	return (struct source_party){
		.name = party->rule == RULE_NONE ? slice_of(NULL) : party->name,
		.type = party->service            ? service_type_word(party->service->type)
			: party->rule == RULE_OWN ? service_type_word(SERVICE_OWN)
						  : NULL,
		.rule = attribution_rule_word(party->rule),
	};
}

/* Usually the same as in the previous record. */
static void note_author(struct enrichment *e, struct slice header_from)
{
	if (e->header_from.data && slice_equal(header_from, e->header_from))
		return;
	e->header_from = header_from;
	e->organization = organizational_domain(header_from);
}

static void decide(struct enrichment *e, const struct source_evidence *said,
		   const struct ip_address *address, const struct address_facts *found,
		   struct source_facts *facts)
{
	struct signature_evidence signatures[LIMIT_LIST_VALUES];
	struct path_evidence paths[LIMIT_LIST_VALUES];
	struct attribution a;

	note_author(e, said->header_from);
	a = attribute(&e->tables,
		      &(struct evidence){
			      .address = address,
			      .header_from = said->header_from,
			      .header_organization = e->organization,
			      .signatures = signatures,
			      .signature_count = signatures_of(said, signatures),
			      .paths = paths,
			      .path_count = paths_of(said, paths),
			      .dkim_aligned = said->dkim_aligned,
			      .spf_aligned = said->spf_aligned,
			      .forwarded = said->forwarded,
			      .name = found->name,
			      .registered_name = found->name.size > 0 ? found->registered_domain
								      : slice_of(NULL),
			      .as_number = found->as_number,
			      .as_name = found->as_name,
			      .as_domain = found->as_domain,
		      });
	facts->has_sender = true;
	facts->sender = party_of(&a.sender);
	facts->relay = party_of(&a.relay);
	facts->sender_help = a.sender.service ? a.sender.service->help : NULL;
	facts->sender_status = approval_word(a.approval);
	facts->forwarded = a.forwarded;
}

static void decide_record(struct enrichment *e, const struct run *run, size_t record,
			  const struct ip_address *address, const struct address_facts *found,
			  struct source_facts *facts)
{
	struct source_evidence said;

	ingest_source_evidence(run, record, &said);
	decide(e, &said, address, found, facts);
}

/* --- facts ------------------------------------------------------------------------ */

static struct source_facts *new_facts(struct enrichment *e, const struct address_facts *found)
{
	const struct parsedmarc_source peer = parsedmarc_source_of(e->tables.map, found);
	struct source_facts *facts = &e->facts[e->facts_count++];

	*facts = (struct source_facts){
		.partial = found->partial,
		.as_number = found->as_number,
		.as_name = found->as_name,
		.as_domain = found->as_domain,
		.city = found->city,
		.has_place = found->has_place,
		.latitude = found->latitude,
		.longitude = found->longitude,
		.domain = found->name,
		.domain_raw = found->other_name,
		.registered_domain = found->name.size > 0 ? found->registered_domain
							  : slice_of(NULL),
		.peer_reverse_dns = peer.reverse_dns,
		.peer_base_domain = peer.base_domain,
		.peer_name = peer.name,
		.peer_type = peer.type,
	};
	memcpy(facts->country, found->country, sizeof(facts->country));
	return facts;
}

/* A record without an address can still have a sender. */
static void add_to_nameless(struct enrichment *e, const struct run *run)
{
	const struct address_facts nothing = { .partial = false };

	for (size_t i = 0; i < run->count && has_evidence(run); i++) {
		struct source_address *source = run->sources[i];
		struct source_facts *facts;

		if (!source || source->facts)
			continue;
		facts = new_facts(e, &nothing);
		decide_record(e, run, i, NULL, &nothing, facts);
		source->facts = facts;
	}
}

static void use_tables_of(struct enrichment *e, const char *tenant)
{
	e->tables = enricher_tables(e->enricher,
				    e->config && tenant
					    ? config_own_senders(e->config, slice_of(tenant))
					    : NULL);
}

static void begin(struct enrichment *e, const char *tenant)
{
	e->facts_count = 0;
	e->header_from = slice_of(NULL);
	use_tables_of(e, tenant);
}

bool enrichment_begin(struct enrichment *e, struct run *run)
{
	collect(e, run);
	return enrich_begin(e->session, e->addresses, e->count);
}

bool enrichment_is_busy(const struct enrichment *e)
{
	return enrich_is_busy(e->session);
}

void enrichment_wait(struct enrichment *e)
{
	enrich_wait(e->session);
}

size_t enrichment_add(struct enrichment *e, struct run *run)
{
	size_t partial = 0;

	begin(e, run->tenant);
	collect(e, run);
	enrich_addresses(e->session, e->addresses, e->count, e->found);
	for (size_t i = 0; i < e->count; i++) {
		const struct item *item = &e->items[i];
		struct source_facts *facts = new_facts(e, &e->found[i]);

		if (has_evidence(run))
			decide_record(e, run, item->record, &item->address, &e->found[i], facts);
		item->source->facts = facts;
		partial += e->found[i].partial && !item->is_server;
	}
	add_to_nameless(e, run);
	return partial;
}

void enrichment_add_stored(struct enrichment *e, struct stored_source *const *sources, size_t count)
{
	static const struct address_facts nothing = { .partial = false };
	size_t at = 0;

	begin(e, NULL);
	e->count = 0;
	for (size_t i = 0; i < count; i++)
		add_item(e, i, &sources[i]->address, false);
	enrich_addresses(e->session, e->addresses, e->count, e->found);
	for (size_t i = 0; i < count; i++) {
		const bool has_address = at < e->count && e->items[at].record == i;
		const struct address_facts *found = has_address ? &e->found[at] : &nothing;
		struct source_facts *facts = new_facts(e, found);

		use_tables_of(e, sources[i]->tenant);
		if (sources[i]->has_evidence)
			decide(e, &sources[i]->said, has_address ? &e->items[at].address : NULL,
			       found, facts);
		sources[i]->address.facts = facts;
		at += has_address;
	}
}
