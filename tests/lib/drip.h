/* drip.h - an input that gives at most step bytes at a time, and cannot be
 * read anywhere but in order
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LIB_DRIP_H
#define TESTS_LIB_DRIP_H

#include "ingest/report/input.h"

struct input *drip_open(struct slice bytes, size_t step);

#endif
