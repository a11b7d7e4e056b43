/* source_name.h - what to call the source of a document
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SOURCE_NAME_H
#define BRIDGE_REPORT_SOURCE_NAME_H

#include "bridge/report/document_view.h"

/* Who sent; else who delivered; else the host, the address, or the text in its
 * place.  Absent: the document has none. */
struct slice source_name(const struct document_view *view);

#endif
