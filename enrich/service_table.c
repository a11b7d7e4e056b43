/* service_table.c - which service sends from a domain, a host or a network
 *
 * SPDX-License-Identifier: MIT
 *
 * All rules are in one hash table.  The key of a rule is its kind and its bytes;
 * for a network, the bytes are the prefix length and the masked address, and a
 * look-up tries every prefix length in use.  Names are hashed from the last byte to
 * the first, so one pass yields the hashes of all parent domains.
 */
#include "enrich/service_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/domain_name.h"
#include "base/limits.h"
#include "base/xalloc.h"

#define RULES_MAX 100000
#define ARENA_BYTES_MAX (64 * MIB)
#define PREFIXES 129
#define KEY_BYTES_MAX DOMAIN_SIZE_MAX
#define LABELS_MAX (DOMAIN_SIZE_MAX / 2 + 1)

static const char *const type_words[SERVICE_TYPES] = {
	[SERVICE_OWN] = "own",
	[SERVICE_MAILBOX] = "mailbox",
	[SERVICE_MARKETING] = "marketing",
	[SERVICE_TRANSACTIONAL] = "transactional",
	[SERVICE_CRM] = "crm",
	[SERVICE_TICKETING] = "ticketing",
	[SERVICE_SECURITY] = "security",
	[SERVICE_HOSTING] = "hosting",
	[SERVICE_FORWARDER] = "forwarder",
	[SERVICE_LIST] = "list",
	[SERVICE_SAAS] = "saas",
	[SERVICE_ISP] = "isp",
	[SERVICE_OTHER] = "other",
};

struct rule {
	enum service_key kind;
	struct slice bytes; /* absent: a free slot */
	uint64_t hash;
	const struct service *service;
	unsigned file; /* number of its file */
	unsigned line;
};

/* Bitmap over the hashes of the last two labels of all domains: most names that are looked
 * up match no bit. */
#define ENDS 16384
#define BEGINNINGS 65536

/* Prefix lengths in use, longest first. */
struct prefixes {
	uint8_t lengths[PREFIXES];
	size_t count;
};

struct service_table {
	const struct service_table *first;
	struct arena arena;
	struct rule *rules; /* open addressing, at most half full */
	size_t room, count;
	uint64_t seed;
	unsigned files;
	struct prefixes v4_prefixes, v6_prefixes;
	uint64_t ends[ENDS / 64];
	bool has_single_labels;
	uint64_t v4_beginnings[BEGINNINGS / 64], v6_beginnings[BEGINNINGS / 64];
};

const char *service_type_word(enum service_type type)
{
	return type_words[type];
}

bool service_type_of(struct slice word, enum service_type *type)
{
	for (size_t i = 0; i < SERVICE_TYPES; i++) {
		if (slice_is(word, type_words[i])) {
			*type = (enum service_type)i;
			return true;
		}
	}
	return false;
}

struct service_table *service_table_new(const struct service_table *first)
{
	struct service_table *table = xcalloc(1, sizeof(*table));

	table->first = first;
	arena_init(&table->arena, ARENA_BYTES_MAX);
	/* Reports choose the names that are looked up; the seed must be secret. */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uint64_t)(uintptr_t)table;
	return table;
}

void service_table_free(struct service_table *table)
{
	if (!table)
		return;
	arena_release(&table->arena);
	free(table->rules);
	free(table);
}

size_t service_table_count(const struct service_table *table)
{
	return table->count;
}

/* --- the hash table ------------------------------------------------------------ */

struct key {
	enum service_key kind;
	char bytes[KEY_BYTES_MAX];
	size_t size;
};

