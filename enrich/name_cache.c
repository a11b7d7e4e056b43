/* name_cache.c - host names of addresses, kept across restarts
 *
 * SPDX-License-Identifier: MIT
 *
 * A hash table indexes an array of entries, which are also linked in order of
 * their last use.  The file is text with one entry per line and ends with a digest
 * of the preceding lines:
 *
 *	reportbridge-names 1
 *	UNTIL STATE ADDRESS [NAME]
 *	digest HEX
 */
#include "enrich/name_cache.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/organizational_domain.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

#define HEAD "reportbridge-names 1\n"
#define DIGEST "digest "
/* 50,000 of the longest names need less. */
#define FILE_BYTES_MAX (24 * MIB)
#define NOTHING UINT32_MAX
#define NAME_BYTES_MAX 253

static const char *const state_words[] = {
	[NAME_NONE] = "none",
	[NAME_CONFIRMED] = "confirmed",
	[NAME_UNCONFIRMED] = "unconfirmed",
	[NAME_FAILED] = "failed",
};
#define STATES (sizeof(state_words) / sizeof(state_words[0]))

struct slot {
	struct cached_name entry;
	uint32_t next_in_bucket;
	uint32_t older, newer; /* in order of last use */
};

struct name_cache {
	struct slot *slots;
	uint32_t *buckets;
	uint32_t room, count, bucket_count;
	uint32_t newest, oldest;
	uint64_t seed;
	bool changed;
};

struct name_cache *name_cache_new(size_t entries)
{
	struct name_cache *cache = xcalloc(1, sizeof(*cache));

	cache->room = (uint32_t)entries;
	cache->bucket_count = 1;
	while (cache->bucket_count < entries)
		cache->bucket_count *= 2;
	cache->slots = xcalloc(entries, sizeof(struct slot));
	cache->buckets = xcalloc(cache->bucket_count, sizeof(uint32_t));
	for (uint32_t i = 0; i < cache->bucket_count; i++)
		cache->buckets[i] = NOTHING;
	cache->newest = cache->oldest = NOTHING;
	/* Reports choose the addresses; a secret seed keeps them from choosing the bucket. */
	if (getrandom(&cache->seed, sizeof(cache->seed), GRND_NONBLOCK) < 0)
		cache->seed = (uint64_t)(uintptr_t)cache;
	return cache;
}

void name_cache_free(struct name_cache *cache)
{
	if (!cache)
		return;
	for (uint32_t i = 0; i < cache->count; i++)
		free(cache->slots[i].entry.name);
	free(cache->slots);
	free(cache->buckets);
	free(cache);
}

size_t name_cache_count(const struct name_cache *cache)
{
	return cache->count;
}

bool name_cache_changed(const struct name_cache *cache)
{
	return cache->changed;
}

/* --- the table ---------------------------------------------------------------- */

static uint64_t mix(uint64_t value)
{
	value ^= value >> 33;
	value *= UINT64_C(0xff51afd7ed558ccd);
	value ^= value >> 33;
	value *= UINT64_C(0xc4ceb9fe1a85ec53);
	return value ^ value >> 33;
}

static uint32_t *bucket_of(const struct name_cache *cache, const struct ip_address *address)
{
	uint64_t halves[2];

	memcpy(halves, address->bytes, sizeof(halves));
	return &cache->buckets[mix(mix(halves[0] ^ cache->seed) ^ halves[1] ^ address->is_v4) &
			       (cache->bucket_count - 1)];
}

static void unlink_slot(struct name_cache *cache, uint32_t index)
{
	const struct slot *slot = &cache->slots[index];

	if (slot->newer == NOTHING)
		cache->newest = slot->older;
	else
		cache->slots[slot->newer].older = slot->older;
	if (slot->older == NOTHING)
		cache->oldest = slot->newer;
	else
		cache->slots[slot->older].newer = slot->newer;
}

static void put_first(struct name_cache *cache, uint32_t index)
{
	struct slot *slot = &cache->slots[index];

	slot->newer = NOTHING;
	slot->older = cache->newest;
	if (cache->newest == NOTHING)
		cache->oldest = index;
	else
		cache->slots[cache->newest].newer = index;
	cache->newest = index;
}

