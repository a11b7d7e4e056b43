/* answer.h - answers the paths of the HTTP listener
 *
 * SPDX-License-Identifier: MIT
 *
 *	/metrics	for Prometheus
 *	/healthz	the event loop is running
 *	/readyz		200 if everything is served, otherwise 503; JSON of what is not
 *	/status		the same for people, as a table
 */
#ifndef BRIDGE_WATCH_ANSWER_H
#define BRIDGE_WATCH_ANSWER_H

#include "bridge/watch/watched.h"

#define ANSWER_BYTES ((size_t)64 << 20)

/* Returns the HTTP status, 404 for other paths. accept: the Accept header, or NULL. */
unsigned answer_write(const struct watched *watched, const char *path, const char *accept,
		      int64_t now, struct strbuf *body, const char **content_type);

#endif
