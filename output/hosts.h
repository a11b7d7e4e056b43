/* hosts.h - hosts of one cluster, and the choice of one
 *
 * SPDX-License-Identifier: MIT
 *
 * The first healthy host is used.  After a failure a host is not used for a
 * while, longer with each consecutive failure, and then gets a single request.
 * Pure: time and randomness are parameters.
 */
#ifndef OUTPUT_HOSTS_H
#define OUTPUT_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host {
	unsigned failures; /* in a row */
	int64_t retry_at;
	bool echoes;   /* it echoes the nonce of a request, as search servers do */
	bool probing;  /* a single request is in flight after a failure */
	bool unusable; /* a person must fix the cause of its last failure */
};

struct hosts {
	const char *const *urls; /* NULL-terminated, the preferred one first */
	struct host *hosts;
	size_t count;
};

void hosts_init(struct hosts *hosts, const char *const *urls);
void hosts_release(struct hosts *hosts);

enum host_outcome {
	HOST_HEALTHY,  /* answered, even if it refused the request */
	HOST_FAILING,  /* no answer, a server error, or an invalid answer */
	HOST_UNUSABLE, /* a person must correct the configuration first */
};

/* Chooses the host for one request; call hosts_report() when the request has ended,
 * whatever the result.  false: no host may be used now. */
bool hosts_choose(struct hosts *hosts, int64_t now, size_t *host);
void hosts_report(struct hosts *hosts, size_t host, enum host_outcome outcome, int64_t now,
		  uint32_t random);

/* Returns when to call hosts_choose() again; INT64_MAX: after a report. */
int64_t hosts_due(const struct hosts *hosts);

/* true: every host is HOST_UNUSABLE. */
bool hosts_all_unusable(const struct hosts *hosts);

#endif
