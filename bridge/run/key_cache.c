/* key_cache.c - keys of signatures, asked for once and kept for a while
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/key_cache.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/name_lookup.h"
#include "base/xalloc.h"
#include "bridge/run/counters.h"

/* More signers than send reports to most; each takes a kilobyte or less. */
#define KEYS 256
#define KEY_BYTES (16 * KIB)
/* A signer that changes its key leaves the old one in place for days, and one
 * that takes it back is believed for so much longer. */
#define KEEP_MS (10 * 60 * 1000)
#define KEEP_FAILURE_MS (60 * 1000)
/* Who had less time than this to answer has not failed: or else one mail could
 * use the time up, and have the key of somebody else's mails taken for lost. */
#define FAIR_MS 1000

struct cached_key {
	char *name; /* NULL: free */
	int64_t until;
	bool told;
	char *texts;
	size_t size;
};

struct key_cache {
	const char *servers;
	struct counters *counters; /* NULL: nobody counts */
	struct cached_key keys[KEYS];
	size_t next; /* to be replaced: the oldest */
};

struct key_cache *key_cache_new(const char *servers)
{
	struct key_cache *cache = xcalloc(1, sizeof(*cache));

	cache->servers = servers;
	return cache;
}

void key_cache_count(struct key_cache *cache, struct counters *counters)
{
	cache->counters = counters;
}

static void count(struct key_cache *cache, enum counter_lookup lookup)
{
	if (cache->counters)
		cache->counters->key_lookups[lookup][0][0]++;
}

static void forget(struct cached_key *key)
{
	free(key->name);
	free(key->texts);
	*key = (struct cached_key){ .name = NULL };
}

void key_cache_free(struct key_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < KEYS; i++)
		forget(&cache->keys[i]);
	free(cache);
}

static struct cached_key *find(struct key_cache *cache, const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (cache->keys[i].name && strcmp(cache->keys[i].name, name) == 0)
			return &cache->keys[i];
	return NULL;
}

static void keep(struct key_cache *cache, const char *name, bool told, struct slice texts)
{
	struct cached_key *key = find(cache, name);

	if (!key) {
		key = &cache->keys[cache->next];
		cache->next = (cache->next + 1) % KEYS;
	}
	forget(key);
	*key = (struct cached_key){
		.name = xstrdup(name),
		.until = clock_ms() + (told ? KEEP_MS : KEEP_FAILURE_MS),
		.told = told,
		.texts = xmemdup(texts.data, texts.size),
		.size = texts.size,
	};
}

bool key_cache_look_up(struct key_cache *cache, const char *name, int64_t deadline,
		       struct strbuf *texts, struct error *err)
{
	const struct cached_key *key = find(cache, name);
	const int64_t now = clock_ms();
	struct strbuf found;
	bool told;

	if (key && now < key->until) {
		count(cache, COUNT_CACHED);
		strbuf_add(texts, key->texts, key->size);
		return key->told || error_set(err, ERROR_RETRY, "%s: could not be looked up", name);
	}
	if (now >= deadline)
		return error_set(err, ERROR_RETRY, "%s: no time to look it up", name);
	strbuf_init(&found, KEY_BYTES);
	/* Others may use the cache meanwhile. */
	told = text_lookup(name, cache->servers, deadline, &found, err);
	count(cache, told ? COUNT_ASKED : COUNT_FAILED);
	if (told || deadline - now >= FAIR_MS)
		keep(cache, name, told, strbuf_slice(&found));
	strbuf_add_slice(texts, strbuf_slice(&found));
	strbuf_release(&found);
	return told;
}

void key_cache_answer(struct key_cache *cache, struct signer_patience *patience,
		      struct ingest *ingest)
{
	struct strbuf texts;
	struct error ignored;
	const char *name;

	if (!cache)
		return;
	strbuf_init(&texts, KEY_BYTES);
	for (size_t i = 0; (name = ingest_key_wanted(ingest, i)); i++) {
		const int64_t start = clock_ms();
		struct signer *signer = signer_patience_find(patience, slice_of(name), start);
		const int64_t until = signer_patience_until(patience, signer, start);
		bool told;

		strbuf_reset(&texts);
		told = key_cache_look_up(cache, name, until, &texts, &ignored);
		if (told)
			ingest_give_key(ingest, name, strbuf_slice(&texts));
		signer_patience_spend(patience, signer, clock_ms() - start, told);
	}
	strbuf_release(&texts);
}
