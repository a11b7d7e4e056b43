/* version.h - the versions of the libraries that are in use
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_VERSION_H
#define BRIDGE_COMMANDS_VERSION_H

#include <stdio.h>

/* Prints a line for each library: its name and its version at run time, or "built with"
 * and the version of its headers if the library does not report one. */
void version_print_libraries(FILE *out);

#endif
