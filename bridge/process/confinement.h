/* confinement.h - a worker can do nothing but its work
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker reads hostile mail with a dozen foreign parsers.  Whoever takes one
 * of them over finds a process that may read and write the directories of the
 * configuration, read certificates and libraries, and connect by TCP and UDP.
 * It cannot open any other file, start a program or a process, look into
 * another process, or reach a Unix socket.
 *
 * Landlock (Linux 5.19 and later) holds the files, seccomp the system calls.
 * Files that stand open already stay open.
 */
#ifndef BRIDGE_PROCESS_CONFINEMENT_H
#define BRIDGE_PROCESS_CONFINEMENT_H

#include "bridge/config/config.h"

/* What this kernel cannot do of it, for people; NULL: nothing.  Text without an
 * owner. */
const char *confinement_lacks(void);

/* Confines the calling process for good.  Where the kernel lacks a part, the
 * rest is done.  FATAL: a directory of the configuration cannot be opened, and
 * the worker would be of no use. */
bool confinement_enter(const struct config *config, struct error *err);

/* A file that the worker may read has been replaced by another one, such as
 * /etc/resolv.conf: only a new worker can read that. */
bool confinement_is_stale(void);

#endif
