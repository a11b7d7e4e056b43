/* reverse_dns.c - forward-confirmed host names of many addresses
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/reverse_dns.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/dns_queue.h"
#include "base/xalloc.h"
#include "enrich/dns_answer.h"

/* Addresses in flight.  More make common resolvers drop queries. */
#define IN_FLIGHT 512

#define HOUR 3600
#define DAY (24 * HOUR)
/* Reports come daily, so a shorter TTL would only repeat queries. */
#define NAME_SECONDS_MIN HOUR
#define NAME_SECONDS_MAX (7 * DAY)
/* Most sources without a name never get one. */
#define NONE_SECONDS_MIN HOUR
#define NONE_SECONDS_MAX DAY
/* RFC 9520: doubled after each further failure. */
#define FAILURE_SECONDS_MIN (5 * 60)
#define FAILURE_SECONDS_MAX HOUR

/* After this many failures, skip the network for FAILURE_SECONDS_MIN. */
#define ZONE_FAILURES 3
#define ZONES 256
/* After this many queries in a row without a reply, the resolver is down or unreachable. */
#define SILENCE_MAX 20
#define PAUSE_MS (60 * 1000)

struct zone {
	struct ip_address network; /* /24 or /64 */
	unsigned failures;
	int64_t until; /* clock_ms */
};

struct reverse_dns {
	struct name_cache *cache;
	const char *servers;
	bool offline;
	unsigned silence;     /* consecutive queries without a reply */
	int64_t paused_until; /* clock_ms; 0: not paused */
	bool probing;         /* the first query after a pause is in flight */
	struct zone zones[ZONES];
	uint64_t questions, failures;
};

enum stage { STAGE_FREE, STAGE_PTR, STAGE_FORWARD };

/* A look-up of one address in flight. */
struct flight {
	enum stage stage;
	struct ip_address address;
	char question[DNS_NAME_SIZE];
	char names[DNS_NAMES_MAX][DNS_NAME_SIZE];
	size_t name_count, at;
	uint32_t ttl;
	bool wanted; /* by the current look-up */
};

struct reverse_asker {
	struct reverse_dns *dns;
	struct dns_queue *queue;
	struct flight flights[IN_FLIGHT];
	size_t free[IN_FLIGHT], free_count;
	size_t wanted; /* flights of the current look-up */
};

struct reverse_dns *reverse_dns_new(struct name_cache *cache, const char *servers, bool offline)
{
	struct reverse_dns *dns = xcalloc(1, sizeof(*dns));

	dns->cache = cache;
	dns->servers = servers;
	dns->offline = offline;
	return dns;
}

void reverse_dns_free(struct reverse_dns *dns)
{
	free(dns);
}

struct reverse_asker *reverse_asker_new(struct reverse_dns *dns)
{
	struct reverse_asker *asker = xcalloc(1, sizeof(*asker));

	asker->dns = dns;
	asker->queue = dns_queue_open(dns->servers);
	for (size_t i = 0; i < IN_FLIGHT; i++)
		asker->free[asker->free_count++] = IN_FLIGHT - 1 - i;
	return asker;
}

void reverse_asker_free(struct reverse_asker *asker)
{
	if (!asker)
		return;
	dns_queue_close(asker->queue);
	free(asker);
}

/* --- failures ------------------------------------------------------------------ */

static struct ip_address network_of(const struct ip_address *address)
{
	struct ip_address network = *address;
	const size_t keep = address->is_v4 ? 3 : 8;

	memset(network.bytes + keep, 0, sizeof(network.bytes) - keep);
	return network;
}

static size_t zone_index(const struct ip_address *network)
{
	unsigned at = network->is_v4;

	for (size_t i = 0; i < IP_ADDRESS_BYTES; i++)
		at = at * 31 + network->bytes[i];
	return at % ZONES;
}

static bool zone_fails(const struct reverse_dns *dns, const struct ip_address *address)
{
	const struct ip_address network = network_of(address);
	const struct zone *zone = &dns->zones[zone_index(&network)];

	return zone->failures >= ZONE_FAILURES && clock_ms() < zone->until &&
	       ip_address_equal(&zone->network, &network);
}

/* If two networks share a slot, the later one replaces the earlier. */
static void note_zone_failure(struct reverse_dns *dns, const struct ip_address *address)
{
	const struct ip_address network = network_of(address);
	struct zone *zone = &dns->zones[zone_index(&network)];
	const int64_t now = clock_ms();

	if (now >= zone->until || !ip_address_equal(&zone->network, &network))
		*zone = (struct zone){ .network = network };
	zone->failures++;
	zone->until = now + FAILURE_SECONDS_MIN * 1000;
}

static void note_reply(struct reverse_dns *dns, bool came)
{
	dns->probing = false;
	if (came) {
		dns->silence = 0;
		dns->paused_until = 0;
		return;
	}
	if (++dns->silence >= SILENCE_MAX)
		dns->paused_until = clock_ms() + PAUSE_MS;
}

