/* ask.h - requests the status of a running bridge
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

/* Sends GET path to the address, which is the value of `listen`; text has room for
 * ANSWER_BYTES and holds the answer. RETRY: no answer, or not from reportbridge; FATAL:
 * not an address, or "none". */
bool watch_ask(const char *address, const char *path, struct strbuf *text,
	       struct watch_answer *answer, struct error *err);

#endif
