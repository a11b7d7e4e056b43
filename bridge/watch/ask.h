/* ask.h - a running bridge is asked what it says of itself
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_ASK_H
#define BRIDGE_WATCH_ASK_H

#include "base/error.h"
#include "base/strbuf.h"

struct watch_answer {
	unsigned status;   /* of HTTP */
	struct slice body; /* in the buffer */
};

/* The answer to GET path from what listens at the address, which is that of
 * `listen`; text keeps it and holds ANSWER_BYTES.  RETRY: nobody answers, or
 * what answers is no reportbridge; FATAL: no address, or "none". */
bool watch_ask(const char *address, const char *path, struct strbuf *text,
	       struct watch_answer *answer, struct error *err);

#endif
