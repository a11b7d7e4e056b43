/* exit_status.h - exit status of commands
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_EXIT_STATUS_H
#define BASE_EXIT_STATUS_H

enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,     /* some mail or document was refused */
	EXIT_USAGE = 2,       /* wrong arguments or configuration */
	EXIT_UNREACHABLE = 3, /* a service could not be reached */
	EXIT_FINDING = 4,     /* a finding selected by --fail-on */
};

#endif
