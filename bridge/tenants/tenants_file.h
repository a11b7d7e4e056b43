/* tenants_file.h - domains added to the tenants_file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_TENANTS_FILE_H
#define BRIDGE_TENANTS_TENANTS_FILE_H

#include "bridge/config/config.h"
#include "output/directory_lock.h"

struct tenants_file_change {
	const char *tenant;
	const char *const *domains; /* ended by NULL */
	bool force;	      /* domains may lie below or above those of others */
	size_t added, known;  /* how many were added; were there */
};

/* Adds a line for each domain that is not there, below what the file holds, under a
 * lock of its directory; the file is there whole, the old one or the new one, with
 * its owner and mode.  Read anew under the lock: config_file.  FATAL, and nothing is
 * changed: a domain that is none, a public suffix, somebody else's, or in their way. */
bool tenants_file_add(const char *config_file, struct tenants_file_change *change,
		      struct error *err);

#endif
