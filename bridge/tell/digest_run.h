/* digest_run.h - one run of the sections [digest NAME]; and one digest sent now
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_DIGEST_RUN_H
#define BRIDGE_TELL_DIGEST_RUN_H

#include "bridge/report/summary_set.h"
#include "bridge/tell/notify.h"

/* Secrets have been read.  A digest is due once a week or month begins that has
 * had none, and goes out in the first run that can send it. */
void digest_run(struct config *config, int64_t now, struct tell_result *result);

/* Of what the set holds, about the last seven days, to these addresses; notes
 * nothing.  tenant NULL: of all. */
bool digest_send_now(struct config *config, const struct summary_set *set, const char *tenant,
		     const char *const *to, int64_t now, struct error *err);

#endif
