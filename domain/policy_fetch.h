/* policy_fetch.h - the MTA-STS policy file, as a sender fetches it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_POLICY_FETCH_H
#define DOMAIN_POLICY_FETCH_H

#include <stdint.h>

#include "base/arena.h"

/* What senders tolerate (RFC 8461 section 3.3). */
#define POLICY_OCTETS_MAX ((size_t)64 << 10)
#define POLICY_TIMEOUT_MS 60000

enum fetch_status {
	FETCH_DONE,	   /* there was an answer: http_status and the rest */
	FETCH_REFUSED,	   /* nobody listens, or the connection broke */
	FETCH_TIMEOUT,	   /* no connection in time */
	FETCH_SLOW,	   /* connected, and not done within a minute */
	FETCH_LARGE,
	FETCH_CERTIFICATE, /* detail says which fault */
	FETCH_TLS,	   /* the handshake fails otherwise */
	FETCH_STOPPED,	   /* the program is told to stop, or time is up */
};

struct policy_request {
	const char *host;      /* mta-sts.example.com */
	const char *addresses; /* "192.0.2.1,[2001:db8::1]", checked by the caller */
	uint16_t port;
	const char *ca_file; /* NULL: the system's */
	bool allow_private;
	int64_t deadline; /* clock_ms */
	int64_t connect_ms; /* 0: the usual one */
	int64_t whole_ms;   /* 0: a minute */
};

struct policy_answer {
	enum fetch_status status;
	unsigned http_status;
	struct slice location, content_type, body, detail;
};

/* HTTPS only, chain and name verified, no redirect, no proxy, only addresses of
 * the public Internet unless allowed.  Texts live in the arena. */
void policy_fetch(const struct policy_request *request, struct arena *arena,
		  struct policy_answer *answer);

#endif
