/* name_lookup.h - what name servers know, asked without holding others up
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_NAME_LOOKUP_H
#define BASE_NAME_LOOKUP_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/strbuf.h"

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

/* The texts (TXT records) of a name. */
struct text_question {
	const char *name;
	int64_t deadline;      /* clock_ms */
	struct strbuf *texts;  /* gets each with a NUL after it; without those for which there is no room */
	bool told;	       /* the answer: false: nobody tells, and err says why */
	int64_t waited_ms;
	struct error err;
};

/* Asks them all at once; a name that is not there, or has no text, has none.
 * servers as above; /etc/hosts and search lists do not count. */
void text_lookup(struct text_question *questions, size_t count, const char *servers);

/* Are they addresses, with or without ports, and commas between? */
bool name_servers_are_good(const char *servers);

#endif
