/* version.h - the versions of the libraries that are in use
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_VERSION_H
#define BRIDGE_COMMANDS_VERSION_H

#include <stdio.h>

/* A line for each library: its name and version, as it says itself while it
 * runs, or "built with" the version of its headers where it does not say. */
void version_print_libraries(FILE *out);

#endif
