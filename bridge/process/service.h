/* service.h - notifies the service manager
 *
 * SPDX-License-Identifier: MIT
 *
 * The protocol of sd_notify(3): a datagram of lines NAME=VALUE. Does nothing without a
 * service manager.
 */
#ifndef BRIDGE_PROCESS_SERVICE_H
#define BRIDGE_PROCESS_SERVICE_H

#include <stdint.h>

#include "base/printf_like.h"

PRINTF_LIKE(1, 2)
void service_notify(const char *format, ...);

/* How often this process has to send WATCHDOG=1; 0: never. */
int64_t service_watchdog_ms(void);

#endif
