/* index_templates.h - checks that our templates apply to the target indices
 *
 * SPDX-License-Identifier: MIT
 *
 * Without them a server derives mappings from the first document, and our
 * queries return nothing.  So before a document is posted to an index not seen
 * before, the server's templates are requested.
 */
#ifndef OUTPUT_INDEX_TEMPLATES_H
#define OUTPUT_INDEX_TEMPLATES_H

#include "output/bulk.h"
#include "output/http.h"
#include "output/id_set.h"

enum template_state {
	TEMPLATES_GOOD,    /* each index gets our mappings, or foreign ones that are not dynamic */
	TEMPLATES_MISSING, /* some index does not; err has the index and what to do */
	TEMPLATES_UNKNOWN, /* not readable with this login or on this server; see err */
	TEMPLATES_AGAIN,   /* ask again, at once */
	TEMPLATES_LATER,   /* no answer: ask again; see err */
};

/* The state of a sink's check. */
struct template_check {
	struct http_exchange *exchange;
	struct id_set known; /* indices already checked */
	int64_t known_until; /* expiry, because a template or an index may be deleted */
	bool whole;          /* request without a filter */
	bool under_way;
};

void template_check_init(struct template_check *check, struct http *http);
void template_check_release(struct template_check *check);

/* true: some index of the bulk must be checked. */
bool template_check_needed(struct template_check *check, const struct bulk *bulk, int64_t now);
void template_check_begin(struct template_check *check, const char *url);
bool template_check_busy(const struct template_check *check);
enum template_state template_check_end(struct template_check *check, const struct bulk *bulk,
				       const char *url, struct error *err);

/* Checks all indices of the list and waits for the answer. */
enum template_state index_template_of(struct http *http, const char *url,
				      const char *const *indices, struct error *err);

#endif
