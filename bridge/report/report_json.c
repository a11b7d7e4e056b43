/* report_json.c - prints a summary of reports as JSON
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/report_json.h"

#include "base/limits.h"
#include "bridge/report/findings.h"
#include "bridge/report/periods.h"

/* For one report with forty findings. */
#define REPORT_BYTES ((size_t)4 * MIB)
#define DOMAINS 100
#define SENDERS 100

static void write_day(struct json_writer *jw, const char *key, int64_t when)
{
	char day[DATETIME_DAY_SIZE];

	datetime_format_day(when, day);
	jw_text(jw, key, day);
}

static void write_domains(struct json_writer *jw, const struct summary *s)
{
	const struct tally *rows[DOMAINS];
	const size_t count = tally_largest(summary_table(s, SUMMARY_DOMAINS), 0, DOMAINS, rows);

	jw_array(jw, "domains");
	for (size_t i = 0; i < count; i++)
		jw_string(jw, NULL, rows[i]->key);
	jw_end(jw);
}

static void write_dmarc(struct json_writer *jw, const char *key, const uint64_t *counts)
{
	jw_object(jw, key);
	jw_uint(jw, "messages", counts[DMARC_MESSAGES]);
	jw_uint(jw, "passed", counts[DMARC_PASSED]);
	jw_uint(jw, "failed", counts[DMARC_REFUSABLE]);
	jw_uint(jw, "failed_delivered", counts[DMARC_DELIVERED]);
	jw_uint(jw, "quarantined", counts[DMARC_QUARANTINED]);
	jw_uint(jw, "rejected", counts[DMARC_REJECTED]);
	jw_end(jw);
}

static void write_tls(struct json_writer *jw, const char *key,
		      const uint64_t sessions[TLS_TYPES][TLS_FAILED + 1])
{
	static const char *const names[] = { "sts", "tlsa", "other" };

	jw_object(jw, key);
	for (unsigned type = 0; type < TLS_TYPES; type++) {
		jw_object(jw, names[type]);
		jw_uint(jw, "encrypted_sessions", sessions[type][TLS_ENCRYPTED]);
		jw_uint(jw, "failed_sessions", sessions[type][TLS_FAILED]);
		jw_end(jw);
	}
	jw_end(jw);
}

static void write_period(struct json_writer *jw, const char *key, const struct summary *s,
			 const struct period *period)
{
	uint64_t dmarc[TALLY_COUNTS], tls[TLS_TYPES][TLS_FAILED + 1];

	for (unsigned i = 0; i < TALLY_COUNTS; i++)
		dmarc[i] = period_sum(summary_table(s, SUMMARY_DMARC_DAYS), i, period);
	for (unsigned i = 0; i < 2 * TLS_TYPES; i++)
		tls[i / 2][i % 2] = period_sum(summary_table(s, SUMMARY_TLS_DAYS), i, period);
	jw_object(jw, key);
	write_day(jw, "first", period->first);
	write_day(jw, "last", period->last);
	write_dmarc(jw, "dmarc", dmarc);
	write_tls(jw, "tls", (const uint64_t(*)[TLS_FAILED + 1]) tls);
	jw_end(jw);
}

static void write_figures(struct json_writer *jw, const struct summary *s)
{
	const struct periods periods = periods_of(s);

	jw_object(jw, "figures");
	jw_uint(jw, "reports", s->reports);
	jw_uint(jw, "repeated_reports", s->repeats);
	jw_uint(jw, "conflicting_reports", s->conflicts);
	jw_uint(jw, "failure_reports_messages", s->incidents);
	write_dmarc(jw, "dmarc", s->dmarc.counts);
	write_tls(jw, "tls", s->sessions);
	if (summary_has_period(s) && periods.days > 0) {
		write_period(jw, "this_period", s, &periods.now);
		write_period(jw, "period_before", s, &periods.before);
	}
	jw_end(jw);
}

static void write_sender(struct json_writer *jw, const struct tally *row)
{
	jw_object(jw, NULL);
	jw_string(jw, "name", row->texts[SERVICE_NAME]);
	jw_string(jw, "header_from", row->texts[SERVICE_AUTHOR]);
	jw_string(jw, "type", row->texts[SERVICE_TYPE]);
	jw_string(jw, "status", row->texts[SERVICE_STATUS]);
	jw_string(jw, "help", row->texts[SERVICE_HELP]);
	jw_uint(jw, "messages", row->counts[DMARC_MESSAGES]);
	jw_uint(jw, "passed", row->counts[DMARC_PASSED]);
	jw_uint(jw, "dkim_aligned", row->counts[DMARC_DKIM]);
	jw_uint(jw, "spf_aligned", row->counts[DMARC_SPF]);
	jw_uint(jw, "quarantined", row->counts[DMARC_QUARANTINED]);
	jw_uint(jw, "rejected", row->counts[DMARC_REJECTED]);
	if (tally_has_time(row)) {
		write_day(jw, "first_day", row->first);
		write_day(jw, "last_day", row->last);
	}
	jw_end(jw);
}

/* Rows that did not fit into the table are only in the sums. */
static void write_senders(struct json_writer *jw, const struct summary *s)
{
	const struct tally *rows[SENDERS];
	const size_t count = tally_largest(summary_table(s, SUMMARY_SOURCES), DMARC_MESSAGES,
					   SENDERS, rows);

	jw_array(jw, "senders");
	for (size_t i = 0; i < count; i++)
		if (rows[i]->texts[SERVICE_NAME].size > 0)
			write_sender(jw, rows[i]);
	jw_end(jw);
}

static void write_report(struct json_writer *jw, const struct summary *s, const char *tenant)
{
	struct findings findings;

	findings_init(&findings, s);
	jw_text(jw, "tenant", tenant);
	write_domains(jw, s);
	if (summary_has_period(s)) {
		write_day(jw, "first_day", s->first);
		write_day(jw, "last_day", s->last);
	}
	jw_object(jw, "verdict");
	jw_text(jw, "severity", severity_name(findings.severity));
	jw_string(jw, "text", findings.verdict);
	jw_bool(jw, "is_current", !findings.old);
	jw_end(jw);
	write_figures(jw, s);
	write_senders(jw, s);
	jw_array(jw, "findings");
	for (size_t i = 0; i < findings.count; i++)
		finding_write(jw, &findings.list[i]);
	jw_end(jw);
	jw_uint(jw, "findings_left_out", findings.more);
	findings_release(&findings);
}

void report_json_print(const struct summary_set *set, const char *tenant, FILE *out)
{
	struct json_writer jw;
	struct strbuf text;

	strbuf_init(&text, REPORT_BYTES * (set->count + 1));
	jw_init(&jw, &text);
	jw_object(&jw, NULL);
	jw_uint(&jw, "schema_version", REPORT_JSON_VERSION);
	jw_time(&jw, "as_of", set->now);
	if (!set->by_tenant)
		write_report(&jw, set->all, tenant);
	else
		jw_array(&jw, "tenants");
	for (size_t i = 0; i < set->count; i++) {
		jw_object(&jw, NULL);
		write_report(&jw, set->tenants[i].summary, set->tenants[i].tenant);
		jw_end(&jw);
	}
	if (set->by_tenant)
		jw_end(&jw);
	jw_end(&jw);
	fwrite(text.buf, 1, text.len, out);
	putc('\n', out);
	strbuf_release(&text);
}
