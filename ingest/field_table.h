/* field_table.h - FIELD(id, name, type, kinds, meaning), see field.h
 *
 * SPDX-License-Identifier: MIT
 *
 * Names follow ECS where it has one and the RFCs' words elsewhere.
 */

/* --- every document --------------------------------------------------------- */
FIELD(TIMESTAMP, "@timestamp", DATE, IN_ALL, "start of the report's period")
FIELD(EVENT_START, "event.start", DATE, IN_ALL, "start of the report's period")
FIELD(EVENT_END, "event.end", DATE, IN_ALL, "end of the report's period")
FIELD(EVENT_INGESTED, "event.ingested", DATE, IN_ALL, "when the bridge read the report")
FIELD(EVENT_DATASET, "event.dataset", KEYWORD, IN_ALL, "kind of document: dmarc_aggregate, dmarc_failure, tlsrpt_policy, tlsrpt_failure, feed")
FIELD(EVENT_OUTCOME, "event.outcome", KEYWORD, IN_ALL, "success or failure of what the document counts")
FIELD(TENANT, "organization.name", KEYWORD, IN_ALL, "tenant that owns the domain")
FIELD(REPORT_ORGANIZATION, "report.organization", KEYWORD, IN_ALL, "who reported: the organisation's name, or what stands in for it")
FIELD(REPORT_ID, "report.id", KEYWORD, IN_ALL, "the reporter's id of the report, verbatim")
FIELD(REPORT_DIGEST, "report.digest", KEYWORD, IN_ALL, "SHA-256 of the report's normalised content")
FIELD(REPORT_QUIRKS, "report.quirks", KEYWORD, IN_ALL, "codes of the oddities met in the report")
FIELD(REPORT_CONTACT, "report.contact", KEYWORD, IN_REPORTS, "contact the report names")
FIELD(REPORT_DURATION, "report.duration", LONG, IN_REPORTS, "length of the period in seconds")
FIELD(REPORT_DKIM, "report.dkim", KEYWORD, IN_ALL, "DKIM verdict about the report mail: pass, fail, none or unknown")
FIELD(REPORT_SENDER, "report.sender", KEYWORD, IN_ALL, "domain of the report mail's From")

/* --- DMARC aggregate reports: RFC 7489, RFC 9990 ----------------------------- */
FIELD(DMARC_MESSAGE_COUNT, "dmarc.message_count", LONG, IN_AGGREGATE, "messages this record counts; sum this, never the documents")

/* --- DMARC failure reports: RFC 6591, RFC 9991 ------------------------------- */
FIELD(DMARC_INCIDENTS, "dmarc.incidents", LONG, IN_FAILURE, "incidents this report stands for; sum this, never the documents")

/* --- SMTP TLS reports: RFC 8460 ---------------------------------------------- */
FIELD(TLSRPT_SUCCESSFUL_SESSIONS, "tlsrpt.successful_sessions", LONG, IN_TLS_POLICY, "sessions with a policy-compliant TLS connection")
FIELD(TLSRPT_FAILED_SESSIONS, "tlsrpt.failed_sessions", LONG, IN_TLSRPT, "failed sessions: of the policy, or of this failure detail")

/* --- source of the mail a record is about; the rest is filled by enrichment -- */
FIELD(SOURCE_IP, "source.ip", IP, IN_REPORTS, "address that sent the mail")
FIELD(SOURCE_IP_RAW, "source.ip_raw", KEYWORD, IN_REPORTS, "text in place of an address")
FIELD(SOURCE_DOMAIN, "source.domain", KEYWORD, IN_REPORTS, "name of the address (reverse DNS)")
FIELD(SOURCE_AS_NUMBER, "source.as.number", LONG, IN_REPORTS, "autonomous system of the address")
FIELD(SOURCE_AS_ORGANIZATION, "source.as.organization.name", KEYWORD, IN_REPORTS, "holder of the autonomous system")
FIELD(SOURCE_GEO_COUNTRY, "source.geo.country_iso_code", KEYWORD, IN_REPORTS, "country of the address")
FIELD(SOURCE_GEO_LOCATION, "source.geo.location", GEO_POINT, IN_REPORTS, "place of the address")

/* --- feed: one document per mail and tenant ---------------------------------- */
FIELD(FEED_KIND, "feed.kind", KEYWORD, IN_FEED, "aggregate, failure, tlsrpt, or none when the mail held no report")
FIELD(FEED_REPORTS, "feed.reports", LONG, IN_FEED, "reports in the mail")
FIELD(FEED_DOCUMENTS, "feed.documents", LONG, IN_FEED, "documents made of them")
FIELD(FEED_REJECTS, "feed.rejects", LONG, IN_FEED, "pieces of the mail that could not be used")
FIELD(FEED_DOMAINS, "feed.domains", KEYWORD, IN_FEED, "policy domains in the mail")
FIELD(FEED_MESSAGES, "feed.messages", LONG, IN_FEED, "messages the reports count")
FIELD(FEED_SUCCESSFUL_SESSIONS, "feed.successful_sessions", LONG, IN_FEED, "successful sessions the reports count")
FIELD(FEED_FAILED_SESSIONS, "feed.failed_sessions", LONG, IN_FEED, "failed sessions the reports count")
FIELD(ERROR_CODE, "error.code", KEYWORD, IN_FEED | IN_TLS_FAILURE, "feed: reason of a refusal; TLS failure: result-type")
FIELD(ERROR_MESSAGE, "error.message", KEYWORD, IN_FEED | IN_TLS_FAILURE, "the same in plain words")
