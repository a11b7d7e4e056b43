/* round_log.h - what a round says, and counts
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_ROUND_LOG_H
#define BRIDGE_RUN_ROUND_LOG_H

#include "bridge/run/round.h"

/* One line about a settled mail, and its share of the round's counts. */
void round_log_mail(struct round *round, const struct batch_mail *mail);

/* How far it is, every few seconds. */
void round_log_progress(struct round *round);

/* One line about the round; without mails it is worth one only now and then. */
void round_log_summary(const struct round *round, int64_t duration_ms, bool complete);

#endif
