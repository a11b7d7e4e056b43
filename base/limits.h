/* limits.h - limits on input
 *
 * SPDX-License-Identifier: MIT
 *
 * Each limit is checked before memory is allocated.  Input above a limit is
 * rejected with a reason of its own, never silently truncated.  These are the
 * defaults; limits that users may need to change are configuration options.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

/* RFC 7489 reporters keep to the 10 MB or so that mail servers accept; base64 adds
 * a third. */
#define LIMIT_MAIL_BYTES (50 * MIB)
/* Of one mail or file, all parts and archive members together.  Legitimate reports
 * compress up to 166:1, so this limit is absolute, not a ratio. */
#define LIMIT_UNPACKED_BYTES (256 * MIB)
/* Archives, gzip in gzip, message/rfc822 in message/rfc822. */
#define LIMIT_NESTING 16
#define LIMIT_MIME_PARTS 200
#define LIMIT_ARCHIVE_MEMBERS 1000
/* Memory for the data of one mail. */
#define LIMIT_ARENA_BYTES (8 * MIB)
/* RFC 9990 needs seven levels, extensions some more. */
#define LIMIT_XML_DEPTH 32
#define LIMIT_JSON_DEPTH 16
/* One text of a report: reason codes and comments are the longest. */
#define LIMIT_TEXT_BYTES (64 * KIB)
/* Stored text of one member: Lucene's limit of a term, in 4-byte characters. */
#define LIMIT_KEYWORD_CHARS 8191
/* Values of one list member of a document (dkim results, MX patterns). */
#define LIMIT_LIST_VALUES 100
/* Far below the limits of Lucene and HTTP servers; more connections help more than
 * larger bodies. */
#define LIMIT_BULK_BYTES (5 * MIB)
#define LIMIT_BULK_DOCUMENTS 5000
/* One document, its action line included. */
#define LIMIT_DOCUMENT_BYTES (1 * MIB)
/* A search server's answer to one bulk request. */
#define LIMIT_ANSWER_BYTES (16 * MIB)

#endif
