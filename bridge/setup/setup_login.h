/* setup_login.h - logins that are made for the roles of setup
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SETUP_SETUP_LOGIN_H
#define BRIDGE_SETUP_SETUP_LOGIN_H

#include "bridge/setup/setup.h"
#include "output/elastic_login.h"

enum setup_login { SETUP_LOGIN_USER, SETUP_LOGIN_KEY };

/* The login of the role of that tenant's readers (NULL: of run), which is called
 * as the role is. */
struct setup_login_names {
	struct strbuf name, role_json;
	struct elastic_login_for login;
};
void setup_login_names(struct setup *setup, const char *tenant, struct setup_login_names *names);
void setup_login_names_release(struct setup_login_names *names);

/* SETUP_USER or SETUP_OPENSEARCH_USER. */
enum setup_object setup_user_object(const struct setup *setup);

/* Makes a login.  secret: the password, or "id:key", appended; to be wiped by the
 * caller.  A user that is there gets a new password with force alone, and never
 * if somebody else made it. */
bool setup_login_make(struct setup *setup, const char *tenant, enum setup_login kind, bool force,
		      struct strbuf *secret, struct error *err);

/* The login of run, written to a file of mode 0600: an API key, on OpenSearch the
 * password of an internal user.  A file that is there is kept, unless force. */
bool setup_write_key(struct setup *setup, const char *path, bool force, struct error *err);

#endif
