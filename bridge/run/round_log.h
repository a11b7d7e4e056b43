/* round_log.h - log lines and counters of a round
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_ROUND_LOG_H
#define BRIDGE_RUN_ROUND_LOG_H

#include "bridge/run/round.h"

/* Logs a settled mail in one line and adds it to the counts of the round. */
void round_log_mail(struct round *round, const struct batch_mail *mail);

/* Logs the progress, every few seconds. */
void round_log_progress(struct round *round);

/* Logs the round in one line; rounds without mails are logged only now and then. */
void round_log_summary(const struct round *round, int64_t duration_ms, bool complete);

#endif
