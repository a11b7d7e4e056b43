/* enricher.c - looks up all facts about source addresses
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/enricher.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "enrich/databases.h"
#include "enrich/reverse_dns.h"
#include "enrich/service_file.h"

/* A crash loses at most this much, which costs only some queries. */
#define SAVE_MS (5 * 60 * 1000)
/* Facts of recurring addresses: a table with one slot per hash, and its texts. */
#define MEMO_ENTRIES 1024
#define MEMO_BYTES (4 * MIB)
#define MEMO_MS (60 * 1000)
/* Limit for network holders and cities, which come from third-party files. */
#define TEXT_BYTES_MAX 255
#define TEXTS_OF_ADDRESS 5

struct enricher {
	struct enrich_settings settings;
	struct databases *databases;
	struct service_table *users, *services, *map;
	struct name_cache *cache; /* of this process; NULL: not started */
	struct reverse_dns *dns;
	int64_t next_save;
	uint64_t generation; /* of the databases */
	uint64_t addresses, partial, cached, asked;
};

struct memo {
	bool used;
	struct ip_address address;
	struct address_facts facts;
};

struct enrich_session {
	struct enricher *enricher;
	struct reverse_asker *asker;
	int64_t spent_ms; /* of this batch's budget */
	struct arena texts;
	struct memo *memos;
	int64_t memo_until;
	uint64_t memo_generation;
	struct ip_address *unknown; /* scratch */
	size_t unknown_room;
	bool anonymous; /* the addresses of this look-up are anonymised */
};

/* --- opening -------------------------------------------------------------------- */

static bool read_tables(struct enricher *e, struct error *err)
{
	const struct enrich_settings *settings = &e->settings;

	e->users = service_table_new(NULL);
	e->services = service_table_new(e->users);
	service_file_read_built_in(e->services);
	if (settings->senders_file && !service_file_read(e->users, settings->senders_file, err))
		return false;
	if (!settings->map_file)
		return true;
	e->map = service_table_new(NULL);
	return service_file_read_map(e->map, settings->map_file, err);
}

struct enricher *enricher_open(const struct enrich_settings *settings, struct error *err)
{
	struct enricher *e = xcalloc(1, sizeof(*e));

	e->settings = *settings;
	e->databases = databases_open(settings->databases, err);
	if (e->databases && read_tables(e, err))
		return e;
	enricher_close(e);
	return NULL;
}

void enricher_close(struct enricher *enricher)
{
	if (!enricher)
		return;
	reverse_dns_free(enricher->dns);
	name_cache_free(enricher->cache);
	service_table_free(enricher->map);
	service_table_free(enricher->services);
	service_table_free(enricher->users);
	databases_close(enricher->databases);
	free(enricher);
}

bool enricher_start(struct enricher *enricher, struct error *err)
{
	const struct enrich_settings *settings = &enricher->settings;

	if (!settings->reverse_dns)
		return true;
	enricher->cache = name_cache_new(NAME_CACHE_ENTRIES);
	enricher->dns = reverse_dns_new(enricher->cache, settings->resolvers, settings->offline);
	enricher->next_save = clock_ms() + SAVE_MS;
	return !settings->cache_file ||
	       name_cache_load(enricher->cache, settings->cache_file, clock_unix(), err);
}

/* Load first: other processes may have added names that are not in our cache.  A damaged
 * file is replaced. */
static bool save_names(struct enricher *e, struct error *err)
{
	struct error ignored;

	(void)name_cache_load(e->cache, e->settings.cache_file, clock_unix(), &ignored);
	return name_cache_save(e->cache, e->settings.cache_file, clock_unix(), err);
}

bool enricher_renew(struct enricher *enricher, bool *renewed, struct error *err)
{
	const bool good = databases_renew(enricher->databases, renewed, err);

	enricher->generation += *renewed;
	return good;
}

bool enricher_save(struct enricher *enricher, bool finally, struct error *err)
{
	if (!enricher->cache || !enricher->settings.cache_file ||
	    (!finally && clock_ms() < enricher->next_save))
		return true;
	enricher->next_save = clock_ms() + SAVE_MS;
	return !name_cache_changed(enricher->cache) || save_names(enricher, err);
}

