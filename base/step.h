/* step.h - test hooks that stop the program
 *
 * SPDX-License-Identifier: MIT
 *
 * The program may be killed at any instruction, and tests kill it: built with
 * TEST_STEPS, each step_reached() counts a step, and the process exits without
 * cleanup at the step whose number is in the environment variable
 * REPORTBRIDGE_STEP_LIMIT.  REPORTBRIDGE_STEP_LOG names a file that lists the
 * steps reached.
 *
 * Reading a mail that contains the text of REPORTBRIDGE_STEP_POISON exits the
 * process; reading one that contains the text of REPORTBRIDGE_STEP_ENDLESS
 * loops for ever, and so does the step named in REPORTBRIDGE_STEP_STUCK.
 * REPORTBRIDGE_STEP_CRASH and REPORTBRIDGE_STEP_SPIN name a phase of a mailbox
 * and the start of its name ("opening evil"), where the process exits or loops
 * for ever.  Without TEST_STEPS none of this is compiled in.
 */
#ifndef BASE_STEP_H
#define BASE_STEP_H

#include "base/slice.h"

#define STEP_EXIT_STATUS 99

#ifdef TEST_STEPS
void step_reached(const char *name);
void step_mail(struct slice raw);
void step_mailbox(const char *phase, const char *mailbox);
#else
static inline void step_reached(const char *name)
{
	(void)name;
}
static inline void step_mail(struct slice raw)
{
	(void)raw;
}
static inline void step_mailbox(const char *phase, const char *mailbox)
{
	(void)phase;
	(void)mailbox;
}
#endif

#endif
