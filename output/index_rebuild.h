/* index_rebuild.h - rebuilds an index whose mappings are dynamic
 *
 * SPDX-License-Identifier: MIT
 *
 * Mappings of an existing index cannot be changed, so its documents are copied
 * to a temporary index and back, with search and _bulk, which every server
 * supports.  Their ids stay.  After an interruption the next call resumes;
 * nothing is deleted before its documents were counted in the other index.
 */
#ifndef OUTPUT_INDEX_REBUILD_H
#define OUTPUT_INDEX_REBUILD_H

#include "output/elastic_setup.h"

/* Whether the server adds the fields of new documents to the mappings. */
bool index_is_dynamic(struct elastic_setup *setup, const char *index, bool *dynamic,
		      struct error *err);

/* between: the temporary index, which must not match one of our templates.  documents:
 * their number.  run may continue: its documents wait.  RETRY, FATAL: call again
 * after the cause is fixed. */
bool index_rebuild(struct elastic_setup *setup, const struct elastic_settings *settings,
		   const char *index, const char *between, uint64_t *documents, struct error *err);

#endif