int64_t enricher_databases_built(const struct enricher *enricher)
{
	return databases_built(enricher->databases);
}

struct attribution_tables enricher_tables(const struct enricher *enricher,
					  const struct own_senders *own)
{
	return (struct attribution_tables){ enricher->services, enricher->map, own };
}

struct enrich_counts enricher_counts(const struct enricher *enricher)
{
	struct reverse_dns_counts dns = { .questions = 0 };

	if (enricher->dns)
		dns = reverse_dns_counts(enricher->dns);
	return (struct enrich_counts){ enricher->addresses, enricher->partial, enricher->cached,
				       enricher->asked,     dns.questions,     dns.failures,
				       dns.paused };
}

/* --- sessions --------------------------------------------------------------------- */

struct enrich_session *enrich_session_new(struct enricher *enricher)
{
	struct enrich_session *session = xcalloc(1, sizeof(*session));

	session->enricher = enricher;
	if (enricher->dns)
		session->asker = reverse_asker_new(enricher->dns);
	session->memos = xcalloc(MEMO_ENTRIES, sizeof(struct memo));
	arena_init(&session->texts, MEMO_BYTES);
	return session;
}

void enrich_session_free(struct enrich_session *session)
{
	if (!session)
		return;
	reverse_asker_free(session->asker);
	arena_release(&session->texts);
	free(session->memos);
	free(session->unknown);
	free(session);
}

void enrich_session_begin_batch(struct enrich_session *session)
{
	session->spent_ms = 0;
}

static void forget_all(struct enrich_session *session)
{
	memset(session->memos, 0, MEMO_ENTRIES * sizeof(struct memo));
	arena_reset(&session->texts);
	session->memo_until = clock_ms() + MEMO_MS;
	session->memo_generation = session->enricher->generation;
}

static struct memo *memo_of(struct enrich_session *session, const struct ip_address *address)
{
	uint64_t halves[2];

	memcpy(halves, address->bytes, sizeof(halves));
	return &session->memos[(halves[0] * UINT64_C(0x9e3779b97f4a7c15) ^
				halves[1] * UINT64_C(0xc2b2ae3d27d4eb4f)) >>
				       32 &
			       (MEMO_ENTRIES - 1)];
}

static bool is_remembered(struct enrich_session *session, const struct ip_address *address)
{
	const struct memo *memo = memo_of(session, address);

	return memo->used && ip_address_equal(&memo->address, address);
}

/* --- looking up --------------------------------------------------------------------- */

/* Third-party text that is displayed: removes control characters and truncates it. */
static struct slice clean_text(struct arena *arena, struct slice text)
{
	char clean[TEXT_BYTES_MAX];
	size_t used = 0;

	for (size_t at = 0; at < text.size;) {
		const size_t length = utf8_sequence(text.data + at, text.size - at);

		if (length > 0 && !utf8_is_control(text.data + at, length)) {
			if (used + length > sizeof(clean))
				break;
			memcpy(clean + used, text.data + at, length);
			used += length;
		}
		at += length > 0 ? length : 1;
	}
	return used > 0 ? arena_slice(arena, (struct slice){ clean, used }) : slice_of(NULL);
}

static void add_place(struct enrich_session *session, const struct ip_address *address,
		      struct address_facts *facts)
{
	struct arena *arena = &session->texts;
	struct mmdb_facts found;

	databases_look_up(session->enricher->databases, address, &found);
	memcpy(facts->country, found.country, sizeof(facts->country));
	facts->as_number = found.as_number;
	facts->as_name = clean_text(arena, found.as_name);
	facts->as_domain = arena_lower(arena, clean_text(arena, found.as_domain));
	facts->city = clean_text(arena, found.city);
	facts->has_place = found.has_place;
	facts->latitude = found.latitude;
	facts->longitude = found.longitude;
}

static void add_name(struct enrich_session *session, const struct ip_address *address,
		     struct address_facts *facts)
{
	struct arena *arena = &session->texts;
	struct reverse_name found;
	struct slice name;

