/* login.h - login to a search server
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_LOGIN_H
#define BRIDGE_CONFIG_LOGIN_H

#include "bridge/config/config.h"

/* Called after each key, so that the error has the line of the conflicting option. */
bool logins_agree(const struct output_config *output, struct error *err);

bool login_is_given(const struct login_config *login);

/* Reads the secrets, and notes which options to check if the login is refused; FATAL when
 * a secret is missing. prefix of the keys: "", "setup_" or "reader_". */
bool login_read_secrets(struct login_config *login, const char *prefix, struct arena *arena,
			struct error *err);

#endif
