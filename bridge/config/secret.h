/* secret.h - passwords and keys from a file, a command or the environment
 *
 * SPDX-License-Identifier: MIT
 *
 * Whoever gives one has 30 seconds for it, and is not waited for any more when
 * the program is told to stop.  A command ends with all its children, unless they
 * have left its process group.
 */
#ifndef BRIDGE_CONFIG_SECRET_H
#define BRIDGE_CONFIG_SECRET_H

#include "bridge/config/config.h"

/* Bytes of the longest secret, and one. */
#define SECRET_LIMIT 8192

bool secret_is_given(const struct secret_config *from);

/* Writes the secret with its NUL; to be wiped.  One of the three ways is given. */
bool secret_fetch(const struct secret_config *from, const char *option,
		  char secret[static SECRET_LIMIT], struct error *err);

/* *secret stays NULL when none of the three ways is given.  Only the first
 * line counts.  option names the key family in errors ("password"). */
bool secret_read(const struct secret_config *from, const char *option, struct arena *arena,
		 const char **secret, struct error *err);

/* --- secrets that change: refresh tokens ------------------------------------
 *
 * The newest is kept in the configured file.  Where the service manager hands
 * over a credential of that name, a second line says which credential it
 * replaces: it goes before that one, but not before another that a person has
 * put there since. */

/* As secret_fetch(), but what was kept goes before what it replaced. */
bool secret_fetch_newest(const struct secret_config *from, const char *option,
			 char secret[static SECRET_LIMIT], struct error *err);

/* Replaces the file in one step, for the same readers.  false, RETRY: it cannot be
 * kept, and why. */
bool secret_keep(const struct secret_config *from, const char *option, const char *secret,
		 struct error *err);

#endif
