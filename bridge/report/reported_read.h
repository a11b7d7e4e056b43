/* reported_read.h - sums report documents by domain for the domain check
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_REPORTED_READ_H
#define BRIDGE_REPORT_REPORTED_READ_H

#include "base/error.h"
#include "bridge/report/document_view.h"
#include "domain/reported.h"

struct reported_set;

/* The names of the domains must outlive the set. */
struct reported_set *reported_set_new(const struct slice *domains, size_t count);
void reported_set_free(struct reported_set *set);

/* Adds a document; ignores other JSON, and reports that failed DKIM, which are no
 * evidence. */
void reported_set_add(struct reported_set *set, const struct document_view *view);

/* Reads all lines of a file from "parse" or the file output. Errors are FATAL. */
bool reported_set_read(struct reported_set *set, const char *path, struct error *err);

/* NULL: the domain is not in the set. */
const struct reported *reported_set_of(const struct reported_set *set, struct slice domain);

#endif
