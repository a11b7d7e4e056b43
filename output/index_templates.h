/* index_templates.h - do our templates make the indices that documents go to?
 *
 * SPDX-License-Identifier: MIT
 *
 * Without them a server makes up mappings from the first document it sees, and
 * every query of ours comes back empty.  So before a document goes to an index
 * that was not seen before, the server is asked for its templates.
 */
#ifndef OUTPUT_INDEX_TEMPLATES_H
#define OUTPUT_INDEX_TEMPLATES_H

#include "output/bulk.h"
#include "output/http.h"
#include "output/id_set.h"

enum template_state {
	TEMPLATES_GOOD,	   /* each index gets the mappings of setup, or of others, not dynamic */
	TEMPLATES_MISSING, /* some index does not; err says which and what to do */
	TEMPLATES_UNKNOWN, /* the login may not ask, or the server does not tell; err says so */
	TEMPLATES_AGAIN,   /* ask again, at once */
	TEMPLATES_LATER,   /* no answer: ask again; err says why */
};

/* Where a sink stands with it. */
struct template_check {
	struct http_exchange *exchange;
	struct id_set known; /* indices that need not be asked for again */
	int64_t known_until; /* for a template may be deleted, and an index too */
	bool whole;	     /* ask without a filter */
	bool under_way;
};

void template_check_init(struct template_check *check, struct http *http);
void template_check_release(struct template_check *check);

/* true: some index of the bulk has to be asked for. */
bool template_check_needed(struct template_check *check, const struct bulk *bulk, int64_t now);
void template_check_begin(struct template_check *check, const char *url);
bool template_check_busy(const struct template_check *check);
enum template_state template_check_end(struct template_check *check, const struct bulk *bulk,
				       const char *url, struct error *err);

/* Asks for one index after the other, and waits. */
enum template_state index_template_of(struct http *http, const char *url,
				      const char *const *indices, struct error *err);

#endif
