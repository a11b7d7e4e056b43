/* abort.h - assertions of tests that run in fibers
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LIB_ABORT_H
#define TESTS_LIB_ABORT_H

#include <stdlib.h>

/* To be called by main(): a failing assertion ends the program, after it is printed.  It
 * would jump from the stack of a fiber into cmocka, and the scheduler would wait for that
 * fiber for ever. */
static inline void assertions_abort(void)
{
	setenv("CMOCKA_TEST_ABORT", "1", 1);
}

#endif
