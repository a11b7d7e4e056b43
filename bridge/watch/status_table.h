/* status_table.h - status of a running bridge as a table for people
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_STATUS_TABLE_H
#define BRIDGE_WATCH_STATUS_TABLE_H

#include "bridge/watch/watched.h"

void status_table_write(const struct watched *watched, int64_t now, struct strbuf *out);

#endif
