/* setup_login.h - creates logins for the roles of setup
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SETUP_SETUP_LOGIN_H
#define BRIDGE_SETUP_SETUP_LOGIN_H

#include "bridge/setup/setup.h"
#include "output/elastic_login.h"

enum setup_login { SETUP_LOGIN_USER, SETUP_LOGIN_KEY };

/* The login of the tenant's readers (NULL: of run); it has the name of the role. */
struct setup_login_names {
	struct strbuf name, role_json;
	struct elastic_login_for login;
};
void setup_login_names(struct setup *setup, const char *tenant, struct setup_login_names *names);
void setup_login_names_release(struct setup_login_names *names);

/* SETUP_USER or SETUP_OPENSEARCH_USER. */
enum setup_object setup_user_object(const struct setup *setup);

/* Creates a login. Appends the password or "id:key" to secret, which the caller must wipe.
 * An existing user gets a new password only with force, and never if somebody else created
 * it. */
bool setup_login_make(struct setup *setup, const char *tenant, enum setup_login kind, bool force,
		      struct strbuf *secret, struct error *err);

/* Writes the login of run to a file of mode 0600: an API key, on OpenSearch the password
 * of an internal user. Keeps an existing file unless force is set. */
bool setup_write_key(struct setup *setup, const char *path, bool force, struct error *err);

#endif
