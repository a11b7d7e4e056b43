/* index_rebuild.h - an index with dynamic mappings, made anew with those of its template
 *
 * SPDX-License-Identifier: MIT
 *
 * Mappings of an index cannot be changed, so its documents are copied to an
 * index in between and back, by search and _bulk, which every server has.  Their
 * ids stay.  Stopped anywhere, the next call goes on; nothing is deleted before
 * its documents were counted elsewhere.
 */
#ifndef OUTPUT_INDEX_REBUILD_H
#define OUTPUT_INDEX_REBUILD_H

#include "output/elastic_setup.h"

/* Does the server make up the fields of new documents? */
bool index_is_dynamic(struct elastic_setup *setup, const char *index, bool *dynamic,
		      struct error *err);

/* between: the index in between, which must not have a template of ours.
 * documents: how many there are.  run must not be denied meanwhile: what it posts
 * waits.  RETRY, FATAL: call again when the reason is gone. */
bool index_rebuild(struct elastic_setup *setup, const struct elastic_settings *settings,
		   const char *index, const char *between, uint64_t *documents, struct error *err);

#endif
