/* deferred.h - mails that wait together for reverse DNS
 *
 * SPDX-License-Identifier: MIT
 *
 * With a cold cache each of many small mails would wait for its own few names, one mail after
 * the other. So a mail whose lookups are in flight is kept, and read again from its first
 * byte after all lookups have ended. Bounded: a mail that does not fit waits alone.
 */
#ifndef BRIDGE_RUN_DEFERRED_H
#define BRIDGE_RUN_DEFERRED_H

#include "base/arena.h"
#include "mailbox/mailbox.h"

#define DEFERRED_MAILS 256
#define DEFERRED_BYTES (2 * MIB)
/* Limit for one mail: reading a large one twice costs more than waiting. */
#define DEFERRED_MAIL_BYTES (64 * KIB)

struct deferred {
	struct arena arena;
	struct mail *mails; /* DEFERRED_MAILS of them; allocated with the first */
	size_t count;
	bool at_end; /* these mails are being read again */
};

void deferred_init(struct deferred *deferred);
void deferred_release(struct deferred *deferred);

bool deferred_takes(const struct deferred *deferred, const struct mail *mail);
bool deferred_is_full(const struct deferred *deferred);

/* Copies the mail; deferred_takes() must be true. */
void deferred_add(struct deferred *deferred, const struct mail *mail);

/* Call after all of them have been read again. */
void deferred_reset(struct deferred *deferred);

#endif
