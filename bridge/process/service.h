/* service.h - what the service manager is told
 *
 * SPDX-License-Identifier: MIT
 *
 * The protocol of sd_notify(3): a datagram of lines NAME=VALUE.  Without a
 * service manager nothing happens.
 */
#ifndef BRIDGE_PROCESS_SERVICE_H
#define BRIDGE_PROCESS_SERVICE_H

#include <stdint.h>

__attribute__((format(printf, 1, 2))) void service_notify(const char *format, ...);

/* How often it wants to hear WATCHDOG=1 from this process; 0: not at all. */
int64_t service_watchdog_ms(void);

#endif
