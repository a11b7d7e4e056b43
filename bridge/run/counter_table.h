/* counter_table.h - the counters of a worker, included by counters.h and counters.c
 *
 * SPDX-License-Identifier: MIT
 *
 * COUNTER(name, LABEL, LABEL, LABEL, meaning): only increases.
 * HISTOGRAM(name, LABEL, bounds, meaning): durations in milliseconds.
 * GAUGE(name, meaning): the current value; 0 after the worker has ended.
 *
 * The page /metrics, the event `counters` and the table of the manual are generated from this
 * table.
 */

COUNTER(mails, FATE, NONE, NONE, "mails settled, or kept to be retried")
COUNTER(rejected_mails, REASON, NONE, NONE,
	"mails with something in them that could not be read, by the first reason")
COUNTER(unrelated_mails, NONE, NONE, NONE,
	"mails in which nothing looks like a report, left where they are")
COUNTER(reports, REPORT, NONE, NONE, "reports in the mails that were settled")
COUNTER(quirks, QUIRK, NONE, NONE, "settled mails with a report in which the quirk was tolerated")
COUNTER(documents, DOCUMENT, OUTPUT, VERDICT, "answers about documents; one that is retried has several")
COUNTER(tenant_documents, TENANT, VERDICT, NONE,
	"of the tenant, where metrics_per_tenant is yes: answers about its documents, all outputs together")
COUNTER(tenant_reports, TENANT, REPORT, NONE,
	"likewise: reports, in mails that were settled, with records of its domains")
COUNTER(output_failures, OUTPUT, NONE, NONE,
	"batches with at least one document that was neither stored nor refused")
COUNTER(output_backoffs, OUTPUT, NONE, NONE, "pauses because an output was busy or unavailable")
COUNTER(key_lookups, LOOKUP, NONE, NONE, "keys of DKIM signatures that were needed, by their source")
COUNTER(name_lookups, LOOKUP, NONE, NONE, "names of source addresses that were needed, by their source")
COUNTER(partial_addresses, NONE, NONE, NONE,
	"source addresses whose name was not known in time; their documents are partial")
COUNTER(name_questions, NONE, NONE, NONE, "queries to name servers for names of source addresses")
COUNTER(name_failures, NONE, NONE, NONE, "of these, queries without a usable answer in time")

HISTOGRAM(batch_seconds, OUTPUT, batch_bounds, "from the first request of a batch to its last answer")
HISTOGRAM(report_lag_seconds, REPORT, lag_bounds,
	  "from the end of a report's period to the settling of its mail")

GAUGE(name_servers_paused, "workers that send no lookups for a minute, since no name server answers")
GAUGE(connected, "mailboxes that are open")
GAUGE(slots_used, "mailboxes that are being read")
GAUGE(slots_waiting, "mailboxes with mail that wait for a slot")
