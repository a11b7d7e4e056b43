/* base64.h - base64 (RFC 4648) as found in mail
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/slice.h"
#include "base/strbuf.h"

/* Upper bound of the decoded size. */
#define BASE64_DECODED_SIZE(size) ((size) / 4 * 3 + 3)

/* Decodes text into out, which holds BASE64_DECODED_SIZE(text.size) bytes, and
 * returns the number of bytes.  Lenient: skips bytes outside the alphabet (RFC 2045
 * section 6.8), accepts missing padding and text after the padding. */
size_t base64_decode(struct slice text, char *out);

/* The same for a text in pieces: zero the state, decode each piece into
 * BASE64_DECODED_SIZE(size) bytes, then finish with the last group, up to 2 bytes. */
struct base64 {
	uint32_t bits;  /* of the incomplete group */
	unsigned count; /* its letters */
};
size_t base64_step(struct base64 *state, struct slice text, char *out);
size_t base64_finish(const struct base64 *state, char *out);

/* Encodes on one line, with padding. */
void base64_encode(struct strbuf *out, struct slice bytes);

#endif
