/* quirk_table.h - QUIRK(id, code, meaning), included by quirk.h and quirk.c
 *
 * SPDX-License-Identifier: MIT
 */

/* How the report was wrapped */
QUIRK(MIME_TYPE, "mime-type", "the part's content type is not the one the RFC names")
QUIRK(MIME_LIES, "mime-lies", "the part's content type names another format than the one inside")
QUIRK(TRAILING_DATA, "trailing-data", "bytes before the document, or after its end or that of the compressed data")
QUIRK(NESTED, "nested", "compressed twice, or inside a forwarded message")
QUIRK(GZIP_TRAILER, "gzip-trailer", "the gzip checksum at the end is missing or cut")
QUIRK(NAMED_DOMAIN, "named-domain", "there is no report, and the policy domain is that of the file's name")
QUIRK(GZIP_CUT, "gzip-cut", "the compressed data is cut off; what was there was read")
QUIRK(ZIP_CUT, "zip-cut", "the archive's table of contents is missing or damaged; members were read without it")

/* Who sent it */
QUIRK(DKIM_UNKNOWN, "dkim-unknown", "no trustworthy DKIM verdict about the report mail")
QUIRK(DKIM_DOMAIN, "dkim-domain", "signed by another domain of the same organisation")
QUIRK(UNAUTHENTICATED, "unauthenticated", "the report mail did not pass authentication")
QUIRK(SUBMITTER_DIFFERS, "submitter-differs", "TLS-Report-Submitter is not the domain of contact-info")
QUIRK(SENDER_DIFFERS, "sender-differs", "the mail's sender does not belong to the reporting organisation")

/* Both kinds */
QUIRK(NO_ORG, "no-org", "the reporting organisation is missing")
QUIRK(NO_CONTACT, "no-contact", "contact information is missing")
QUIRK(BAD_IP, "bad-ip", "text that is no IP address where one is due")
QUIRK(NO_PERIOD, "no-period", "the period is missing; filed under 1970")
QUIRK(DOMAIN_FORM, "domain-form", "where a domain is due: an address, a URL, a port, a comment, or text without a domain")
QUIRK(OLD_PERIOD, "old-period", "the period begins before the year 2000; filed under 1970")
QUIRK(TS_ORDER, "ts-order", "the period ends before it begins")
QUIRK(LIST_CUT, "list-cut", "a list was longer than a document can hold; its first values were kept")
QUIRK(PARTIAL, "partial", "the document is broken or cut off; what was complete before that was kept")

/* SMTP TLS reports (RFC 8460) */
QUIRK(DATE_NO_ZONE, "date-no-zone", "a date without time zone, read as UTC")
QUIRK(NO_DOMAIN, "no-domain", "policy-domain is missing")
QUIRK(MXHOST_FORM, "mxhost-form", "mx-host is a string or carries the prefix mx:")
QUIRK(POLICY_FORM, "policy-form", "policy-string is a string or JSON inside a string")
QUIRK(NO_COUNT, "no-count", "a count is missing")
QUIRK(KEY_ALIAS, "key-alias", "a member or element under a name that is not the RFC's")
QUIRK(BAD_NUMBER, "bad-number", "a count that is no whole number in range")
QUIRK(UNKNOWN_TYPE, "unknown-type", "a result or policy type that is not registered")
QUIRK(SUM_DIFFERS, "sum-differs", "failure details do not add up to the total")
QUIRK(MULTI_DOMAIN, "multi-domain", "policies of several domains in one report")
QUIRK(DUP_MEMBER, "dup-member", "a member occurs twice; the last one counts")
QUIRK(DETAILS_MISSING, "details-missing", "failures without any detail")
QUIRK(NO_POLICIES, "no-policies", "a report without policies")
QUIRK(NO_END, "no-end", "the end of the period is missing or no time")
QUIRK(MEMBER_FORM, "member-form", "a member of another JSON type than the RFC's")
QUIRK(JSON_REPAIRED, "json-repaired", "not JSON as it stands; read after a repair")
QUIRK(UNKNOWN_MEMBER, "unknown-member", "members that are in no RFC were skipped")

/* DMARC aggregate reports (RFC 7489, RFC 9990) */
QUIRK(ENCODING, "encoding", "the text is not UTF-8, or not in the encoding it declares")
QUIRK(XML_JUNK, "xml-junk", "bytes before or after the document")
QUIRK(XML_WRAPPED, "xml-wrapped", "the feedback element stands inside of another one")
QUIRK(XML_REPAIRED, "xml-repaired", "not well-formed; read after a repair")
QUIRK(XML_STRAY, "xml-stray", "a stray schema element was removed")
QUIRK(IDENTITIES, "identities", "identities in place of identifiers")
QUIRK(TWO_POLICIES, "two-policies", "several policy_published; the first one counts")
QUIRK(DISP_UNKNOWN, "disp-unknown", "a disposition that no RFC knows")
QUIRK(NO_DISPOSITION, "no-disposition", "a disposition that is missing or empty")
QUIRK(REASON_FORM, "reason-form", "an override reason that is malformed or unknown")
QUIRK(RESULT_ALIAS, "result-alias", "an authentication result under another name")
QUIRK(ALIGN_VALUE, "align-value", "an aligned result other than pass and fail")
QUIRK(ALIGN_DIFFERS, "align-differs", "aligned pass without a passing authentication result")
QUIRK(EMPTY_DKIM, "empty-dkim", "a dkim result without domain and result")
QUIRK(NO_IP, "no-ip", "a record without a valid source address")
QUIRK(NO_RECORDS, "no-records", "a report without records")
QUIRK(TS_FORM, "ts-form", "times that are not whole Unix seconds")
QUIRK(LONG_SPAN, "long-span", "the period is longer than 26 hours")
QUIRK(NO_RESULT, "no-result", "an authentication result is missing")
QUIRK(DUP_ELEMENT, "dup-element", "an element occurs twice; the first one counts")
QUIRK(UNKNOWN_ELEMENT, "unknown-element", "elements that are in no RFC were skipped")
QUIRK(BAD_COUNT, "bad-count", "a message count that is missing or out of range")
QUIRK(EMPTY_RECORD, "empty-record", "a record that says nothing; it counts no message")

/* DMARC failure reports (RFC 6591, RFC 9991) */
QUIRK(ARF_MIME, "arf-mime", "the feedback part is encoded or not in multipart/report")
QUIRK(NO_ARF, "no-arf", "a failure notice in plain text, without a feedback part")
QUIRK(ARF_MISSING, "arf-missing", "fields the RFC requires are missing")
QUIRK(NO_ARRIVAL, "no-arrival", "the arrival date is missing, unreadable or absurd; filed under the date of the report mail")
QUIRK(DELIVERY_FREE, "delivery-free", "free text as delivery result")
QUIRK(WRAPPED, "wrapped", "mangled on the way, by a mailing list for example")
