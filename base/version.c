/* version.c - the version of the program and of its modules
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/version.h"

const char program_version[] = VERSION;
