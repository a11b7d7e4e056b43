/* html_text.h - the text of an HTML page, as lines
 *
 * SPDX-License-Identifier: MIT
 *
 * Gateways turn plain notices and quoted reports into HTML.  Tags that break a
 * line become line ends, other tags go, the entities that stand for characters
 * of XML are undone.
 */
#ifndef INGEST_TEXT_HTML_TEXT_H
#define INGEST_TEXT_HTML_TEXT_H

#include "base/strbuf.h"

/* Adds the text, which is never longer than the page. */
void html_text_add(struct slice html, struct strbuf *out);

#endif
