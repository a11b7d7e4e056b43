/* step.h - the places where a test stops the program
 *
 * SPDX-License-Identifier: MIT
 *
 * A program that may be killed at any instruction is tested by killing it:
 * built with TEST_STEPS, each step_reached() counts, and the process ends at
 * once, without any cleanup, at the step whose number the environment variable
 * REPORTBRIDGE_STEP_LIMIT names.  With REPORTBRIDGE_STEP_LOG set to a file the
 * steps taken are written there.  A mail that holds the text of
 * REPORTBRIDGE_STEP_POISON ends the process when it is read, one that holds
 * the text of REPORTBRIDGE_STEP_ENDLESS is read for ever, and so does the step
 * that REPORTBRIDGE_STEP_STUCK names.  REPORTBRIDGE_STEP_CRASH and
 * REPORTBRIDGE_STEP_SPIN name a phase of a mailbox and the start of its name
 * ("opening evil"): there the process ends, or goes round for ever.  Otherwise nothing of this is
 * in the program.
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
