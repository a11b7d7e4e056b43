/* signer_patience.h - limits the time spent waiting for the name servers of a signer
 *
 * SPDX-License-Identifier: MIT
 *
 * Each signing domain has a budget of its own (patience.h), so a silent one cannot use up
 * that of others. Domains cost an attacker little: those that have never answered also share
 * one budget.
 */
#ifndef BRIDGE_RUN_SIGNER_PATIENCE_H
#define BRIDGE_RUN_SIGNER_PATIENCE_H

#include <stdbool.h>

#include "base/slice.h"
#include "bridge/run/patience.h"

#define SIGNERS_KNOWN 64
/* One wait for a domain that has never answered, and all such waits together before the
 * limit of half of the time applies. */
#define STRANGER_ONCE_MS 3000
#define STRANGERS_MS 60000

struct signer {
	char domain[256]; /* organizational; "": free */
	struct patience patience;
	bool answered;
	int64_t used;
};

struct signer_patience {
	struct signer signers[SIGNERS_KNOWN];
	struct patience strangers;
};

void signer_patience_init(struct signer_patience *patience, int64_t now);

/* The signer of the key name "selector._domainkey.domain". */
struct signer *signer_patience_find(struct signer_patience *patience, struct slice key_name,
				    int64_t now);

/* Deadline of the wait for the key, as clock_ms(). */
int64_t signer_patience_until(struct signer_patience *patience, struct signer *signer, int64_t now);

/* Records how long the wait took. */
void signer_patience_spend(struct signer_patience *patience, struct signer *signer, int64_t ms,
			   bool answered);

#endif
