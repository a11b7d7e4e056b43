/* html.h - text and figures for a page
 *
 * SPDX-License-Identifier: MIT
 *
 * The only way foreign text gets into HTML, and into the text parts of messages.
 */
#ifndef BRIDGE_REPORT_HTML_H
#define BRIDGE_REPORT_HTML_H

#include <stdio.h>

#include "base/strbuf.h"

/* Escaped for element content and double-quoted attributes.  Controls, marks
 * that turn the direction of writing, invisible characters and invalid UTF-8
 * become U+FFFD; after `most` characters an ellipsis ends it. */
void html_text(FILE *out, struct slice text, size_t most);

/* The same for plain text on one line: nothing is escaped, and line ends and
 * tabs become blanks. */
void plain_text(struct strbuf *out, struct slice text, size_t most);

/* The text, as a link where url is an https address. */
void html_link(FILE *out, struct slice url, struct slice text, size_t most);

void html_number(FILE *out, uint64_t number);		   /* 1,234 */
void html_share(FILE *out, uint64_t part, uint64_t whole); /* 96.1 %; a dash without a whole */
void html_day(FILE *out, int64_t unix_seconds);		   /* 20 Nov 2026 */

#endif
