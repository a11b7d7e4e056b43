/* utf8.h - is it UTF-8, and how far
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/slice.h"

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Length (1 to 4) of the valid UTF-8 sequence text begins with, or 0:
 * overlong forms, surrogates and values above U+10FFFF are not valid
 * (RFC 3629). */
size_t utf8_sequence(const char *text, size_t size);

bool utf8_valid(struct slice text);

/* The longest prefix of at most size bytes that does not cut a sequence. */
struct slice utf8_prefix(struct slice text, size_t size);

#endif
