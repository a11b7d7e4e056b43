/* digest_run.h - runs the sections [digest NAME], or sends one digest now
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_DIGEST_RUN_H
#define BRIDGE_TELL_DIGEST_RUN_H

#include "bridge/report/summary_set.h"
#include "bridge/tell/notify.h"

/* Secrets must have been read. A digest is due once for each week or month that has begun,
 * and is sent by the first run that can send it. */
void digest_run(struct config *config, int64_t now, struct tell_result *result);

/* Sends a digest of the last seven days from the set to these addresses; records nothing.
 * tenant NULL: all. */
bool digest_send_now(struct config *config, const struct summary_set *set, const char *tenant,
		     const char *const *to, int64_t now, struct error *err);

#endif
