/* dmarc_period.h - reads the period of an aggregate report
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DMARC_DMARC_PERIOD_H
#define INGEST_DMARC_DMARC_PERIOD_H

#include "base/error.h"
#include "base/slice.h"
#include "ingest/report/quirk.h"

/* Converts begin and end to Unix seconds, the smaller one first; both 0, with NO_PERIOD, if
 * neither is a time.  REJECT "bad-date": see period_check(). */
bool dmarc_period(struct slice begin_text, struct slice end_text, int64_t now, int64_t *begin,
		  int64_t *end, struct quirk_set *quirks, struct error *err);

#endif
