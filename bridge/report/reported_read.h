/* reported_read.h - documents of reports, added up by domain for the domain check
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_REPORTED_READ_H
#define BRIDGE_REPORT_REPORTED_READ_H

#include "base/error.h"
#include "domain/reported.h"
#include "ingest/document/field.h"

struct reported_set;

/* For these domains; their names must outlive the set. */
struct reported_set *reported_set_new(const struct slice *domains, size_t count);
void reported_set_free(struct reported_set *set);

/* A document of ours, as JSON; others are passed over.  A report that failed
 * DKIM is no evidence. */
void reported_set_add(struct reported_set *set, struct slice json);

/* The members that are read, ended by FIELD_COUNT. */
extern const enum field reported_fields[];

/* All lines of a file: what "parse" prints, or the file output writes.  FATAL. */
bool reported_set_read(struct reported_set *set, const char *path, struct error *err);

/* NULL: no domain of the set. */
const struct reported *reported_set_of(const struct reported_set *set, struct slice domain);

#endif
