/* elastic_login.h - users and API keys of a search server, each with one role
 *
 * SPDX-License-Identifier: MIT
 *
 * A key has no privilege that its owner lacks, and the login of setup may manage
 * indices but neither read nor write them.  So a user with the role is made for the
 * moment in which the key is asked for in its name, and deleted: the key outlives
 * it.  Serverless has no users; there the login of setup owns the key.  OpenSearch
 * has no API keys before 3.7.
 */
#ifndef OUTPUT_ELASTIC_LOGIN_H
#define OUTPUT_ELASTIC_LOGIN_H

#include "base/strbuf.h"
#include "output/setup_object.h"

/* A password of 32 random bytes, and a NUL. */
#define PASSWORD_SIZE 45

void elastic_password(char password[static PASSWORD_SIZE]);

struct elastic_login_for {
	struct elastic_setup *server;
	enum elastic_flavour flavour;
	const char *name; /* of the login */
	const char *role; /* its name */
	/* What it may do, as a role is written: where nobody with the role can own the key. */
	struct slice role_json;
};

/* A user of that name, or the password of the one that is there. */
bool elastic_user_put(const struct elastic_login_for *login, const char *password,
		      struct error *err);
bool elastic_user_delete(const struct elastic_login_for *login, struct error *err);

/* key: "id:key", appended; the caller wipes it.  FATAL: this server has none. */
bool elastic_key_make(const struct elastic_login_for *login, struct strbuf *key,
		      struct error *err);

/* The ids of the keys that we have made under this name and that are good. */
typedef bool elastic_key_fn(void *context, const char *id, struct error *err);
bool elastic_keys_each(const struct elastic_login_for *login, elastic_key_fn *take, void *context,
		       struct error *err);
bool elastic_key_invalidate(const struct elastic_login_for *login, const char *id,
			    struct error *err);

#endif