/* After the pause, a single query tests whether the resolver is back. */
static bool may_ask(const struct reverse_dns *dns)
{
	if (dns->paused_until == 0)
		return true;
	return clock_ms() >= dns->paused_until && !dns->probing;
}

/* --- results ------------------------------------------------------------------ */

static int64_t clamp(uint32_t ttl, int64_t least, int64_t most)
{
	return ttl < least ? least : ttl > most ? most : ttl;
}

static void keep(struct reverse_dns *dns, const struct flight *flight, enum name_state state,
		 const char *name, int64_t seconds)
{
	name_cache_put(dns->cache, &(struct cached_name){ .address = flight->address,
							  .state = state,
							  .until = clock_unix() + seconds,
							  .name = (char *)name,
							  .fresh = true });
}

/* Keeps the previous result until the next attempt (RFC 8767). */
static void keep_failure(struct reverse_dns *dns, const struct flight *flight)
{
	const struct cached_name *known = name_cache_find(dns->cache, &flight->address);
	struct cached_name entry = { .address = flight->address, .state = NAME_FAILED };
	int64_t seconds = FAILURE_SECONDS_MIN;

	if (known)
		entry = *known;
	entry.failures++;
	entry.fresh = true;
	for (unsigned i = 1; i < entry.failures && seconds < FAILURE_SECONDS_MAX; i++)
		seconds *= 2;
	if (seconds > FAILURE_SECONDS_MAX)
		seconds = FAILURE_SECONDS_MAX;
	entry.until = clock_unix() + seconds;
	name_cache_put(dns->cache, &entry);
	note_zone_failure(dns, &flight->address);
}

static void end_flight(struct reverse_asker *asker, struct flight *flight)
{
	flight->stage = STAGE_FREE;
	asker->wanted -= flight->wanted;
	asker->free[asker->free_count++] = (size_t)(flight - asker->flights);
}

static void ask(struct reverse_asker *asker, struct flight *flight, enum dns_type type)
{
	asker->dns->questions++;
	dns_queue_ask(asker->queue, flight->question, type, (uint64_t)(flight - asker->flights));
}

static void start_flight(struct reverse_asker *asker, const struct ip_address *address)
{
	struct flight *flight = &asker->flights[asker->free[--asker->free_count]];

	flight->stage = STAGE_PTR;
	flight->address = *address;
	flight->wanted = true;
	asker->wanted++;
	ip_address_reverse_name(address, flight->question);
	asker->dns->probing = asker->dns->paused_until != 0;
	ask(asker, flight, DNS_TYPE_PTR);
}

/* Queries the addresses of the next name.  After the last name, no name resolves to the
 * address, and the first one is kept as unconfirmed. */
static void ask_forward(struct reverse_asker *asker, struct flight *flight)
{
	if (flight->at == flight->name_count) {
		keep(asker->dns, flight, NAME_UNCONFIRMED, flight->names[0],
		     clamp(flight->ttl, NAME_SECONDS_MIN, NAME_SECONDS_MAX));
		end_flight(asker, flight);
		return;
	}
	flight->stage = STAGE_FORWARD;
	memcpy(flight->question, flight->names[flight->at], DNS_NAME_SIZE);
	ask(asker, flight, flight->address.is_v4 ? DNS_TYPE_A : DNS_TYPE_AAAA);
}

static void fail(struct reverse_asker *asker, struct flight *flight)
{
	asker->dns->failures++;
	keep_failure(asker->dns, flight);
	end_flight(asker, flight);
}

static void on_names(struct reverse_asker *asker, struct flight *flight, struct slice packet)
{
	switch (dns_answer_names(packet, flight->question, flight->names, &flight->name_count,
				 &flight->ttl)) {
	case DNS_FOUND:
		flight->at = 0;
		ask_forward(asker, flight);
		break;
	case DNS_NOTHING:
		keep(asker->dns, flight, NAME_NONE, NULL,
		     flight->ttl == 0 ? DAY
				      : clamp(flight->ttl, NONE_SECONDS_MIN, NONE_SECONDS_MAX));
		end_flight(asker, flight);
		break;
	case DNS_FAILED: fail(asker, flight); break;
	}
}

static void on_addresses(struct reverse_asker *asker, struct flight *flight, struct slice packet)
{
	uint32_t ttl;
	bool has;

	if (dns_answer_has_address(packet, flight->question, &flight->address, &has, &ttl) ==
	    DNS_FAILED) {
		fail(asker, flight);
		return;
	}
	if (!has) {
		flight->at++;
		ask_forward(asker, flight);
		return;
	}
	if (ttl < flight->ttl)
		flight->ttl = ttl;
	keep(asker->dns, flight, NAME_CONFIRMED, flight->names[flight->at],
	     clamp(flight->ttl, NAME_SECONDS_MIN, NAME_SECONDS_MAX));
	end_flight(asker, flight);
}

