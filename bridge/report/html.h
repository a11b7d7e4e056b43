/* html.h - writes text and figures as HTML
 *
 * SPDX-License-Identifier: MIT
 *
 * Untrusted text gets into HTML and into the text parts of messages only through these
 * functions.
 */
#ifndef BRIDGE_REPORT_HTML_H
#define BRIDGE_REPORT_HTML_H

#include <stdio.h>

#include "base/strbuf.h"

/* Escapes for element content and double-quoted attributes. Control characters,
 * bidirectional marks, invisible characters and invalid UTF-8 become U+FFFD; text after
 * `most` characters is replaced by an ellipsis. */
void html_text(FILE *out, struct slice text, size_t most);

/* The same for one line of plain text: escapes nothing; line ends and tabs become blanks. */
void plain_text(struct strbuf *out, struct slice text, size_t most);

/* Writes the text, as a link if url is an https address. */
void html_link(FILE *out, struct slice url, struct slice text, size_t most);

void html_number(FILE *out, uint64_t number);              /* 1,234 */
void html_share(FILE *out, uint64_t part, uint64_t whole); /* 96.1 %; a dash without a whole */
void html_day(FILE *out, int64_t unix_seconds);            /* 20 Nov 2026 */

#endif