	if (!session->asker || session->anonymous)
		return;
	found = reverse_dns_name(session->enricher->dns, address);
	facts->partial = found.state == NAME_FAILED;
	session->enricher->asked += found.asked;
	session->enricher->cached += !facts->partial && !found.asked;
	if (!found.name)
		return;
	name = arena_slice(arena, slice_of(found.name));
	if (found.state == NAME_CONFIRMED)
		facts->name = name;
	else
		facts->other_name = name;
	if (name.size > 0)
		facts->registered_domain = slice_skip(name, name.size - found.registered.size);
}

static struct address_facts facts_of(struct enrich_session *session,
				     const struct ip_address *address)
{
	struct memo *memo = memo_of(session, address);
	struct address_facts facts = { .partial = false };

	if (is_remembered(session, address)) {
		session->enricher->cached += session->asker != NULL;
		return memo->facts;
	}
	add_place(session, address, &facts);
	add_name(session, address, &facts);
	if (!facts.partial && !session->anonymous)
		*memo = (struct memo){ true, *address, facts };
	return facts;
}

static int64_t time_left(const struct enrich_session *session)
{
	const int64_t left = session->enricher->settings.budget_ms - session->spent_ms;

	return left > 0 ? left : 0;
}

/* Collects the addresses without remembered facts in session->unknown. */
static size_t find_unknown(struct enrich_session *session, const struct ip_address *addresses,
			   size_t count)
{
	size_t unknown = 0;

	if (session->unknown_room < count) {
		session->unknown = xreallocarray(session->unknown, count,
						 sizeof(*session->unknown));
		session->unknown_room = count;
	}
	for (size_t i = 0; i < count; i++)
		if (!is_remembered(session, &addresses[i]))
			session->unknown[unknown++] = addresses[i];
	return unknown;
}

static void ask_names(struct enrich_session *session, const struct ip_address *addresses,
		      size_t count)
{
	const int64_t start = clock_ms();
	size_t unknown;

	if (!session->asker || session->anonymous)
		return;
	unknown = find_unknown(session, addresses, count);
	if (unknown == 0)
		return;
	reverse_dns_look_up(session->asker, session->unknown, unknown, start + time_left(session));
	session->spent_ms += clock_ms() - start;
}

static bool are_anonymous(const struct ip_address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!ip_address_is_cut(&addresses[i]))
			return false;
	return true;
}

/* Is there room for the texts of one more look-up? */
static bool is_room(const struct enrich_session *session, size_t count)
{
	return session->texts.used + count * TEXTS_OF_ADDRESS * (TEXT_BYTES_MAX + 1) <
	       session->texts.limit;
}

void enrich_addresses(struct enrich_session *session, const struct ip_address *addresses,
		      size_t count, struct address_facts *facts)
{
	assert(count <= ENRICH_ADDRESSES_MAX);
	session->anonymous = are_anonymous(addresses, count);
	if (clock_ms() >= session->memo_until || !is_room(session, count) ||
	    session->memo_generation != session->enricher->generation)
		forget_all(session);
	ask_names(session, addresses, count);
	for (size_t i = 0; i < count; i++) {
		facts[i] = facts_of(session, &addresses[i]);
		session->enricher->partial += facts[i].partial;
	}
	session->enricher->addresses += count;
}

bool enrich_begin(struct enrich_session *session, const struct ip_address *addresses, size_t count)
{
	size_t unknown;

	if (!session->asker || time_left(session) == 0 || are_anonymous(addresses, count))
		return true;
	unknown = find_unknown(session, addresses, count);
	return unknown == 0 || reverse_dns_begin(session->asker, session->unknown, unknown);
}

bool enrich_is_busy(const struct enrich_session *session)
{
	return session->asker && reverse_dns_is_busy(session->asker);
}

void enrich_wait(struct enrich_session *session)
{
	const int64_t start = clock_ms();

	if (!session->asker)
		return;
	reverse_dns_wait(session->asker, start + time_left(session));
	session->spent_ms += clock_ms() - start;
}
