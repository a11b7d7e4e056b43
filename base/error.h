/* error.h - what went wrong, and what the caller should do about it
 *
 * SPDX-License-Identifier: MIT
 *
 * Every function that can fail returns bool, takes a struct error last and
 * fills it only on failure.  The text is complete enough to be logged as it
 * stands, and nothing in it steers a terminal.  The struct lives on the caller's
 * stack; there is nothing to free.
 * Out of memory is not an error but an abort (base/xalloc.h).
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum error_class {
	ERROR_NONE = 0,
	ERROR_REJECT, /* this input will never be good: set it aside */
	ERROR_RETRY,  /* a service is away: leave everything, try later */
	ERROR_FATAL,  /* the configuration or the program is wrong: stop */
};

struct error {
	enum error_class class;
	/* Of a REJECT: a word for machines such as "bad-xml" (a string
	 * constant), never NULL there; NULL in the other classes. */
	const char *reason;
	char text[512];
	/* Of a RETRY: a person must act, or it takes long: try seldom. */
	bool slow;
};

/* Fill err and return false: "return error_set(err, ERROR_RETRY, ...)". */
__attribute__((format(printf, 3, 4)))
bool error_set(struct error *err, enum error_class class, const char *format, ...);

/* The same for a REJECT, with its reason word. */
__attribute__((format(printf, 3, 4)))
bool error_reject(struct error *err, const char *reason, const char *format, ...);

/* Put "context: " in front of an error that is passed on; returns false. */
__attribute__((format(printf, 2, 3)))
bool error_context(struct error *err, const char *format, ...);

#endif
