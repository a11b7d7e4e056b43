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

/* Mails and reports seen; fates of the mails; documents by the verdicts of
 * required outputs, and missed by the others. */
#define ROUND_COUNTS(COUNT)                                                            \
	COUNT(mails) COUNT(reports) COUNT(archived) COUNT(invalid) COUNT(kept)         \
	COUNT(left)                                                                    \
	COUNT(stored) COUNT(duplicates) COUNT(refused) COUNT(missed) COUNT(partial)

struct round_counts {
#define COUNT(name) uint64_t name;
	ROUND_COUNTS(COUNT)
#undef COUNT
};

struct round {
	const char *name; /* of the mailbox, for the log */
	struct mailbox *mailbox;
	struct ingest *ingest;
	struct key_cache *keys; /* of signatures; NULL: they are not verified */
	struct signer_patience *patience; /* with name servers */
	struct enrichment *enrichment; /* NULL: nothing is looked up */
	uint32_t outputs; /* bits of those its documents go to */
	const char *folder; /* for feed documents; NULL: it has no name */
	bool examines; /* nothing in the mailbox is changed */
	bool rereads;  /* mail that was settled long ago: progress instead of lines per mail */
	bool leaves_unrelated; /* mail without any report stays where it is */
	struct batch *filling, *posted; /* of the same queues, both empty */
	/* Settle a batch before the next one is read: for a mailbox that broke
	 * off the last time, or it might do so before anything is settled. */
	bool careful;
	bool quiet;   /* do not speak of a round without mails */
	const struct poison *poison;
	struct worker_state *state;
	struct mailbox_state *shown;
	struct deferred deferred; /* mails whose names are under way */
	bool may_defer; /* the mail being read has no documents so far, and could wait */
	bool must_defer; /* and is to wait */
	bool at_mailbox; /* waiting for its server, perhaps for long */
	int64_t progress_at; /* when to speak of it next */
	struct round_counts counts;
};

/* Drains the open mailbox.  On an error what was settled is settled,
 * everything else is as it was.  Logs a line per mail and one for the round. */
bool round_run(struct round *round, struct error *err);

#endif
