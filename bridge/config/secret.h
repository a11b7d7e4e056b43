/* secret.h - reads passwords and keys from a file, a command or the environment
 *
 * SPDX-License-Identifier: MIT
 *
 * Reading a secret takes 30 seconds at most and ends when the program is stopped. A command
 * ends with all its children, unless they have left its process group.
 */
#ifndef BRIDGE_CONFIG_SECRET_H
#define BRIDGE_CONFIG_SECRET_H

#include "bridge/config/config.h"

/* Bytes of the longest secret, plus one. */
#define SECRET_LIMIT 8192

bool secret_is_given(const struct secret_config *from);

/* Writes the secret with its NUL; the caller must wipe it. One of the three sources must
 * be given. */
bool secret_fetch(const struct secret_config *from, const char *option,
		  char secret[static SECRET_LIMIT], struct error *err);

/* *secret stays NULL if no source is given. Uses only the first line. option names the
 * option family in errors ("password"). */
bool secret_read(const struct secret_config *from, const char *option, struct arena *arena,
		 const char **secret, struct error *err);

/* --- secrets that change: refresh tokens ------------------------------------
 *
 * The latest token is stored in the configured file. If the service manager provides a
 * credential of that name, a second line says which credential the token replaces: the
 * token has precedence over that credential, but not over another one that an
 * administrator has provided since. */

/* As secret_fetch(), but a stored token has precedence over the credential that it
 * replaced. */
bool secret_fetch_newest(const struct secret_config *from, const char *option,
			 char secret[static SECRET_LIMIT], struct error *err);

/* Replaces the file atomically, with the same owner and mode. RETRY: it cannot be written. */
bool secret_keep(const struct secret_config *from, const char *option, const char *secret,
		 struct error *err);

#endif
