/* html_text.h - converts an HTML page to lines of text
 *
 * SPDX-License-Identifier: MIT
 *
 * Gateways convert plain notices and quoted reports to HTML.  Tags that break a
 * line become line ends, other tags are removed, and the predefined XML entities
 * are decoded.
 */
#ifndef INGEST_TEXT_HTML_TEXT_H
#define INGEST_TEXT_HTML_TEXT_H

#include "base/strbuf.h"

/* Appends the text, which is never longer than the page. */
void html_text_add(struct slice html, struct strbuf *out);

#endif
