/* key_cache.c - cache of DKIM keys
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/key_cache.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/run/counters.h"

/* More signers than send reports to most sites; each takes a kilobyte or less. */
#define KEYS 256
#define KEY_BYTES (16 * KIB)
/* A signer that changes its key leaves the old one in place for days. A revoked key stays
 * valid for this long. */
#define KEEP_MS (10 * 60 * 1000)
#define KEEP_FAILURE_MS (60 * 1000)
/* A lookup that had less time than this is not cached as failed: otherwise one mail could
 * use up the time and make the keys of other signers appear missing. */
#define FAIR_MS 1000

struct cached_key {
	char *name; /* NULL: free */
	int64_t until;
	bool answered;
	char *texts;
	size_t size;
};

struct key_cache {
	const char *servers;
	struct counters *counters; /* NULL: do not count */
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

static void keep(struct key_cache *cache, const char *name, bool answered, struct slice texts)
{
	struct cached_key *key = find(cache, name);

	if (!key) {
		key = &cache->keys[cache->next];
		cache->next = (cache->next + 1) % KEYS;
	}
	forget(key);
	*key = (struct cached_key){
		.name = xstrdup(name),
		.until = clock_ms() + (answered ? KEEP_MS : KEEP_FAILURE_MS),
		.answered = answered,
		.texts = xmemdup(texts.data, texts.size),
		.size = texts.size,
	};
}

/* true: answered, from the cache or because no time is left. */
static bool answer_at_once(struct key_cache *cache, struct text_question *q, int64_t now)
{
	const struct cached_key *key = find(cache, q->name);

	q->answered = false;
	q->waited_ms = 0;
	if (key && now < key->until) {
		count(cache, COUNT_CACHED);
		strbuf_add(q->texts, key->texts, key->size);
		q->answered = key->answered || error_set(&q->err, ERROR_RETRY,
							 "%s: could not be looked up", q->name);
		return true;
	}
	if (now >= q->deadline)
		error_set(&q->err, ERROR_RETRY, "%s: no time to look it up", q->name);
	return now >= q->deadline;
}

void key_cache_look_up(struct key_cache *cache, struct text_question *questions,
		       size_t question_count)
{
	struct text_question open[KEYS_AT_ONCE];
	size_t places[KEYS_AT_ONCE], open_count = 0;
	const int64_t now = clock_ms();

	assert(question_count <= KEYS_AT_ONCE);
	for (size_t i = 0; i < question_count; i++) {
		if (answer_at_once(cache, &questions[i], now))
			continue;
		open[open_count] = questions[i];
		places[open_count++] = i;
	}
	if (open_count == 0)
		return;
	/* Other fibers may use the cache meanwhile. */
	text_lookup(open, open_count, cache->servers);
	for (size_t i = 0; i < open_count; i++) {
		const struct text_question *q = &open[i];

		count(cache, q->answered ? COUNT_ASKED : COUNT_FAILED);
		if (q->answered || q->deadline - now >= FAIR_MS)
			keep(cache, q->name, q->answered, strbuf_slice(q->texts));
		questions[places[i]] = *q;
	}
}

/* Answers keys from the first-th on; returns how many. */
static size_t answer_some(struct key_cache *cache, struct signer_patience *patience,
			  struct ingest *ingest, size_t first)
{
	struct text_question questions[KEYS_AT_ONCE];
	struct signer *signers[KEYS_AT_ONCE];
	struct strbuf texts[KEYS_AT_ONCE];
	const int64_t now = clock_ms();
	size_t wanted = 0;
	const char *name;

	while (wanted < KEYS_AT_ONCE && (name = ingest_key_wanted(ingest, first + wanted))) {
		struct signer *signer = signer_patience_find(patience, slice_of(name), now);

		strbuf_init(&texts[wanted], KEY_BYTES);
		signers[wanted] = signer;
		questions[wanted] = (struct text_question){
			.name = name,
			.deadline = signer_patience_until(patience, signer, now),
			.texts = &texts[wanted],
		};
		wanted++;
	}
	key_cache_look_up(cache, questions, wanted);
	for (size_t i = 0; i < wanted; i++) {
		if (questions[i].answered)
			ingest_give_key(ingest, questions[i].name, strbuf_slice(&texts[i]));
		signer_patience_spend(patience, signers[i], questions[i].waited_ms,
				      questions[i].answered);
		strbuf_release(&texts[i]);
	}
	return wanted;
}

void key_cache_answer(struct key_cache *cache, struct signer_patience *patience,
		      struct ingest *ingest)
{
	size_t done = 0, some;

	if (!cache)
		return;
	while ((some = answer_some(cache, patience, ingest, done)) > 0)
		done += some;
}
