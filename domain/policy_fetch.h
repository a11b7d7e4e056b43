/* policy_fetch.h - fetches the MTA-STS policy file as a sender does
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_POLICY_FETCH_H
#define DOMAIN_POLICY_FETCH_H

#include <stdint.h>

#include "base/arena.h"

/* Limits of senders (RFC 8461 section 3.3). */
#define POLICY_OCTETS_MAX ((size_t)64 << 10)
#define POLICY_TIMEOUT_MS 60000

enum fetch_status {
	FETCH_DONE,    /* a response arrived: see http_status and the other members */
	FETCH_REFUSED, /* connection refused or reset */
	FETCH_TIMEOUT, /* not connected in time */
	FETCH_SLOW,    /* connected, but no complete response within a minute */
	FETCH_LARGE,
	FETCH_CERTIFICATE, /* see detail */
	FETCH_TLS,         /* any other TLS failure */
	FETCH_STOPPED,     /* the program is stopping, or the deadline has passed */
};

struct policy_request {
	const char *host;      /* mta-sts.example.com */
	const char *addresses; /* "192.0.2.1,[2001:db8::1]", already checked */
	uint16_t port;
	const char *ca_file; /* NULL: the system's */
	bool allow_private;
	int64_t deadline;   /* clock_ms */
	int64_t connect_ms; /* 0: default */
	int64_t whole_ms;   /* 0: a minute */
};

struct policy_answer {
	enum fetch_status status;
	unsigned http_status;
	struct slice location, content_type, body, detail;
};

/* Uses HTTPS, verifies chain and name, follows no redirect, uses no proxy, and connects
 * only to public addresses unless allow_private is set.  Texts live in the arena. */
void policy_fetch(const struct policy_request *request, struct arena *arena,
		  struct policy_answer *answer);

#endif
