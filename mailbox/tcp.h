/* tcp.h - connects to a host by any of its addresses
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_TCP_H
#define MAILBOX_TCP_H

#include <stdint.h>

#include "base/error.h"

/* Tries the addresses of the host in turn, each for at most timeout_ms and all of
 * them, the look-up included, until deadline (clock_ms) or until the program is
 * stopping.  The descriptor is non-blocking and closed on exec. */
bool tcp_connect(const char *host, uint16_t port, int64_t timeout_ms, int64_t deadline, int *fd,
		 struct error *err);

#endif