static uint32_t find(const struct name_cache *cache, const struct ip_address *address)
{
	uint32_t index = *bucket_of(cache, address);

	while (index != NOTHING && !ip_address_equal(&cache->slots[index].entry.address, address))
		index = cache->slots[index].next_in_bucket;
	return index;
}

struct cached_name *name_cache_find(struct name_cache *cache, const struct ip_address *address)
{
	const uint32_t index = find(cache, address);

	if (index == NOTHING)
		return NULL;
	if (index != cache->newest) {
		unlink_slot(cache, index);
		put_first(cache, index);
	}
	return &cache->slots[index].entry;
}

static void leave_bucket(struct name_cache *cache, uint32_t index)
{
	uint32_t *link = bucket_of(cache, &cache->slots[index].entry.address);

	while (*link != index)
		link = &cache->slots[*link].next_in_bucket;
	*link = cache->slots[index].next_in_bucket;
}

/* Returns a free slot, or evicts the least recently used entry. */
static uint32_t slot_for(struct name_cache *cache, const struct ip_address *address)
{
	uint32_t index = cache->count, *bucket;

	if (cache->count < cache->room) {
		cache->count++;
	} else {
		index = cache->oldest;
		leave_bucket(cache, index);
		unlink_slot(cache, index);
	}
	bucket = bucket_of(cache, address);
	cache->slots[index].next_in_bucket = *bucket;
	*bucket = index;
	put_first(cache, index);
	return index;
}

void name_cache_put(struct name_cache *cache, const struct cached_name *entry)
{
	char *const name = entry->name ? xstrdup(entry->name) : NULL;
	uint32_t index = find(cache, &entry->address);

	if (index == NOTHING)
		index = slot_for(cache, &entry->address);
	free(cache->slots[index].entry.name);
	cache->slots[index].entry = *entry;
	cache->slots[index].entry.name = name;
	cache->slots[index].entry.registered = 0;
	cache->changed = true;
}

/* entry->registered is 0 if not computed, 1 if there is none, else the offset plus 2. */
struct slice name_cache_registered(struct cached_name *entry)
{
	const struct slice name = slice_of(entry->name);
	struct slice domain;

	if (entry->registered == 0) {
		domain = registered_domain(name);
		entry->registered = domain.data ? (unsigned)(domain.data - name.data) + 2 : 1;
	}
	return entry->registered == 1 ? slice_of(NULL) : slice_skip(name, entry->registered - 2);
}

/* --- the file ----------------------------------------------------------------- */

static bool file_error(const char *path, struct error *err)
{
	return error_set(err, ERROR_RETRY, "cache of names %s: %s", path, strerror(errno));
}

static void add_entry(struct strbuf *out, const struct cached_name *entry)
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(entry->address.is_v4 ? AF_INET : AF_INET6, entry->address.bytes, address,
		  sizeof(address));
	strbuf_add_format(out, "%lld %s %s%s%s\n", (long long)entry->until,
			  state_words[entry->state], address, entry->name ? " " : "",
			  entry->name ? entry->name : "");
}

static void add_digest(struct strbuf *out, struct slice content)
{
	uint8_t digest[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];
	struct hash hash;

	hash_init(&hash);
	hash_bytes(&hash, content.data, content.size);
	hash_end(&hash, digest);
	hash_hex(digest, hex);
	strbuf_add_format(out, DIGEST "%s\n", hex);
}

static bool write_all(int fd, struct slice text)
{
	while (text.size > 0) {
		const ssize_t written = write(fd, text.data, text.size);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0)
			text = slice_skip(text, (size_t)written);
	}
	return fsync(fd) == 0;
}

/* Writes a temporary file and renames it, so that readers never see a partial file. */
static bool replace(const char *path, struct slice text, struct error *err)
{
	struct strbuf beside;
	bool good;
	int fd;

	strbuf_init(&beside, 8 * KIB);
	strbuf_add_format(&beside, "%s.XXXXXX", path);
	fd = mkostemp(beside.buf, O_CLOEXEC);
	good = fd >= 0 && write_all(fd, text);
	if (fd >= 0 && close(fd) != 0)
		good = false;
	if (good && rename(beside.buf, path) == 0) {
		strbuf_release(&beside);
		return true;
	}
	file_error(path, err);
	if (fd >= 0)
		unlink(beside.buf);
	strbuf_release(&beside);
	return false;
}

