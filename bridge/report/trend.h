/* trend.h - sources of mail that no longer do what they did before
 *
 * SPDX-License-Identifier: MIT
 *
 * A source is looked at as a service, a network, a signature, and as all mail
 * of its domain (enum trend_kind), since services change their addresses and
 * administrators their selectors.  Of the ways in which one break shows, that
 * with most messages is told.
 */
#ifndef BRIDGE_REPORT_TREND_H
#define BRIDGE_REPORT_TREND_H

#include "bridge/report/summary_tables.h"

/* What makes a break: the passing mail of a source fell to half or less, and
 * in its place the failing mail rose. */
enum trend_limit {
	TREND_LEAST_MESSAGES = 20, /* that fail meanwhile, and that passed before */
	TREND_LEAST_DAYS = 2,	   /* with failing mail */
	TREND_FALL = 2,		   /* passing mail falls to a half or less */
	TREND_RISE = 2,		   /* failing mail doubles at least */
	TREND_PLACE = 10,	   /* and is a tenth of what is missing, at least */
	TREND_PLACE_AUTHOR = 2,	   /* of a whole domain: half of it */
	TREND_BEFORE_DAYS = 28,	   /* that count as "before" */
	TREND_QUIET_DAYS = 14,	   /* without mail: it has stopped */
	TREND_GONE_DAYS = 4,	   /* without mail of a source that sent daily */
	TREND_GONE_SHARE = 20,	   /* which was one message in so many, at least */
};

struct trend {
	enum trend_kind kind;
	struct slice author; /* domain of From */
	struct slice name;   /* of the source: a service, an address, a network; may be absent */
	struct slice proof;  /* of a failing signature: "selector/domain/result"; may be absent */
	int64_t first, last; /* the break: days */
	bool ended;	     /* its mail passes again, or no more of it comes */
	uint64_t before;     /* messages a day that passed before */
	uint64_t passed, failed, stopped, rejected; /* during the break */
	uint64_t mis_signed;
};

#define TRENDS_MAX 32

/* Sources whose mail passed DMARC before and is stopped now: one per domain of
 * From.  Returns how many. */
size_t trends_broken(const struct summary *summary, struct trend list[static TRENDS_MAX]);

/* Sources whose signatures of the author's domain passed and fail now, whatever
 * SPF says. */
size_t trends_mis_signed(const struct summary *summary, struct trend list[static TRENDS_MAX]);

/* Senders that the tenant has approved, whose mail passed DMARC before and fails
 * now, stopped or not. */
size_t trends_approved(const struct summary *summary, struct trend list[static TRENDS_MAX]);

/* Services that sent mail regularly and send none any more. */
size_t trends_gone(const struct summary *summary, struct trend list[static TRENDS_MAX]);

#endif
