/* round.h - one round of one mailbox
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_ROUND_H
#define BRIDGE_RUN_ROUND_H

#include "bridge/run/batch.h"
#include "bridge/run/deferred.h"
#include "bridge/run/enrichment.h"
#include "bridge/run/key_cache.h"
#include "bridge/run/poison.h"

/* Mails and reports read; fates of mails; documents by the verdicts of required outputs,
 * and those that optional outputs missed. */
/* clang-format off */
#define ROUND_COUNTS(COUNT) \
	COUNT(mails) COUNT(reports) \
	COUNT(archived) COUNT(invalid) COUNT(kept) COUNT(left) \
	COUNT(stored) COUNT(duplicates) COUNT(refused) COUNT(missed) COUNT(partial)
/* clang-format on */

struct round_counts {
#define COUNT(name) uint64_t name;
	ROUND_COUNTS(COUNT)
#undef COUNT
};

struct round {
	const char *name; /* of the mailbox, for the log */
	struct mailbox *mailbox;
	struct ingest *ingest;
	struct key_cache *keys;           /* DKIM keys; NULL: signatures are not verified */
	struct signer_patience *patience; /* with name servers */
	struct enrichment *enrichment;    /* NULL: no lookups */
	uint32_t outputs;                 /* bits of the outputs that documents go to */
	const char *section, *folder;     /* for feed documents; NULL: none */
	bool examines;                    /* the mailbox is not changed */
	bool rereads;          /* mail that was settled before: log progress, not each mail */
	bool leaves_unrelated; /* mail without any report stays where it is */
	struct batch *filling, *posted; /* both empty, with the same queues */
	/* Settle a batch before the next one is read: the last round of this mailbox broke
	 * off, or this one might before anything is settled. */
	bool careful;
	bool quiet; /* do not log a round without mails */
	const struct poison *poison;
	struct worker_state *state;
	struct mailbox_state *shown;
	struct deferred deferred; /* mails whose lookups are in flight */
	bool may_defer;           /* the mail being read has no documents so far and may wait */
	bool must_defer;          /* it has to wait */
	bool at_mailbox;          /* waiting for its server, perhaps for a long time */
	int64_t progress_at;      /* when to log progress next */
	struct round_counts counts;
};

/* Drains the open mailbox. After an error, settled mails stay settled and all others are
 * unchanged. Logs a line per mail and one for the round. */
bool round_run(struct round *round, struct error *err);

#endif
