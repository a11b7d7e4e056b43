/* bulk_request.h - one bulk request under way, and what its answer says
 *
 * SPDX-License-Identifier: MIT
 *
 * The answer is read as it arrives and bounded.  It counts as a whole or not at
 * all: an answer that is cut, or has another number of items than were sent,
 * leaves every item to RETRY.
 */
#ifndef OUTPUT_BULK_REQUEST_H
#define OUTPUT_BULK_REQUEST_H

#include "output/bulk.h"
#include "output/bulk_answer.h"
#include "output/dead_letter.h"
#include "output/gzip.h"
#include "output/http.h"
#include "output/circuit_breaker.h"

/* The id and status of each item and the reason of the bad ones; with "error"
 * alone the good items would be missing and the rest could not be matched.
 * Written as AWS signs it: commas and asterisks encoded. */
#define BULK_PATH_ALONE "/_bulk"
#define BULK_PATH                                                                                  \
	BULK_PATH_ALONE                                                                            \
	"?filter_path=errors%2Cerror%2Cstatus%2Citems.%2A._id%2Citems.%2A.status%2C"         \
	"items.%2A.error.type%2Citems.%2A.error.reason%2Citems.%2A.failure_store"

struct bulk_request;

/* gzip: NULL, bodies are not compressed; several requests may share it. */
struct bulk_request *bulk_request_new(struct http *http, struct gzip *gzip);
void bulk_request_free(struct bulk_request *request);

struct bulk_target {
	const char *url;
	bool compress;
	bool must_echo; /* it echoed the nonce of an earlier request */
};

/* items: positions in the bulk.  All must stay until bulk_request_end(). */
void bulk_request_begin(struct bulk_request *request, struct bulk *bulk, const size_t *items,
			size_t count, const struct bulk_target *target);

bool bulk_request_busy(const struct bulk_request *request);

enum bulk_outcome {
	BULK_ANSWERED, /* every item has its verdict */
	BULK_LOST,     /* no answer, whatever became of the documents */
	BULK_SLOW,     /* no answer in time */
	BULK_INVALID,  /* the answer is not the one to this request */
	BULK_REFUSED,  /* the whole request, for what its verdict says */
};

struct bulk_result {
	enum bulk_outcome outcome;
	enum verdict verdict; /* of REFUSED: RETRY, SPLIT or STOP */
	unsigned status;      /* HTTP; 0: no answer */
	int64_t retry_after_ms;
	bool echoed;	      /* the server echoed the nonce */
	bool busy;	      /* some item is to be sent again to a server with less to do */
	const struct bulk_answer *answer; /* its error, of REFUSED */
	struct error trouble; /* why not all is settled; ERROR_NONE: it is.  FATAL: LOST
			       * for a reason that a person must mend */
};

/* After it is no longer busy. */
void bulk_request_end(struct bulk_request *request, struct bulk_result *result);

/* Makes the refused items of an ANSWERED request dead letters; those that do
 * not fit are to RETRY.  false: the circuit breaker of an index is open, its
 * refused items are to HOLD, and held is its name. */
bool bulk_request_add_dead_letters(const struct bulk_request *request, struct dead_letters *letters,
		       struct circuit_breaker *breaker, struct slice *held);

/* The only item of a refused request is to HOLD. */
void bulk_request_hold(const struct bulk_request *request);
/* Makes the only item of a refused request a dead letter. */
void bulk_request_refuse_whole(const struct bulk_request *request,
			     const struct bulk_result *result, struct dead_letters *letters);

#endif