bool name_cache_save(struct name_cache *cache, const char *path, int64_t now, struct error *err)
{
	struct strbuf text;
	bool good;

	strbuf_init(&text, FILE_BYTES_MAX);
	strbuf_add_text(&text, HEAD);
	/* write the oldest first, so that loading restores the order */
	for (uint32_t i = cache->oldest; i != NOTHING; i = cache->slots[i].newer) {
		const struct cached_name *entry = &cache->slots[i].entry;

		if (entry->until > now)
			add_entry(&text, entry);
	}
	add_digest(&text, strbuf_slice(&text));
	good = replace(path, strbuf_slice(&text), err);
	if (good)
		cache->changed = false;
	strbuf_release(&text);
	return good;
}

static bool read_file(const char *path, struct strbuf *text, bool *missing, struct error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;
	char *room;

	*missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return *missing || file_error(path, err);
	while ((room = strbuf_room(text, 64 * KIB)) && (got = read(fd, room, 64 * KIB)) > 0) {
		text->len += (size_t)got;
		text->buf[text->len] = '\0';
	}
	close(fd);
	if (text->overflowed)
		return error_set(err, ERROR_RETRY, "cache of names %s: is too large", path);
	return got == 0 || file_error(path, err);
}

/* Removes the last line, which is the digest of the preceding lines. */
static bool check_digest(struct slice *text)
{
	const size_t line = sizeof(DIGEST) - 1 + 2 * HASH_SIZE + 1;
	struct slice content;
	struct strbuf expected;
	bool good;

	if (text->size < line)
		return false;
	content = (struct slice){ text->data, text->size - line };
	strbuf_init(&expected, KIB);
	add_digest(&expected, content);
	good = slice_equal(strbuf_slice(&expected), slice_skip(*text, content.size));
	strbuf_release(&expected);
	*text = content;
	return good;
}

static bool state_of(struct slice word, enum name_state *state)
{
	for (size_t i = 0; i < STATES; i++) {
		if (slice_is(word, state_words[i])) {
			*state = (enum name_state)i;
			return true;
		}
	}
	return false;
}

static bool parse_entry(struct slice line, struct cached_name *entry,
			char name[static NAME_BYTES_MAX + 1])
{
	struct slice rest;
	const struct slice until = slice_split(line, ' ', &rest);
	const struct slice state = slice_split(rest, ' ', &rest);
	const struct slice address = slice_split(rest, ' ', &rest);
	uint64_t number;

	*entry = (struct cached_name){ .name = NULL };
	if (!slice_to_uint(until, INT64_MAX, &number) || !state_of(state, &entry->state) ||
	    !ip_address_parse(address, &entry->address) || rest.size > NAME_BYTES_MAX)
		return false;
	entry->until = (int64_t)number;
	entry->failures = entry->state == NAME_FAILED;
	if (entry->state != NAME_CONFIRMED && entry->state != NAME_UNCONFIRMED)
		return !rest.data;
	if (rest.size == 0)
		return false;
	memcpy(name, rest.data, rest.size);
	name[rest.size] = '\0';
	entry->name = name;
	return true;
}

static void add_lines(struct name_cache *cache, struct slice text, int64_t now)
{
	const bool changed = cache->changed;

	while (text.size > 0) {
		const struct slice line = slice_split(text, '\n', &text);
		char name[NAME_BYTES_MAX + 1];
		struct cached_name entry;
		uint32_t known;

		if (!parse_entry(line, &entry, name) || entry.until <= now)
			continue;
		known = find(cache, &entry.address);
		if (known == NOTHING || cache->slots[known].entry.until < entry.until)
			name_cache_put(cache, &entry);
	}
	cache->changed = changed;
}

bool name_cache_load(struct name_cache *cache, const char *path, int64_t now, struct error *err)
{
	struct slice content;
	struct strbuf text;
	bool missing, good;

	strbuf_init(&text, FILE_BYTES_MAX);
	good = read_file(path, &text, &missing, err);
	content = strbuf_slice(&text);
	if (good && !missing) {
		good = slice_starts_with(content, HEAD) && check_digest(&content);
		if (good)
			add_lines(cache, slice_skip(content, sizeof(HEAD) - 1), now);
		else
			error_set(err, ERROR_RETRY,
				  "cache of names %s: is damaged; starting with an empty cache",
				  path);
	}
	strbuf_release(&text);
	return good;
}
