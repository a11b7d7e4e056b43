/* name_lookup.h - DNS look-ups that do not block other fibers
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_NAME_LOOKUP_H
#define BASE_NAME_LOOKUP_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/strbuf.h"

/* More addresses than any client tries. */
#define HOST_ADDRESSES_MAX 16

struct host_address {
	struct sockaddr_storage address;
	socklen_t size;
};

/* Resolves host with /etc/hosts and name servers until deadline (clock_ms); a
 * numeric address is used as it is.  The addresses are in the order in which to try
 * them.  servers, such as "127.0.0.1:5353", replace the system's; NULL: the
 * system's.  RETRY: no such name, or no server answers. */
bool name_lookup(const char *host, uint16_t port, const char *servers, int64_t deadline,
		 struct host_address found[static HOST_ADDRESSES_MAX], size_t *count,
		 struct error *err);

/* The texts (TXT records) of a name. */
struct text_question {
	const char *name;
	int64_t deadline;     /* clock_ms */
	struct strbuf *texts; /* receives each text with a NUL; omits texts that do not fit */
	bool answered;        /* false: err has the reason */
	int64_t waited_ms;
	struct error err;
};

/* Queries all names at once; a name that does not exist or has no text gets none.
 * servers as above; /etc/hosts and search lists are not used. */
void text_lookup(struct text_question *questions, size_t count, const char *servers);

/* Whether servers is a comma-separated list of addresses, with or without ports. */
bool name_servers_are_good(const char *servers);

#endif
