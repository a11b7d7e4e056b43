/* login.h - how a search server is to know us
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_LOGIN_H
#define BRIDGE_CONFIG_LOGIN_H

#include "bridge/config/config.h"

/* Asked after each key, so that the error carries the line of the one that
 * does not go with the others. */
bool logins_agree(const struct output_config *output, struct error *err);

bool login_is_given(const struct login_config *login);

/* Reads the secrets, and notes which options to check when they are refused;
 * FATAL when one is missing.  prefix is what the keys begin with: "", "setup_" or "reader_". */
bool login_read_secrets(struct login_config *login, const char *prefix, struct arena *arena,
			struct error *err);

#endif
