/* reporter.h - names of reporters
 *
 * SPDX-License-Identifier: MIT
 *
 * "Google Inc." sends TLS reports and "google.com" DMARC reports: both are counted under one
 * name.
 */
#ifndef BRIDGE_REPORT_REPORTER_H
#define BRIDGE_REPORT_REPORTER_H

#include "base/slice.h"

/* The name to count reports of an organisation under: a constant, or the given name if it
 * is not in the table. */
struct slice reporter_name(struct slice organization);

#endif
