/* local_address.h - an address with a port, or the path of a Unix socket
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_LOCAL_ADDRESS_H
#define BASE_LOCAL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LOCAL_PATH_MAX ((int)sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

struct local_address {
	struct sockaddr_storage address;
	socklen_t size;
};

/* Parses "127.0.0.1:9464", "[::1]:9464" or "/run/some/socket"; host names are not
 * accepted.  false: none of these. */
bool local_address_read(const char *text, struct local_address *address);

#endif
