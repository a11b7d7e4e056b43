/* bulk_request.h - one bulk request in flight and its verdicts
 *
 * SPDX-License-Identifier: MIT
 *
 * The answer is parsed as it arrives and limited in size.  It counts as a whole
 * or not at all: after an answer that is truncated or has a different number of
 * items, every item is RETRY.
 */
#ifndef OUTPUT_BULK_REQUEST_H
#define OUTPUT_BULK_REQUEST_H

#include "output/bulk.h"
#include "output/bulk_answer.h"
#include "output/dead_letter.h"
#include "output/gzip.h"
#include "output/http.h"
#include "output/circuit_breaker.h"

/* Requests the id and status of each item and the reason of failed ones; with
 * "error" alone successful items would be missing and the rest could not be
 * attributed.  Encoded as for AWS signatures: commas and asterisks escaped. */
#define BULK_PATH_ALONE "/_bulk"
#define BULK_PATH                                                                    \
	BULK_PATH_ALONE                                                              \
	"?filter_path=errors%2Cerror%2Cstatus%2Citems.%2A._id%2Citems.%2A.status%2C" \
	"items.%2A.error.type%2Citems.%2A.error.reason%2Citems.%2A.failure_store"

struct bulk_request;

/* gzip: NULL disables compression; several requests may share it. */
struct bulk_request *bulk_request_new(struct http *http, struct gzip *gzip);
void bulk_request_free(struct bulk_request *request);

struct bulk_target {
	const char *url;
	bool compress;
	bool must_echo; /* the host echoed the nonce of an earlier request */
};

/* items: positions in the bulk.  All arguments must stay valid until
 * bulk_request_end(). */
void bulk_request_begin(struct bulk_request *request, struct bulk *bulk, const size_t *items,
			size_t count, const struct bulk_target *target);

bool bulk_request_busy(const struct bulk_request *request);

enum bulk_outcome {
	BULK_ANSWERED, /* every item has its verdict */
	BULK_LOST,     /* no answer; documents may have been stored */
	BULK_SLOW,     /* no answer in time */
	BULK_INVALID,  /* the answer does not belong to this request */
	BULK_REFUSED,  /* the whole request was refused; see verdict */
};

struct bulk_result {
	enum bulk_outcome outcome;
	enum verdict verdict; /* of REFUSED: RETRY, SPLIT or STOP */
	unsigned status;      /* HTTP; 0: no answer */
	int64_t retry_after_ms;
	bool echoed;                      /* the server echoed the nonce */
	bool busy;                        /* send some items again, at a lower rate */
	const struct bulk_answer *answer; /* the error, for REFUSED */
	/* why not all is settled; ERROR_NONE: all is.  FATAL: LOST, and a person
	 * must act */
	struct error trouble;
};

/* Call it when the request is no longer busy. */
void bulk_request_end(struct bulk_request *request, struct bulk_result *result);

/* Makes the refused items of an ANSWERED request dead letters; items that do not
 * fit become RETRY.  false: the circuit breaker of an index is open, its refused
 * items become HOLD, and held is its name. */
bool bulk_request_add_dead_letters(const struct bulk_request *request, struct dead_letters *letters,
				   struct circuit_breaker *breaker, struct slice *held);

/* Sets the only item of a refused request to HOLD. */
void bulk_request_hold(const struct bulk_request *request);
/* Makes the only item of a refused request a dead letter. */
void bulk_request_refuse_whole(const struct bulk_request *request, const struct bulk_result *result,
			       struct dead_letters *letters);

#endif
