/* key_cache.h - cache of DKIM keys
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker sees the same few signers again and again. Failed lookups are cached too, for a
 * shorter time, so that not every mail waits for a dead name server.
 */
#ifndef BRIDGE_RUN_KEY_CACHE_H
#define BRIDGE_RUN_KEY_CACHE_H

#include <stdint.h>

#include "base/error.h"
#include "base/name_lookup.h"
#include "base/strbuf.h"
#include "bridge/run/signer_patience.h"
#include "ingest/ingest.h"

struct key_cache;

/* servers: name servers to use instead of the system's, as for text_lookup(); NULL: the
 * system's. Must outlive the cache. */
struct key_cache *key_cache_new(const char *servers);
/* From here on counts cache hits, lookups and failures. */
struct counters;
void key_cache_count(struct key_cache *cache, struct counters *counters);
void key_cache_free(struct key_cache *cache);

/* Answers questions from the cache, and the rest by one parallel lookup. Sets err of a
 * question that has no answer. A question that has no time left is not looked up. */
#define KEYS_AT_ONCE 8
void key_cache_look_up(struct key_cache *cache, struct text_question *questions, size_t count);

/* Looks up the keys that the current mail needs, together, and passes the answers to
 * ingest. Waits a few seconds at most for one signer and, over many mails, half of the
 * time at most, so that signers whose name servers are silent neither stop the mailbox nor
 * use up the time of other signers. cache NULL: signatures are not verified. */
void key_cache_answer(struct key_cache *cache, struct signer_patience *patience,
		      struct ingest *ingest);

#endif
