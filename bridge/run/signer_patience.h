/* signer_patience.h - how long may the name servers of a signer keep us waiting?
 *
 * SPDX-License-Identifier: MIT
 *
 * Each signing domain has a patience of its own (patience.h): whoever is silent
 * uses up nobody else's.  Since domains cost an attacker little, those that have
 * never answered share a budget too; it spares those that have.
 */
#ifndef BRIDGE_RUN_SIGNER_PATIENCE_H
#define BRIDGE_RUN_SIGNER_PATIENCE_H

#include <stdbool.h>

#include "base/slice.h"
#include "bridge/run/patience.h"

#define SIGNERS_KNOWN 64
/* For a domain that has never answered, and for all of them together before no
 * more than half of the time is waited. */
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

/* The signer of a key, "selector._domainkey.domain". */
struct signer *signer_patience_find(struct signer_patience *patience, struct slice key_name,
				    int64_t now);

/* Until when to wait for the key. */
int64_t signer_patience_until(struct signer_patience *patience, struct signer *signer, int64_t now);

/* It has been waited for. */
void signer_patience_spend(struct signer_patience *patience, struct signer *signer, int64_t ms,
			   bool answered);

#endif
