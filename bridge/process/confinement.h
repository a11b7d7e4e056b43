/* confinement.h - confines a worker with Landlock and seccomp
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker reads hostile mail with a dozen third-party parsers. An attacker who takes one of
 * them over can read and write the directories of the configuration, read certificates and
 * libraries, and connect by TCP and UDP, but cannot open any other file, start a program or
 * process, access another process, or connect to a Unix socket.
 *
 * Landlock (Linux 5.19 and later) restricts files, seccomp restricts system calls. Files that
 * are already open stay open.
 */
#ifndef BRIDGE_PROCESS_CONFINEMENT_H
#define BRIDGE_PROCESS_CONFINEMENT_H

#include "bridge/config/config.h"

/* What this kernel does not support of it, for people; NULL: nothing. Static text. */
const char *confinement_lacks(void);

/* Confines the calling process for good, as far as the kernel supports it. FATAL: a
 * directory of the configuration cannot be opened, so the worker could not do its work. */
bool confinement_enter(const struct config *config, struct error *err);

/* Whether a file that the worker may read has been replaced, such as /etc/resolv.conf: the
 * worker cannot read the new one, so start another. */
bool confinement_is_stale(void);

#endif
