/* utf8.h - UTF-8 validation
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include "base/slice.h"

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Returns the length (1 to 4) of the valid UTF-8 sequence at the start of text, or
 * 0: overlong forms, surrogates and values above U+10FFFF are invalid (RFC
 * 3629). */
size_t utf8_sequence(const char *text, size_t size);

bool utf8_valid(struct slice text);

/* Returns the longest prefix of at most size bytes that does not split a
 * sequence. */
struct slice utf8_prefix(struct slice text, size_t size);

/* Returns the code point of a valid sequence of this length. */
uint32_t utf8_code_point(const char *sequence, size_t length);

/* Returns the terminal columns of a valid sequence of this length: 2 for East Asian
 * wide characters (Unicode, UAX #11) and emoji, 0 for combining marks. */
unsigned utf8_columns(const char *sequence, size_t length);

/* Whether the sequence is a C0 or C1 control, or changes the writing direction and
 * so makes a name read as another. */
bool utf8_is_control(const char *sequence, size_t length);

#endif
