/* scratch.h - a directory of a group of tests, for cmocka_run_group_tests()
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

extern char scratch_directory[];

int scratch_make(void **state);

/* With all that is in it. */
int scratch_remove(void **state);

#endif
