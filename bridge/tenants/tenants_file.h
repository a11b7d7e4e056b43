/* tenants_file.h - adds domains to the tenants_file
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
	bool force;                 /* allow domains below or above those of others */
	size_t added, known;        /* domains added; domains that were already there */
};

/* Appends a line for each new domain while holding a lock on the directory. Replaces the
 * file atomically and keeps owner and mode. Reads config_file again under the lock. FATAL,
 * and nothing is changed: not a domain, a public suffix, a domain of another tenant, or
 * one that overlaps with it. */
bool tenants_file_add(const char *config_file, struct tenants_file_change *change,
		      struct error *err);

#endif
