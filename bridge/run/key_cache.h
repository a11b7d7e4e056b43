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
#include "base/strbuf.h"

struct key_cache;

/* servers: asked in place of the system's name servers, as for text_lookup();
 * NULL: those.  It must outlive the cache. */
struct key_cache *key_cache_new(const char *servers);
void key_cache_free(struct key_cache *cache);

/* A key_lookup_fn (ingest/report/report.h); context is the cache. */
bool key_cache_look_up(void *context, const char *name, int64_t deadline, struct strbuf *texts,
		       struct error *err);

#endif
