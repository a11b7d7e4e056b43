/* exit_status.h - how a command ends
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_EXIT_STATUS_H
#define BASE_EXIT_STATUS_H

enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,     /* some mail or document was refused */
	EXIT_USAGE = 2,	      /* wrong arguments or configuration */
	EXIT_UNREACHABLE = 3, /* a service could not be reached */
	EXIT_FINDING = 4,     /* one that --fail-on asked for */
};

#endif
