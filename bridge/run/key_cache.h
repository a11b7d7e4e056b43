/* key_cache.h - keys of signatures, asked for once and kept for a while
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker meets the same few signers again and again.  What could not be had
 * is kept too, for less long, so that a dead name server is not waited for with
 * every mail.
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

/* servers: asked in place of the system's name servers, as for text_lookup();
 * NULL: those.  It must outlive the cache. */
struct key_cache *key_cache_new(const char *servers);
/* Counts from here on: how many were in the cache, asked for, and not had. */
struct counters;
void key_cache_count(struct key_cache *cache, struct counters *counters);
void key_cache_free(struct key_cache *cache);

/* Answers questions from the cache or, all of them together, by asking; err of one
 * that is not told is set.  What has no time left is not asked. */
#define KEYS_AT_ONCE 8
void key_cache_look_up(struct key_cache *cache, struct text_question *questions, size_t count);

/* Looks up the keys that the mail which has been begun needs, together, and gives
 * the answers: no longer than a few seconds for one signer, and over many mails no
 * longer than half of the time, so that senders whose name servers are silent
 * hold up nobody and cost no other signer the time for its keys.  cache: NULL, signatures are not verified. */
void key_cache_answer(struct key_cache *cache, struct signer_patience *patience, struct ingest *ingest);

#endif
