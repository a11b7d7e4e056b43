/* module.h - parts of the program that are loaded when a command needs them
 *
 * SPDX-License-Identifier: MIT
 *
 * Loading a library at every start costs milliseconds, so libraries that only some commands
 * call are linked to modules: shared objects in ../lib/reportbridge, seen from the directory
 * of the program.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include "base/error.h"

/* Loads a module, unless it is loaded. FATAL: it or one of its libraries is missing, or it is
 * of another version, because an upgrade has replaced the modules of the running program. */
bool module_load(const char *module, struct error *err);

/* Returns a function of a module, which it loads first. Exits with the error if it cannot. */
void *module_function(const char *module, const char *function);

/* From here on this process loads no module. */
void module_load_no_more(void);

/* Returns the path of the program; an upgrade puts the next version there. NULL: /proc is not
 * mounted. */
const char *program_path(void);

#endif
