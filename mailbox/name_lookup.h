/* name_lookup.h - the addresses of a host, asked for without holding others up
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_NAME_LOOKUP_H
#define MAILBOX_NAME_LOOKUP_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

/* More than anybody tries. */
#define HOST_ADDRESSES_MAX 16

struct host_address {
	struct sockaddr_storage address;
	socklen_t size;
};

/* Asks /etc/hosts and the name servers of the system, until deadline
 * (clock_ms) at the latest; a numeric address is taken as it stands.  The
 * addresses come in the order they are to be tried.  servers, as in
 * "127.0.0.1:5353", are asked in place of the system's; NULL: those. RETRY:
 * there is no such name, or nobody tells. */
bool name_lookup(const char *host, uint16_t port, const char *servers, int64_t deadline,
		 struct host_address found[static HOST_ADDRESSES_MAX], size_t *count,
		 struct error *err);

#endif
