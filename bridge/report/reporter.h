/* reporter.h - one organisation is one reporter
 *
 * SPDX-License-Identifier: MIT
 *
 * "Google Inc." sends TLS reports and "google.com" DMARC reports: the figures
 * of a reporter are kept under one name.
 */
#ifndef BRIDGE_REPORT_REPORTER_H
#define BRIDGE_REPORT_REPORTER_H

#include "base/slice.h"

/* The name that an organisation's reports are counted under: a constant, or
 * the name as it stands where it is not in the table. */
struct slice reporter_name(struct slice organization);

#endif