static uint64_t hash_begin(const struct service_table *table, enum service_key kind)
{
	return table->seed ^ (uint64_t)kind * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t hash_byte(uint64_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * UINT64_C(0x100000001b3);
}

static uint64_t hash_of(const struct service_table *table, enum service_key kind,
			struct slice bytes)
{
	uint64_t hash = hash_begin(table, kind);

	for (size_t i = bytes.size; i > 0; i--)
		hash = hash_byte(hash, bytes.data[i - 1]);
	return hash;
}

static bool is_end(const struct service_table *table, uint64_t hash)
{
	const uint64_t bit = (hash ^ hash >> 29) % ENDS;

	return table->has_single_labels || (table->ends[bit / 64] >> bit % 64 & 1) != 0;
}

static void note_end(struct service_table *table, enum service_key kind, struct slice domain)
{
	size_t begin = domain.size, labels = 0;
	uint64_t bit;

	while (begin > 0 && labels < 2) {
		begin--;
		labels += begin == 0 || domain.data[begin - 1] == '.';
	}
	table->has_single_labels |= labels < 2;
	bit = hash_of(table, kind, slice_skip(domain, begin));
	bit = (bit ^ bit >> 29) % ENDS;
	table->ends[bit / 64] |= UINT64_C(1) << bit % 64;
}

static struct rule *place_of(const struct service_table *table, enum service_key kind,
			     struct slice bytes, uint64_t hash)
{
	size_t at = (hash ^ hash >> 29) & (table->room - 1);

	for (;;) {
		struct rule *rule = &table->rules[at];

		if (!rule->bytes.data ||
		    (rule->hash == hash && rule->kind == kind && slice_equal(rule->bytes, bytes)))
			return rule;
		at = (at + 1) & (table->room - 1);
	}
}

static void grow(struct service_table *table)
{
	struct rule *old = table->rules;
	const size_t old_room = table->room;

	table->room = old_room ? 2 * old_room : 1024;
	table->rules = xcalloc(table->room, sizeof(struct rule));
	for (size_t i = 0; i < old_room; i++)
		if (old[i].bytes.data)
			*place_of(table, old[i].kind, old[i].bytes, old[i].hash) = old[i];
	free(old);
}

static const struct service *find(const struct service_table *table, enum service_key kind,
				  struct slice bytes)
{
	return table->count > 0 ? place_of(table, kind, bytes, hash_of(table, kind, bytes))->service
				: NULL;
}

/* --- rules ---------------------------------------------------------------------- */

static void key_begin(struct key *key, enum service_key kind)
{
	key->kind = kind;
	key->size = 0;
}

static void key_add(struct key *key, const void *bytes, size_t size)
{
	memcpy(key->bytes + key->size, bytes, size);
	key->size += size;
}

static struct slice key_slice(const struct key *key)
{
	return (struct slice){ key->bytes, key->size };
}

static void network_key(struct key *key, const struct ip_address *address, unsigned bits)
{
	const uint8_t head[] = { address->is_v4, (uint8_t)bits };
	const uint8_t rest = address->bytes[bits / 8 % IP_ADDRESS_BYTES] &
			     (uint8_t)(0xff00u >> bits % 8);

	key_begin(key, KEY_NETWORK);
	key_add(key, head, sizeof(head));
	key_add(key, address->bytes, bits / 8);
	if (bits % 8 > 0)
		key_add(key, &rest, sizeof(rest));
}

/* Bitmap over the first two bytes of all networks: most addresses match no bit. */
static void note_beginning(struct service_table *table, const struct ip_network *network)
{
	const struct ip_address *address = &network->address;
	uint64_t *beginnings = address->is_v4 ? table->v4_beginnings : table->v6_beginnings;
	const unsigned count = network->bits < 16 ? 1u << (16 - network->bits) : 1;
	const unsigned first = ((unsigned)address->bytes[0] << 8 | address->bytes[1]) &
			       ~(count - 1);

	for (unsigned i = first; i < first + count; i++)
		beginnings[i / 64] |= UINT64_C(1) << i % 64;
}

static bool may_be_in_a_network(const struct service_table *table, const struct ip_address *address)
{
	const uint64_t *beginnings = address->is_v4 ? table->v4_beginnings : table->v6_beginnings;
	const unsigned first = (unsigned)address->bytes[0] << 8 | address->bytes[1];

	return (beginnings[first / 64] >> first % 64 & 1) != 0;
}

static bool domain_key(struct service_table *table, struct key *key, struct slice pattern,
		       struct error *err)
{
	const struct arena_mark mark = arena_mark(&table->arena);
	struct slice domain;
	const bool good = domain_normalise(&table->arena, pattern, &domain);

	if (good)
		key_add(key, domain.data, domain.size);
	arena_cut(&table->arena, mark);
	return good || error_set(err, ERROR_FATAL, "'%.*s' is not a domain", (int)pattern.size,
				 pattern.data);
}

static bool asn_key(struct key *key, struct slice pattern, struct error *err)
{
	uint64_t number;
	uint32_t asn;

	if (!slice_to_uint(pattern, UINT32_MAX, &number) || number == 0)
		return error_set(err, ERROR_FATAL, "'%.*s' is not an autonomous system number",
				 (int)pattern.size, pattern.data);
	asn = (uint32_t)number;
	key_add(key, &asn, sizeof(asn));
	return true;
}

static void note_prefix(struct prefixes *prefixes, unsigned bits)
{
	size_t at = 0;

	while (at < prefixes->count && prefixes->lengths[at] > bits)
		at++;
	if (at < prefixes->count && prefixes->lengths[at] == bits)
		return;
	memmove(prefixes->lengths + at + 1, prefixes->lengths + at, prefixes->count++ - at);
	prefixes->lengths[at] = (uint8_t)bits;
}

static bool make_key(struct service_table *table, enum service_key kind, struct slice pattern,
		     struct key *key, struct error *err)
{
	struct ip_network network;

	key_begin(key, kind);
	if (kind == KEY_ASN)
		return asn_key(key, pattern, err);
	if (kind != KEY_NETWORK)
		return domain_key(table, key, pattern, err);
	if (!ip_network_parse(pattern, &network))
		return error_set(err, ERROR_FATAL, "'%.*s' is not a network", (int)pattern.size,
				 pattern.data);
	note_prefix(network.address.is_v4 ? &table->v4_prefixes : &table->v6_prefixes,
		    network.bits);
	note_beginning(table, &network);
	network_key(key, &network.address, network.bits);
	return true;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text ? arena_text(arena, slice_of(text)) : NULL;
}

static const struct service *copy_service(struct arena *arena, const struct service *service)
{
	struct service *copy = arena_alloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = (struct service){
		.name = copy_text(arena, service->name),
		.type = service->type,
		.help = copy_text(arena, service->help),
		.label = copy_text(arena, service->label),
	};
	return copy->name ? copy : NULL;
}

void service_table_begin_file(struct service_table *table)
{
	table->files++;
}

bool service_table_add(struct service_table *table, enum service_key kind, struct slice pattern,
		       const struct service *service, unsigned line, struct error *err)
{
	struct key key;
	struct rule *place;
	uint64_t hash;

	if (!make_key(table, kind, pattern, &key, err))
		return false;
	if (2 * (table->count + 1) > table->room)
		grow(table);
	hash = hash_of(table, kind, key_slice(&key));
	place = place_of(table, kind, key_slice(&key), hash);
	if (place->bytes.data && place->file == table->files)
		return error_set(err, ERROR_FATAL, "duplicate of the rule in line %u", place->line);
	if (place->bytes.data)
		return true;
	if (table->count == RULES_MAX)
		return error_set(err, ERROR_FATAL, "more than %d rules", RULES_MAX);
	place->kind = kind;
	place->bytes = arena_slice(&table->arena, key_slice(&key));
	place->hash = hash;
	if (kind != KEY_ASN && kind != KEY_NETWORK)
		note_end(table, kind, place->bytes);
	place->service = copy_service(&table->arena, service);
	place->file = table->files;
	place->line = line;
	table->count++;
	return !table->arena.overflowed || error_set(err, ERROR_FATAL, "the rules are too large");
}

/* --- looking up ------------------------------------------------------------------- */

const struct service *service_of_domain_alone(const struct service_table *table,
					      enum service_key kind, struct slice name)
{
	return name.size > 0 ? find(table, kind, name) : NULL;
}

static const struct service *domain_in(const struct service_table *table, enum service_key kind,
				       struct slice name)
{
	struct {
		size_t at;
		uint64_t hash;
	} domains[LABELS_MAX];
	uint64_t hash = hash_begin(table, kind);
	size_t count = 0;

	if (table->count == 0 || name.size > DOMAIN_SIZE_MAX)
		return NULL;
	for (size_t i = name.size; i > 0; i--) {
		hash = hash_byte(hash, name.data[i - 1]);
		if ((i > 1 && name.data[i - 2] != '.') || count == LABELS_MAX)
			continue;
		domains[count].at = i - 1;
		domains[count++].hash = hash;
		if (count == 2 && !is_end(table, hash))
			return NULL;
	}
	while (count-- > 0) {
		const struct service *service = place_of(table, kind,
							 slice_skip(name, domains[count].at),
							 domains[count].hash)
							->service;

		if (service)
			return service;
	}
	return NULL;
}

const struct service *service_of_domain(const struct service_table *table, enum service_key kind,
					struct slice name)
{
	const struct service *service = table->first ? service_of_domain(table->first, kind, name)
						     : NULL;

	return service ? service : domain_in(table, kind, name);
}

static const struct service *network_in(const struct service_table *table,
					const struct ip_address *address)
{
	const struct prefixes *prefixes = address->is_v4 ? &table->v4_prefixes
							 : &table->v6_prefixes;

	for (size_t i = 0; i < prefixes->count && may_be_in_a_network(table, address); i++) {
		const struct service *service;
		struct key key;

		network_key(&key, address, prefixes->lengths[i]);
		service = find(table, KEY_NETWORK, key_slice(&key));
		if (service)
			return service;
	}
	return NULL;
}

const struct service *service_of_network(const struct service_table *table,
					 const struct ip_address *address)
{
	const struct service *service = table->first ? service_of_network(table->first, address)
						     : NULL;

	return service ? service : network_in(table, address);
}

const struct service *service_of_asn(const struct service_table *table, uint32_t number)
{
	const struct service *service = table->first ? service_of_asn(table->first, number) : NULL;

	if (service)
		return service;
	return find(table, KEY_ASN, (struct slice){ (const char *)&number, sizeof(number) });
}
