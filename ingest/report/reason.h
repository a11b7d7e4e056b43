/* reason.h - why something could not be used
 *
 * SPDX-License-Identifier: MIT
 *
 * One word per reason: the reason of a REJECT, error.code of a feed document
 * and a label of the counters.  The words are stable: dashboards count them.
 */
#ifndef INGEST_REPORT_REASON_H
#define INGEST_REPORT_REASON_H

#include <stddef.h>

#define REASONS(REASON)								\
	REASON(NOT_A_REPORT, "not-a-report", "nothing in it is a report")	\
	REASON(BAD_MIME, "bad-mime", "a mail without readable structure")	\
	REASON(BAD_GZIP, "bad-gzip", "compressed data is damaged or cut off")	\
	REASON(BAD_ZIP, "bad-zip", "an archive is damaged or cut off")		\
	REASON(BAD_XML, "bad-xml", "XML that cannot be read")			\
	REASON(BAD_JSON, "bad-json", "JSON that cannot be read")		\
	REASON(BAD_DATE, "bad-date", "the report's period is missing or impossible")	\
	REASON(TOO_LARGE, "too-large", "more bytes than the limits allow")	\
	REASON(TOO_DEEP, "too-deep", "containers nested deeper than the limit")	\
	REASON(TOO_MANY_PARTS, "too-many-parts", "more parts or members than the limit")	\
	REASON(UNSUPPORTED, "unsupported", "a format that is known and not read")	\
	REASON(SIZE_NOTICE, "size-notice", "a notice that a report was too large to send")	\
	REASON(PLACEHOLDER, "placeholder", "a file that holds the word unused in place of a report")	\
	REASON(UNREADABLE, "unreadable", "a mail the server fails to give, set aside unread")	\
	REASON(POISON, "poison", "a mail that ended the program twice, set aside unread")

#define REASON(id, code, meaning) extern const char REASON_##id[sizeof(code)];
REASONS(REASON)
#undef REASON

struct reason {
	const char *code, *meaning;
};

/* All of them, ended by a NULL code. */
extern const struct reason reasons[];

/* Where it stands among them. */
size_t reason_number(const char *code);

#endif
