/* base64.h - base64 (RFC 4648) as it arrives in mail
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/slice.h"
#include "base/strbuf.h"

/* Bytes that text of this size decodes to at most. */
#define BASE64_DECODED_SIZE(size) ((size) / 4 * 3 + 3)

/* Decodes text into out, which holds BASE64_DECODED_SIZE(text.size) bytes, and
 * returns their number.  Lenient: what is not of the alphabet is skipped (RFC
 * 2045 section 6.8), padding may be missing, and text may go on behind it. */
size_t base64_decode(struct slice text, char *out);

/* On one line, with its padding. */
void base64_encode(struct strbuf *out, struct slice bytes);

#endif
