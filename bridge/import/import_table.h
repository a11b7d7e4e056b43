/* import_table.h - NOTHING(section, key, why): settings of parsedmarc without
 * a counterpart
 *
 * SPDX-License-Identifier: MIT
 *
 * key NULL: all others of the section.  why NULL: nothing needs to be said,
 * since it is always so here.
 */

NOTHING("general", "save_aggregate", "all that is read is stored")
NOTHING("general", "save_failure", "all that is read is stored")
NOTHING("general", "save_forensic", "all that is read is stored")
NOTHING("general", "save_smtp_tls", "all that is read is stored")
NOTHING("general", "fail_on_output_error", NULL)
NOTHING("general", "strip_attachment_payloads", NULL)
NOTHING("general", "silent", NULL)
NOTHING("general", "prettify_json", NULL)
NOTHING("general", "log_file", "the log goes to stderr, for the journal or whoever started the program")
NOTHING("general", "output", "write files with an [output NAME] of type = file")
NOTHING("general", "archive_directory", "the archive is made of folders of the mailbox")
NOTHING("general", "n_procs", "one process reads a mailbox faster than a server takes it")
NOTHING("general", "normalize_timespan_threshold_hours", "counts are never divided among days")
NOTHING("general", "offline", "addresses are not looked up")
NOTHING("general", "always_use_local_files", "nothing is ever downloaded")
NOTHING("general", "ip_db_path", "addresses are not looked up")
NOTHING("general", "ip_db_url", "nothing is ever downloaded")
NOTHING("general", "ipinfo_url", "nothing is ever downloaded")
NOTHING("general", "ipinfo_api_token", "addresses are not looked up")
NOTHING("general", "nameservers", "addresses are not looked up")
NOTHING("general", "dns_test_address", "addresses are not looked up")
NOTHING("general", "dns_timeout", "addresses are not looked up")
NOTHING("general", "dns_retries", "addresses are not looked up")
NOTHING("general", "local_reverse_dns_map_path", "addresses are not looked up")
NOTHING("general", "reverse_dns_map_url", "nothing is ever downloaded")
NOTHING("general", "local_psl_overrides_path", "the public suffix list of the system is used")
NOTHING("general", "psl_overrides_url", "nothing is ever downloaded")
NOTHING("general", "aggregate_json_filename", "write files with an [output NAME] of type = file")
NOTHING("general", "failure_json_filename", "write files with an [output NAME] of type = file")
NOTHING("general", "smtp_tls_json_filename", "write files with an [output NAME] of type = file")
NOTHING("general", "aggregate_csv_filename", "there is no CSV output")
NOTHING("general", "failure_csv_filename", "there is no CSV output")
NOTHING("general", "smtp_tls_csv_filename", "there is no CSV output")

NOTHING("mailbox", "watch", "'run' watches, 'run --once' ends when the mailbox is drained")
NOTHING("mailbox", "batch_size", "batches are as large as a request takes; all mails are read")
NOTHING("mailbox", "max_unsaved_retries", "a mail stays in the folder until its documents are answered")

NOTHING("imap", "max_retries", "retries are made until it works, with growing pauses")
NOTHING("maildir", "maildir_create", "a missing Maildir is an error")

NOTHING("elasticsearch", "number_of_shards", "one; change it in the index template")
NOTHING("elasticsearch", "number_of_replicas", "one where there is a second node; change it in the index template")
NOTHING("elasticsearch", "serverless", NULL)
NOTHING("opensearch", "number_of_shards", "one; change it in the index template")
NOTHING("opensearch", "number_of_replicas", "one where there is a second node; change it in the index template")

NOTHING("kafka", "aggregate_topic", "topics are topic_prefix and the kind: dmarc_aggregate, dmarc_failure, smtp_tls")
NOTHING("kafka", "failure_topic", "topics are topic_prefix and the kind: dmarc_aggregate, dmarc_failure, smtp_tls")
NOTHING("kafka", "forensic_topic", "topics are topic_prefix and the kind: dmarc_aggregate, dmarc_failure, smtp_tls")
NOTHING("kafka", "smtp_tls_topic", "topics are topic_prefix and the kind: dmarc_aggregate, dmarc_failure, smtp_tls")
NOTHING("kafka", "password", "without a user it says nothing")

NOTHING("msgraph", NULL, "no such mailbox; the same one by IMAP")
NOTHING("gmail_api", NULL, "no such mailbox; the same one by IMAP")
NOTHING("webhook", NULL, "no such output")
NOTHING("splunk_hec", NULL, "no such output")
NOTHING("syslog", NULL, "no such output")
NOTHING("gelf", NULL, "no such output")
NOTHING("s3", NULL, "no such output")
NOTHING("postgresql", NULL, "no such output")
NOTHING("log_analytics", NULL, "no such output")
NOTHING("smtp", NULL, "no summaries are mailed; 'parse --format summary' prints one")
