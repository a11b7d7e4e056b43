/* source_writer.c - writes the facts about a source address
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/document/source_writer.h"

static void write_network(struct document_writer *w, const struct source_facts *facts)
{
	document_string(w, FIELD_ID_SOURCE_DOMAIN, facts->domain);
	document_string(w, FIELD_ID_SOURCE_DOMAIN_RAW, facts->domain_raw);
	document_string(w, FIELD_ID_SOURCE_REGISTERED_DOMAIN, facts->registered_domain);
	if (facts->as_number > 0)
		document_uint(w, FIELD_ID_SOURCE_AS_NUMBER, facts->as_number);
	document_string(w, FIELD_ID_SOURCE_AS_ORGANIZATION, facts->as_name);
	document_text(w, FIELD_ID_SOURCE_GEO_COUNTRY, facts->country);
	document_string(w, FIELD_ID_SOURCE_GEO_CITY, facts->city);
	if (facts->has_place)
		document_place(w, FIELD_ID_SOURCE_GEO_LOCATION, facts->latitude, facts->longitude);
}

static void write_parties(struct document_writer *w, const struct source_facts *facts)
{
	document_string(w, FIELD_ID_SOURCE_SENDER_NAME, facts->sender.name);
	document_text(w, FIELD_ID_SOURCE_SENDER_TYPE, facts->sender.type);
	document_text(w, FIELD_ID_SOURCE_SENDER_RULE, facts->sender.rule);
	document_text(w, FIELD_ID_SOURCE_SENDER_STATUS, facts->sender_status);
	document_text(w, FIELD_ID_SOURCE_SENDER_HELP, facts->sender_help);
	document_string(w, FIELD_ID_SOURCE_RELAY_NAME, facts->relay.name);
	document_text(w, FIELD_ID_SOURCE_RELAY_TYPE, facts->relay.type);
	document_text(w, FIELD_ID_SOURCE_RELAY_RULE, facts->relay.rule);
	if (facts->forwarded)
		document_bool(w, FIELD_ID_SOURCE_FORWARDED, true);
}

void document_source(struct document_writer *w, const struct source_address *source)
{
	const struct source_facts *facts = source->facts;

	if (!facts)
		return;
	if (facts->partial)
		document_text(w, FIELD_ID_SOURCE_ENRICHMENT, "partial");
	write_network(w, facts);
	if (facts->has_sender)
		write_parties(w, facts);
}

void document_server(struct document_writer *w, const struct source_address *server)
{
	const struct source_facts *facts = server->facts;

	if (!facts)
		return;
	if (facts->as_number > 0)
		document_uint(w, FIELD_ID_SERVER_AS_NUMBER, facts->as_number);
	document_string(w, FIELD_ID_SERVER_AS_ORGANIZATION, facts->as_name);
	document_text(w, FIELD_ID_SERVER_GEO_COUNTRY, facts->country);
}
