/* elastic_login.h - users and API keys of a search server, each with one role
 *
 * SPDX-License-Identifier: MIT
 *
 * A key has no privilege that its owner lacks, and setup's login may manage
 * indices but neither read nor write them.  So setup creates a temporary user
 * with the role, creates the key as that user and deletes the user; the key
 * stays valid.  Serverless has no users; there setup's login owns the key.
 * OpenSearch has API keys since 3.7.
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
	/* Privileges as the JSON of a role, for servers where no user with the role
	 * can own the key. */
	struct slice role_json;
};

/* Creates a user of that name, or sets the password of an existing one. */
bool elastic_user_put(const struct elastic_login_for *login, const char *password,
		      struct error *err);

/* key: appends "id:key"; the caller wipes it.  FATAL: this server has no API
 * keys. */
bool elastic_key_make(const struct elastic_login_for *login, struct strbuf *key, struct error *err);

/* Called with the ids of the valid keys that we created under this name. */
typedef bool elastic_key_fn(void *context, const char *id, struct error *err);
bool elastic_keys_each(const struct elastic_login_for *login, elastic_key_fn *take, void *context,
		       struct error *err);
bool elastic_key_invalidate(const struct elastic_login_for *login, const char *id,
			    struct error *err);

#endif
