/* figures.c - the key figures beside the verdict, with those of the previous period
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/figures.h"

#include "ingest/report/report.h"

struct listing {
	const struct periods *periods;
	struct figure *list;
	size_t count;
};

/* Adds a share for both periods, unless the current one has a whole of 0. */
static void add_share(struct listing *l, const char *name, const struct tally_table *days,
		      unsigned part, const unsigned whole[2], double well, double ill)
{
	struct figure *figure = &l->list[l->count];
	double share;

	*figure = (struct figure){ .name = name, .is_share = true };
	for (unsigned i = 0; i < 2; i++) {
		const struct period *period = i == 0 ? &l->periods->now : &l->periods->before;

		figure->part[i] = period_sum(days, part, period);
		figure->whole[i] = period_sum(days, whole[0], period);
		if (whole[1] != whole[0])
			figure->whole[i] = count_sum(figure->whole[i],
						     period_sum(days, whole[1], period));
	}
	if (figure->whole[0] == 0)
		return;
	share = (double)figure->part[0] / (double)figure->whole[0];
	figure->health = share >= well ? HEALTHY : share < ill ? ILL : UNWELL;
	l->count++;
}

static void add_count(struct listing *l, const char *name, const struct tally_table *days,
		      unsigned count, bool is_bad)
{
	struct figure *figure = &l->list[l->count++];

	*figure = (struct figure){ .name = name };
	figure->part[0] = period_sum(days, count, &l->periods->now);
	figure->part[1] = period_sum(days, count, &l->periods->before);
	figure->health = !is_bad ? UNJUDGED : figure->part[0] > 0 ? ILL : HEALTHY;
}

static uint64_t all_sessions(const struct summary *s, unsigned type)
{
	return count_sum(s->sessions[type][TLS_ENCRYPTED], s->sessions[type][TLS_FAILED]);
}

/* The policy type to show, since types must not be added: the one with most failures,
 * otherwise with most sessions. */
static enum tls_type main_type(const struct summary *s)
{
	enum tls_type best = TLS_STS;

	for (unsigned type = 0; type < TLS_TYPES; type++) {
		const uint64_t failed = s->sessions[type][TLS_FAILED];
		const uint64_t most = s->sessions[best][TLS_FAILED];

		if (failed > most ||
		    (failed == most && all_sessions(s, type) > all_sessions(s, best)))
			best = type;
	}
	return best;
}

static void add_sessions(struct listing *l, const struct summary *s)
{
	static const char *const encrypted[] = {
		[TLS_STS] = "Encrypted under MTA-STS",
		[TLS_DANE] = "Encrypted under DANE",
		[TLS_OTHER] = "Encrypted without a policy",
	};
	static const char *const failed[] = {
		[TLS_STS] = "Failed under MTA-STS",
		[TLS_DANE] = "Failed under DANE",
		[TLS_OTHER] = "Failed without a policy",
	};
	const struct tally_table *days = summary_table(s, SUMMARY_TLS_DAYS);
	const enum tls_type type = main_type(s);
	const unsigned good = 2 * type + TLS_ENCRYPTED, bad = 2 * type + TLS_FAILED;

	add_share(l, encrypted[type], days, good, (const unsigned[]){ good, bad }, 0.995, 0.95);
	/* without sessions 0 would look good */
	if (period_sum(days, good, &l->periods->now) > 0 ||
	    period_sum(days, bad, &l->periods->now) > 0)
		add_count(l, failed[type], days, bad, true);
}

size_t figures_of(const struct summary *s, const struct periods *periods,
		  struct figure list[static FIGURES_MAX])
{
	const struct tally_table *days = summary_table(s, SUMMARY_DMARC_DAYS);
	const unsigned whole[] = { DMARC_MESSAGES, DMARC_MESSAGES };
	struct listing l = { periods, list, 0 };

	if (summary_has_dmarc(s)) {
		add_share(&l, "Passed DMARC", days, DMARC_PASSED, whole, 0.98, 0.9);
		add_count(&l, "Messages from your domains", days, DMARC_MESSAGES, false);
	}
	if (summary_has_tls(s))
		add_sessions(&l, s);
	return l.count;
}

bool figure_has_before(const struct figure *figure, const struct periods *periods)
{
	return periods->days > 0 && (!figure->is_share || figure->whole[1] > 0);
}
