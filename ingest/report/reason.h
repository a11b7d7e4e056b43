/* reason.h - reasons for refusing a mail or part
 *
 * SPDX-License-Identifier: MIT
 *
 * One word per reason: the reason of a REJECT, error.code of a feed document, and a
 * label of counters.  The words are stable: dashboards count them.
 */
#ifndef INGEST_REPORT_REASON_H
#define INGEST_REPORT_REASON_H

#include <stddef.h>

#define REASONS(REASON)                                                                      \
	REASON(NOT_A_REPORT, "not-a-report", "nothing in it is a report")                    \
	REASON(BAD_MIME, "bad-mime", "a mail without readable structure")                    \
	REASON(BAD_GZIP, "bad-gzip", "compressed data is damaged or truncated")              \
	REASON(BAD_ZIP, "bad-zip", "an archive is damaged or truncated")                     \
	REASON(BAD_XML, "bad-xml", "XML that cannot be read")                                \
	REASON(BAD_JSON, "bad-json", "JSON that cannot be read")                             \
	REASON(BAD_DATE, "bad-date", "the report's period is missing or impossible")         \
	REASON(CORRUPT, "corrupt",                                                           \
	       "XML as no reporter writes it: a document type, deep nesting, empty records") \
	REASON(TOO_LARGE, "too-large", "more bytes than the limits allow")                   \
	REASON(TOO_DEEP, "too-deep", "containers nested deeper than the limit")              \
	REASON(TOO_MANY_PARTS, "too-many-parts", "more parts or members than the limit")     \
	REASON(UNSUPPORTED, "unsupported", "a known format that is not supported")           \
	REASON(SIZE_NOTICE, "size-notice", "a notice that a report was too large to send")   \
	REASON(PLACEHOLDER, "placeholder",                                                   \
	       "a file that contains the word unused in place of a report")                  \
	REASON(UNREADABLE, "unreadable",                                                     \
	       "a mail that the server fails to return, set aside unread")                   \
	REASON(POISON, "poison", "a mail that crashed the program twice, set aside unread")

#define REASON(id, code, meaning) extern const char REASON_##id[sizeof(code)];
REASONS(REASON)
#undef REASON

struct reason {
	const char *code, *meaning;
};

/* All reasons, terminated by a NULL code. */
extern const struct reason reasons[];

/* Returns the index of a reason. */
size_t reason_number(const char *code);

#endif
