/* hosts.h - several URLs of one cluster, and which of them are well
 *
 * SPDX-License-Identifier: MIT
 *
 * The first one that is well is used.  One that failed is left alone for a
 * while, the longer the more often in a row, and then tried with one request.
 * Pure: time and randomness are parameters.
 */
#ifndef OUTPUT_HOSTS_H
#define OUTPUT_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host {
	unsigned failures; /* in a row */
	int64_t alone_until;
	bool tried;	/* with one request, after it had failed */
	bool hopeless;	/* its last failure was for a person to mend */
};

struct hosts {
	const char *const *urls; /* NULL-terminated, the preferred one first */
	struct host *hosts;
	size_t count;
};

void hosts_init(struct hosts *hosts, const char *const *urls);
void hosts_release(struct hosts *hosts);

enum host_outcome {
	HOST_WELL,     /* it answered, whatever it thinks of the request */
	HOST_BAD,      /* it is away, in trouble, or makes no sense */
	HOST_HOPELESS, /* it cannot be used until a person has mended something */
};

/* A host for one request; hosts_tell() is owed when that has ended, in whatever
 * way: one that is tried is asked nothing else before.  false: all of them are
 * to be left alone now. */
bool hosts_choose(struct hosts *hosts, int64_t now, size_t *host);
void hosts_tell(struct hosts *hosts, size_t host, enum host_outcome outcome, int64_t now,
		uint32_t random);

/* When hosts_choose() is worth asking again; INT64_MAX: after an outcome. */
int64_t hosts_due(const struct hosts *hosts);

/* No host is left that a person would not have to mend. */
bool hosts_hopeless(const struct hosts *hosts);

#endif
