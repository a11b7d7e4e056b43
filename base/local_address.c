/* local_address.c - an address with a port, or the path of a Unix socket
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/local_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/slice.h"

static bool read_path(struct slice path, struct local_address *address)
{
	struct sockaddr_un *to = (struct sockaddr_un *)&address->address;

	if (path.size > (size_t)LOCAL_PATH_MAX)
		return false;
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, path.data, path.size);
	address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.size + 1);
	return true;
}

static bool read_host(const char *host, uint16_t port, struct local_address *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->address;

	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		address->size = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		address->size = sizeof(*v6);
		return true;
	}
	return false;
}

bool local_address_read(const char *text, struct local_address *address)
{
	const struct slice all = slice_of(text);
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	struct slice name;
	uint64_t port;

	*address = (struct local_address){ .size = 0 };
	if (text[0] == '/')
		return read_path(all, address);
	if (!colon || !slice_to_uint(slice_of(colon + 1), UINT16_MAX, &port))
		return false;
	name = slice_between(text, colon);
	if (name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']')
		name = (struct slice){ name.data + 1, name.size - 2 };
	if (name.size == 0 || name.size >= sizeof(host))
		return false;
	memcpy(host, name.data, name.size);
	host[name.size] = '\0';
	return read_host(host, (uint16_t)port, address);
}
