/* trend.h - finds sources of mail whose authentication changed
 *
 * SPDX-License-Identifier: MIT
 *
 * A source is examined as a service, as a network, by its signature, and as all mail of its
 * domain (enum trend_kind), since services change their addresses and administrators their
 * selectors. If a break appears in several of these ways, only the one with most messages is
 * reported.
 */
#ifndef BRIDGE_REPORT_TREND_H
#define BRIDGE_REPORT_TREND_H

#include "bridge/report/summary_tables.h"

/* Criteria of a break: the passing mail of a source fell to half or less, and its failing
 * mail rose instead. */
enum trend_limit {
	TREND_LEAST_MESSAGES = 20, /* that failed during the break, and that passed before */
	TREND_LEAST_DAYS = 2,      /* with failing mail */
	TREND_FALL = 2,            /* passing mail falls to half or less */
	TREND_RISE = 2,            /* failing mail at least doubles */
	TREND_PLACE = 10,          /* and is at least a tenth of the missing mail */
	TREND_PLACE_AUTHOR = 2,    /* for a whole domain: at least half of it */
	TREND_BEFORE_DAYS = 28,    /* days that count as "before" */
	TREND_QUIET_DAYS = 14,     /* days without mail: the source has stopped */
	TREND_GONE_DAYS = 4,       /* days without mail, for a source that sent daily */
	TREND_GONE_SHARE = 20,     /* if it sent at least one message in this many */
};

struct trend {
	enum trend_kind kind;
	struct slice author; /* From domain */
	struct slice name;   /* of the source: a service, an address, a network; may be absent */
	struct slice proof;  /* a failing signature, "selector/domain/result"; may be absent */
	int64_t first, last; /* days of the break */
	bool ended;          /* the mail passes again, or has stopped */
	uint64_t before;     /* messages per day that passed before */
	uint64_t passed, failed, stopped, rejected; /* during the break */
	uint64_t mis_signed;
};

#define TRENDS_MAX 32

/* Sources whose mail passed DMARC before and is quarantined or rejected now: one per From domain.
 * Returns their number. */
size_t trends_broken(const struct summary *summary, struct trend list[static TRENDS_MAX]);

/* Sources whose signatures of the author's domain passed before and fail now, whatever the
 * SPF result. */
size_t trends_mis_signed(const struct summary *summary, struct trend list[static TRENDS_MAX]);

/* Senders approved by the tenant whose mail passed DMARC before and fails now, with any
 * disposition. */
size_t trends_approved(const struct summary *summary, struct trend list[static TRENDS_MAX]);

/* Services that sent mail regularly and no longer do. */
size_t trends_gone(const struct summary *summary, struct trend list[static TRENDS_MAX]);

#endif
