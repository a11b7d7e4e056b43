/* imap_guard.h - stops answers that would break their parser
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  libetpan reserves whatever a literal announces, up to 8 GiB, and
 * calls itself once per parenthesis of a BODYSTRUCTURE that nobody asked for.
 * The guard sees every byte before libetpan does.
 */
#ifndef MAILBOX_IMAP_GUARD_H
#define MAILBOX_IMAP_GUARD_H

#include <stdint.h>

#include "base/slice.h"

/* FETCH and NAMESPACE nest three levels. */
#define IMAP_GUARD_DEPTH 32

struct imap_guard {
	uint64_t literal; /* bytes of the running literal still to come */
	uint64_t number;  /* of the literal being announced */
	enum { IMAP_GUARD_TEXT, IMAP_GUARD_DIGITS, IMAP_GUARD_CLOSED } state;
	unsigned depth;	  /* of parentheses in the line */
	unsigned column;  /* of the line, as far as it matters */
	bool has_literals; /* a line that libetpan parses, not words for people */
};

/* Reads on.  Returns NULL, or why no more must be read.  literal_most: the
 * longest literal that may be announced. */
const char *imap_guard_feed(struct imap_guard *guard, struct slice bytes,
			    uint64_t literal_most);

#endif
