/* error.h - error class and text
 *
 * SPDX-License-Identifier: MIT
 *
 * Every function that can fail returns bool, has a struct error as last
 * parameter and sets it only on failure.  The text can be logged unchanged and
 * contains no terminal control characters.  The struct lives on the caller's
 * stack; there is nothing to free.
 *
 * Running out of memory is not an error: the process aborts (base/xalloc.h).
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "base/printf_like.h"

enum error_class {
	ERROR_NONE = 0,
	ERROR_REJECT, /* this input will never be accepted: set it aside */
	ERROR_RETRY,  /* a service is unavailable: change nothing, try later */
	ERROR_FATAL,  /* the configuration or the program is wrong: stop */
};

struct error {
	enum error_class class;
	/* For REJECT: a machine-readable string constant such as "bad-xml", never
	 * NULL; NULL in the other classes. */
	const char *reason;
	char text[512];
	/* For RETRY: a person must act, or it takes long: retry rarely. */
	bool slow;
};

/* Sets err and returns false: "return error_set(err, ERROR_RETRY, ...)". */
PRINTF_LIKE(3, 4)
bool error_set(struct error *err, enum error_class class, const char *format, ...);

/* Sets a REJECT with its reason word; returns false. */
PRINTF_LIKE(3, 4)
bool error_reject(struct error *err, const char *reason, const char *format, ...);

/* Prepends "context: " to an error that is passed on; returns false. */
PRINTF_LIKE(2, 3)
bool error_context(struct error *err, const char *format, ...);

#endif
