/* metric_table.h - metrics of /metrics that are not counters of workers
 *
 * SPDX-License-Identifier: MIT
 *
 * METRIC(id, name, TYPE, PER, meaning), included by metrics.c; the counters are
 * in bridge/run/counter_table.h.  Names have no "reportbridge_" and no "_total".
 */

METRIC(READY, "ready", GAUGE, BRIDGE, "1: every mailbox and every required output is served")
METRIC(STARTED, "start_time_seconds", GAUGE, BRIDGE, "when the program was started, Unix time")
METRIC(WORKERS, "workers", GAUGE, BRIDGE, "processes that serve mailboxes now")
METRIC(DEATHS, "worker_deaths", COUNTER, BRIDGE, "workers that ended unexpectedly")
METRIC(STUCK, "workers_stuck", COUNTER, BRIDGE, "of these, workers that were killed because they hung")

METRIC(MAILBOX_SERVED, "mailbox_served", GAUGE, MAILBOX,
       "1: drained within its poll time and ready_within")
METRIC(MAILBOX_CONNECTED, "mailbox_connected", GAUGE, MAILBOX, "1: it is open")
METRIC(MAILBOX_PHASE, "mailbox_phase", GAUGE, PHASE, "1 for its current phase")
METRIC(MAILBOX_BACKLOG, "mailbox_backlog", GAUGE, MAILBOX,
       "known mails that are not settled")
METRIC(MAILBOX_LAST_SUCCESS, "mailbox_last_success_timestamp_seconds", GAUGE, MAILBOX,
       "when no mail was left in it, Unix time; 0: never")
METRIC(MAILBOX_LAST_MAIL, "mailbox_last_mail_timestamp_seconds", GAUGE, MAILBOX,
       "when a mail was settled, Unix time; 0: never")
METRIC(MAILBOX_MAILS, "mailbox_mails", COUNTER, MAILBOX, "mails settled")
METRIC(MAILBOX_FAILURES, "mailbox_failures", COUNTER, MAILBOX, "visits that failed")
METRIC(MAILBOX_IN_A_ROW, "mailbox_failures_in_a_row", GAUGE, MAILBOX,
       "failed visits since the last good one")
METRIC(MAILBOX_DEATHS, "mailbox_worker_deaths", COUNTER, MAILBOX,
       "workers that ended while they served it")

METRIC(OUTPUT_SERVED, "output_served", GAUGE, OUTPUT,
       "0: it is required and has not accepted all documents for longer than ready_within")
METRIC(OUTPUT_FAILING, "output_failing", GAUGE, OUTPUT,
       "1: the output did not accept the last batch, and mails wait")
METRIC(OUTPUT_BREAKER, "output_circuit_breaker", GAUGE, BREAKER,
       "1 for its state; waiting: the last batch was not accepted and is retried; open: an index refuses most documents, which are held")
METRIC(OUTPUT_QUEUED, "output_queue_documents", GAUGE, OUTPUT,
       "documents that have no answer yet")
METRIC(OUTPUT_REQUIRED, "output_required", GAUGE, OUTPUT, "1: mails wait for it")
METRIC(CERTIFICATE, "certificate_expires_timestamp_seconds", GAUGE, CERTIFICATE,
       "when a configured client certificate expires, Unix time")
METRIC(OUTPUT_LAST_SUCCESS, "output_last_success_timestamp_seconds", GAUGE, OUTPUT,
       "when every document of a batch was stored or refused, Unix time; 0: never")

METRIC(COMMAND_NEXT, "command_next_timestamp_seconds", GAUGE, COMMAND,
       "when the command of [schedule] is due, Unix time")
METRIC(COMMAND_RUNNING, "command_running", GAUGE, COMMAND, "1: it is running")
METRIC(COMMAND_FAILED, "command_failed", GAUGE, COMMAND, "1: its last run failed")
METRIC(COMMAND_LAST_SUCCESS, "command_last_success_timestamp_seconds", GAUGE, COMMAND,
       "when the last run that succeeded was started, Unix time; 0: never")
METRIC(COMMAND_RUNS, "command_runs", COUNTER, COMMAND, "times it was started")
METRIC(COMMAND_FAILURES, "command_failures", COUNTER, COMMAND, "of them, those that failed")
