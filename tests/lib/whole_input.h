/* whole_input.h - all that an input holds
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WHOLE_INPUT_H
#define TESTS_WHOLE_INPUT_H

#include "base/strbuf.h"
#include "ingest/report/input.h"

/* From where it stands, read size bytes (at most 64) at a time. */
void whole_input(struct input *input, size_t size, struct strbuf *out);

#endif
