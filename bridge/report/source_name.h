/* source_name.h - the name of the source of a document
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SOURCE_NAME_H
#define BRIDGE_REPORT_SOURCE_NAME_H

#include "bridge/report/document_view.h"

/* The first that is present of sender, relay, host, address and the text in place of one;
 * otherwise absent. */
struct slice source_name(const struct document_view *view);

#endif
