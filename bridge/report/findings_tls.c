/* findings_tls.c - what SMTP TLS reports mean: mail to you
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
/* Below one failed session in this many, single broken connections explain it. */
#define RARE 200
/* So long a policy in mode testing has to be without failures to be ready. */
#define READY_DAYS 13
#define MOST 64

static enum tls_type type_of(struct slice type)
{
	return slice_is(type, "sts") ? TLS_STS : slice_is(type, "tlsa") ? TLS_DANE : TLS_OTHER;
}

/* The sender must not deliver over a connection that fails. */
static bool is_enforced(const struct tally *t)
{
	return slice_is(t->texts[FAILURE_TYPE], "tlsa") ||
	       (slice_is(t->texts[FAILURE_TYPE], "sts") &&
		slice_is(t->texts[FAILURE_MODE], "enforce"));
}

static bool is_rare(const struct summary *s, const struct tally *t)
{
	const uint64_t *sessions = s->sessions[type_of(t->texts[FAILURE_TYPE])];

	return t->counts[0] < (sessions[TLS_ENCRYPTED] + sessions[TLS_FAILED]) / RARE;
}

static enum finding_level level_of(const struct summary *s, const struct tally *t)
{
	const bool ended = t->last < s->last_tls - FINDING_ENDED;

	if (is_enforced(t))
		return ended || is_rare(s, t) ? FINDING_AT_RISK : FINDING_LOST;
	if (slice_is(t->texts[FAILURE_MODE], "testing"))
		return ended ? FINDING_WATCH : FINDING_AT_RISK;
	return FINDING_WATCH;
}

static struct slice title_of(struct findings *f, const struct tally *t, enum finding_level level)
{
	const char *domain = finding_name(f, t->texts[FAILURE_DOMAIN]);
	const char *host = finding_name(f, t->texts[FAILURE_HOST]);
	const char *what = level == FINDING_LOST ? "is not delivered"
			   : is_enforced(t)	 ? "was not always delivered"
			   : slice_is(t->texts[FAILURE_MODE], "testing")
				   ? "would not be delivered in mode enforce"
				   : "could not be encrypted as it should";

	if (!domain[0])
		return finding_text(f, "Some mail to you %s", what);
	return finding_text(f, "Mail to %s %s%s%s", domain, what, host[0] ? " over " : "",
			    host);
}

static const char *policy_name(struct findings *f, struct slice type, struct slice mode)
{
	if (slice_is(type, "sts") && mode.size > 0)
		return finding_text(f, "MTA-STS, mode %s", finding_name(f, mode)).data;
	return finding_name(f, policy_word(type));
}

static void add_failure(struct findings *f, const struct summary *s, const struct tally *t)
{
	const char *policy = policy_name(f, t->texts[FAILURE_TYPE], t->texts[FAILURE_MODE]);
	struct finding finding = {
		.level = level_of(s, t),
		.where = slice_of(finding_name(f, t->texts[FAILURE_HOST])),
		.why = t->texts[FAILURE_CAUSE],
		.effect = t->texts[FAILURE_EFFECT],
		.advice = t->texts[FAILURE_ADVICE],
		.weight = t->counts[0],
		.first = t->first,
		.last = t->last,
		.since_start = t->first <= s->first_tls,
	};
	const char *result = finding_name(f, t->texts[FAILURE_RESULT]);
	char number[NUMBER_TEXT_SIZE];

	finding.title = title_of(f, t, finding.level);
	finding.amount = finding_text(f, "%s failed session%s, %s, under %s",
				      number_text(t->counts[0], number), plural(t->counts[0]),
				      result, policy);
	if (t->counts[0] > 0)
		finding_add(f, &finding);
}

static void add_unprotected(struct findings *f, const struct finding_names *names, uint64_t sessions)
{
	finding_add(f, &(struct finding){
		.level = FINDING_WATCH,
		.title = finding_text(f, "Nothing protects the way of mail to %s",
				      finding_names_text(f, names)),
		.why = slice_of("Senders find neither an MTA-STS policy nor TLSA records (DANE). They "
				"encrypt when they can, and whoever sits between can make them send "
				"in the clear."),
		.advice = slice_of("Publish an MTA-STS policy, in mode testing first, and go to "
				   "enforce when the reports stay free of failures."),
		.weight = sessions,
	});
}

static void add_ready(struct findings *f, const struct finding_names *names, uint64_t sessions)
{
	finding_add(f, &(struct finding){
		.level = FINDING_WATCH,
		.title = finding_text(f, "%s %s ready for mode enforce", finding_names_text(f, names),
				      names->count == 1 ? "is" : "are"),
		.why = slice_of("The MTA-STS policy is in mode testing, which protects nothing, and no "
				"session has failed under it for two weeks or longer."),
		.advice = slice_of("Write \"mode: enforce\" into the policy, and change the id in the "
				   "_mta-sts record."),
		.weight = sessions,
	});
}

static bool is_ready(const struct tally *t)
{
	return slice_is(t->texts[2], "testing") && t->counts[TLS_FAILED] == 0 &&
	       t->last - t->first >= READY_DAYS * DAY;
}

static void add_policies(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count =
		tally_largest(summary_table(s, SUMMARY_TLS_POLICIES), TLS_ENCRYPTED, MOST, rows);
	struct finding_names unprotected = { .count = 0 }, ready = { .count = 0 };
	uint64_t sessions[2] = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		const bool none = slice_is(rows[i]->texts[1], "no-policy-found");

		if (rows[i]->texts[0].size == 0 || (!none && !is_ready(rows[i])))
			continue;
		finding_names_add(f, none ? &unprotected : &ready, rows[i]->texts[0]);
		sessions[none] = count_sum(sessions[none], rows[i]->counts[TLS_ENCRYPTED]);
	}
	if (unprotected.count > 0)
		add_unprotected(f, &unprotected, sessions[1]);
	if (ready.count > 0)
		add_ready(f, &ready, sessions[0]);
}

static void add_missing(struct findings *f)
{
	finding_add(f, &(struct finding){
		.level = FINDING_WATCH,
		.title = slice_of("Nobody reports about mail to you (SMTP TLS)"),
		.why = slice_of("There is no SMTP TLS report here, so whether mail to you can be "
				"delivered encrypted is not known."),
		.advice = slice_of("Publish a TXT record at _smtp._tls.<your domain>: v=TLSRPTv1; "
				   "rua=mailto:<this mailbox>. The first reports come after a day or "
				   "two."),
	});
}

void findings_of_tls(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(summary_table(s, SUMMARY_TLS_FAILURES), 0, MOST, rows);

	for (size_t i = 0; i < count; i++)
		add_failure(f, s, rows[i]);
	add_policies(f, s);
	if (!summary_has_tls(s) && s->documents > 0)
		add_missing(f);
}
