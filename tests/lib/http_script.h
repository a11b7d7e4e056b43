/* http_script.h - a bulk interface that misbehaves as a script says
 *
 * SPDX-License-Identifier: MIT
 *
 * A forked child on a loopback port, a thread per connection.  It keeps the ids it has stored, as a
 * search server would, so that a test can ask what really got there.  One step
 * of the script per request; after the last one it behaves.
 */
#ifndef TESTS_LIB_HTTP_SCRIPT_H
#define TESTS_LIB_HTTP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum http_step_kind {
	HTTP_WELL,            /* stores everything, answers every item */
	HTTP_CLOSE,           /* closes without reading the request */
	HTTP_STORE_AND_CLOSE, /* stores everything, then closes without a word */
	HTTP_STORE_AND_CUT,   /* stores everything, sends half of the answer */
	HTTP_STATUS,          /* stores nothing; status, header and body as given */
	HTTP_EVERY_THIRD_429, /* stores the others */
	HTTP_ONE_ITEM_SHORT,  /* stores all but the last, and answers as many */
	HTTP_ONE_ITEM_MORE,   /* stores everything, answers one item too many */
	HTTP_ENDLESS,         /* an answer without end */
	HTTP_ALL_REFUSED,     /* stores nothing, answers 400 for every item */
	HTTP_SLOW,            /* stores everything, answers after status milliseconds */
	HTTP_RAW,             /* stores nothing; body is all that is sent, then closes */
	HTTP_EARLY_413,       /* as STATUS, without reading the request, then closes */
	HTTP_LIMIT,           /* for ever: 413 for a body above status bytes */
	HTTP_NO_MARK,         /* for ever: 400 for a request with "!" in a document */
	HTTP_ECHO,            /* as WELL, and echoes X-Opaque-Id, as search servers do */
	/* These store nothing and answer 201 for every item: */
	HTTP_OTHER_IDS,   /* with ids that were not sent */
	HTTP_NO_IDS,      /* without ids */
	HTTP_OTHER_NONCE, /* with another X-Opaque-Id */
	HTTP_NO_NONCE,    /* with the right ids alone */
	HTTP_NOOP,        /* stores nothing, answers 200 for every item */
};

struct http_step {
	enum http_step_kind kind;
	unsigned status;
	const char *header, *body;
	bool for_ever; /* of the last step: it does not behave afterwards */
};

struct http_script;

/* The steps must outlive it. */
struct http_script *http_script_start(const struct http_step *steps, size_t count);
void http_script_stop(struct http_script *script);

const char *http_script_url(const struct http_script *script);
unsigned http_script_connections(const struct http_script *script);
unsigned http_script_requests(const struct http_script *script);
/* The most requests that waited for a slow answer at the same time. */
unsigned http_script_most_at_once(const struct http_script *script);
bool http_script_has(const struct http_script *script, const char *id);
/* How many different ids are stored. */
size_t http_script_stored(const struct http_script *script);

#endif
