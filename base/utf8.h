/* utf8.h - is it UTF-8, and how far
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/slice.h"

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Length (1 to 4) of the valid UTF-8 sequence text begins with, or 0:
 * overlong forms, surrogates and values above U+10FFFF are not valid
 * (RFC 3629). */
size_t utf8_sequence(const char *text, size_t size);

bool utf8_valid(struct slice text);

/* The longest prefix of at most size bytes that does not cut a sequence. */
struct slice utf8_prefix(struct slice text, size_t size);

/* The character that a valid sequence of this length is. */
uint32_t utf8_code_point(const char *sequence, size_t length);

/* Columns that a valid sequence of this length takes on a terminal: 2 for East
 * Asian wide characters (Unicode, UAX #11) and emoji, 0 for combining marks. */
unsigned utf8_columns(const char *sequence, size_t length);

/* Does it steer the text around it: C0 and C1 controls, and what changes the
 * direction of writing, so that a name reads as another one? */
bool utf8_is_control(const char *sequence, size_t length);

#endif
