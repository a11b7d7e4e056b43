/* answer.h - what a watcher gets for a path
 *
 * SPDX-License-Identifier: MIT
 *
 *	/metrics	for Prometheus
 *	/healthz	the program goes round
 *	/readyz		200 when everything is served, else 503; JSON of what is not
 *	/status		the same for people, as a table
 */
#ifndef BRIDGE_WATCH_ANSWER_H
#define BRIDGE_WATCH_ANSWER_H

#include "bridge/watch/watched.h"

#define ANSWER_BYTES ((size_t)64 << 20)

/* Returns the status of HTTP, 404 for other paths.  accept: the header of that
 * name, or NULL. */
unsigned answer_write(const struct watched *watched, const char *path, const char *accept,
		      int64_t now, struct strbuf *body, const char **content_type);

#endif