static void on_reply(struct reverse_asker *asker, const struct dns_reply *reply)
{
	struct flight *flight = &asker->flights[reply->tag];

	note_reply(asker->dns, reply->packet.data != NULL);
	if (!reply->packet.data)
		fail(asker, flight);
	else if (flight->stage == STAGE_PTR)
		on_names(asker, flight, reply->packet);
	else
		on_addresses(asker, flight, reply->packet);
}

/* --- looking up ----------------------------------------------------------------- */

/* An earlier look-up may still be in flight. */
static bool is_in_flight(struct reverse_asker *asker, const struct ip_address *address)
{
	for (size_t i = 0; asker->free_count < IN_FLIGHT && i < IN_FLIGHT; i++) {
		struct flight *flight = &asker->flights[i];

		if (flight->stage == STAGE_FREE || !ip_address_equal(&flight->address, address))
			continue;
		asker->wanted += !flight->wanted;
		flight->wanted = true;
		return true;
	}
	return false;
}

static bool is_known(struct reverse_dns *dns, const struct ip_address *address)
{
	const struct cached_name *known = name_cache_find(dns->cache, address);

	return known && clock_unix() < known->until;
}

static bool is_to_be_asked(struct reverse_asker *asker, const struct ip_address *address)
{
	return !is_known(asker->dns, address) && ip_address_is_public(address) &&
	       !zone_fails(asker->dns, address) && !is_in_flight(asker, address);
}

/* Starts as many look-ups as fit; *at is the next address. */
static void start_some(struct reverse_asker *asker, const struct ip_address *addresses,
		       size_t count, size_t *at)
{
	while (*at < count && asker->free_count > 0 && may_ask(asker->dns)) {
		const struct ip_address address = ip_address_unwrapped(&addresses[*at]);

		++*at;
		if (is_to_be_asked(asker, &address))
			start_flight(asker, &address);
	}
}

/* Takes replies that arrived after the last look-up. */
static void take_late_replies(struct reverse_asker *asker)
{
	struct dns_reply reply;

	while (asker->free_count < IN_FLIGHT && dns_queue_next(asker->queue, 0, &reply))
		on_reply(asker, &reply);
	for (size_t i = 0; i < IN_FLIGHT; i++)
		asker->flights[i].wanted = false;
	asker->wanted = 0;
}

void reverse_dns_look_up(struct reverse_asker *asker, const struct ip_address *addresses,
			 size_t count, int64_t deadline)
{
	struct dns_reply reply;
	size_t at = 0;

	if (asker->dns->offline)
		return;
	take_late_replies(asker);
	for (;;) {
		if (clock_ms() < deadline)
			start_some(asker, addresses, count, &at);
		if (asker->wanted == 0 && (at == count || !may_ask(asker->dns)))
			return;
		if (!dns_queue_next(asker->queue, deadline, &reply))
			return;
		on_reply(asker, &reply);
	}
}

bool reverse_dns_begin(struct reverse_asker *asker, const struct ip_address *addresses,
		       size_t count)
{
	size_t at = 0;

	if (asker->dns->offline)
		return true;
	take_late_replies(asker);
	start_some(asker, addresses, count, &at);
	return asker->wanted == 0 && (at == count || !may_ask(asker->dns));
}

bool reverse_dns_is_busy(const struct reverse_asker *asker)
{
	return asker->free_count == 0;
}

void reverse_dns_wait(struct reverse_asker *asker, int64_t deadline)
{
	struct dns_reply reply;

	while (asker->free_count < IN_FLIGHT && dns_queue_next(asker->queue, deadline, &reply))
		on_reply(asker, &reply);
}

struct reverse_name reverse_dns_name(struct reverse_dns *dns, const struct ip_address *address)
{
	const struct ip_address inner = ip_address_unwrapped(address);
	struct cached_name *known = name_cache_find(dns->cache, &inner);
	bool fresh;

	if (!known && !ip_address_is_public(&inner))
		return (struct reverse_name){ .state = NAME_NONE };
	if (!known || known->state == NAME_FAILED)
		return (struct reverse_name){ .state = NAME_FAILED };
	fresh = known->fresh;
	known->fresh = false;
	if (!known->name)
		return (struct reverse_name){ .state = known->state, .asked = fresh };
	return (struct reverse_name){ known->state, known->name, name_cache_registered(known),
				      fresh };
}

struct reverse_dns_counts reverse_dns_counts(const struct reverse_dns *dns)
{
	return (struct reverse_dns_counts){
		.questions = dns->questions,
		.failures = dns->failures,
		.paused = dns->paused_until != 0 && clock_ms() < dns->paused_until,
	};
}
