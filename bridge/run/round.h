/* round.h - one round of one mailbox
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_ROUND_H
#define BRIDGE_RUN_ROUND_H

#include "bridge/run/batch.h"
#include "bridge/run/poison.h"

struct round_counts {
	uint64_t mails, reports;	      /* seen */
	uint64_t archived, invalid, kept;     /* fates of the mails */
	uint64_t stored, duplicates, refused; /* documents */
	uint64_t missed;		      /* by outputs that are not required */
};

struct round {
	const char *name; /* of the mailbox, for the log */
	struct mailbox *mailbox;
	struct ingest *ingest;
	uint32_t outputs; /* bits of those its documents go to */
	struct batch *filling, *posted; /* of the same queues, both empty */
	/* Settle a batch before the next one is read: for a mailbox that broke
	 * off the last time, or it might do so before anything is settled. */
	bool careful;
	bool quiet;   /* do not speak of a round without mails */
	const struct poison *poison;
	struct worker_state *state;
	struct mailbox_state *shown;
	bool at_mailbox; /* waiting for its server, perhaps for long */
	struct round_counts counts;
};

/* Drains the open mailbox.  On an error what was settled is settled,
 * everything else is as it was.  Logs a line per mail and one for the round. */
bool round_run(struct round *round, struct error *err);

#endif
