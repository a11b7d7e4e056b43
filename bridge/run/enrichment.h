/* enrichment.h - what is known about the addresses of a run, before it is flattened
 *
 * SPDX-License-Identifier: MIT
 *
 * The stage between reading and flattening: names, networks and countries of
 * source addresses are looked up here, for a whole run at once.  It waits as
 * everything does, within a budget of time; what is not known by then stays
 * absent.  There is nothing to look up yet.
 */
#ifndef BRIDGE_RUN_ENRICHMENT_H
#define BRIDGE_RUN_ENRICHMENT_H

#include "ingest/report/report.h"

/* deadline: as clock_ms(). */
void enrich_run(struct run *run, int64_t deadline);

#endif
