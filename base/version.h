/* version.h - the version of the program and of its modules
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

extern const char program_version[];

#endif
