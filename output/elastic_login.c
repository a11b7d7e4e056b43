/* elastic_login.c - users and API keys of a search server, each with one role
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "output/json_tree.h"

#define PATH_LIMIT (2 * KIB)
#define BODY_LIMIT (4 * MIB)
#define USERS "/_security/user/"
#define INTERNAL_USERS "/_plugins/_security/api/internalusers/"
#define KEYS "/_security/api_key"

void elastic_password(char password[static PASSWORD_SIZE])
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char random[PASSWORD_SIZE - 1];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		abort();
	for (size_t i = 0; i < sizeof(random); i++)
		password[i] = alphabet[random[i] % 64];
	password[PASSWORD_SIZE - 1] = '\0';
	explicit_bzero(random, sizeof(random));
}

/* For requests that contain a secret. */
static bool ask_secretly(const struct elastic_login_for *login, const char *method,
			 const char *path, struct strbuf *body, struct http_answer *answer,
			 struct error *err)
{
	bool good = elastic_setup_send(login->server, method, path, strbuf_slice(body), answer,
				       err);

	explicit_bzero(body->buf, body->len);
	strbuf_release(body);
	return good && (answer->status == 200 || answer->status == 201 ||
			elastic_setup_unexpected(login->server, elastic_setup_url(login->server),
						 method, path, answer, "manage_security", err));
}

static void add_note(struct json_writer *jw, const char *key)
{
	jw_object(jw, key);
	jw_text(jw, "managed_by", "reportbridge");
	jw_end(jw);
}

static void add_role(struct json_writer *jw, const char *key, const char *role)
{
	jw_array(jw, key);
	jw_text(jw, NULL, role);
	jw_end(jw);
}

static void user_path(const struct elastic_login_for *login, const char *name, struct strbuf *path)
{
	strbuf_init(path, PATH_LIMIT);
	strbuf_add_text(path, login->flavour == FLAVOUR_OPENSEARCH ? INTERNAL_USERS : USERS);
	strbuf_add_text(path, name);
}

static bool put_user(const struct elastic_login_for *login, const char *name, const char *password,
		     struct error *err)
{
	const bool opensearch = login->flavour == FLAVOUR_OPENSEARCH;
	struct http_answer answer;
	struct strbuf path, body;
	struct json_writer jw;
	bool good;

	user_path(login, name, &path);
	strbuf_init(&body, PATH_LIMIT);
	jw_init(&jw, &body);
	jw_object(&jw, NULL);
	jw_text(&jw, "password", password);
	add_role(&jw, opensearch ? "opendistro_security_roles" : "roles", login->role);
	if (opensearch)
		jw_text(&jw, "description", "{\"managed_by\":\"reportbridge\"}");
	else
		add_note(&jw, "metadata");
	jw_end(&jw);
	good = ask_secretly(login, "PUT", path.buf, &body, &answer, err);
	strbuf_release(&path);
	return good;
}

bool elastic_user_put(const struct elastic_login_for *login, const char *password,
		      struct error *err)
{
	return put_user(login, login->name, password, err);
}

static bool delete_user(const struct elastic_login_for *login, const char *name, struct error *err)
{
	struct http_answer answer;
	struct strbuf path;
	bool good;

	user_path(login, name, &path);
	good = elastic_setup_ask(login->server, "DELETE", path.buf, (struct slice){ NULL, 0 },
				 &answer, err);
	strbuf_release(&path);
	return good;
}

/* --- keys --------------------------------------------------------------------------- */

static void begin_key(const struct elastic_login_for *login, struct json_writer *jw,
		      const char *key)
{
	jw_object(jw, key);
	jw_text(jw, "name", login->name);
	add_note(jw, "metadata");
}

static bool read_key(const struct http_answer *answer, struct strbuf *key, struct error *err)
{
	cleanup(json_free) struct json_object *root = json_parse(answer->body);
	const char *id = json_text(json_at(root, "id"));
	const char *secret = json_text(json_at(root, "api_key"));

	if (!id || !secret)
		return error_set(err, ERROR_FATAL,
				 "the server created an API key but did not return it");
	strbuf_add_format(key, "%s:%s", id, secret);
	return true;
}

static bool make_own_key(const struct elastic_login_for *login, struct strbuf *key,
			 struct error *err)
{
	struct http_answer answer;
	struct strbuf body;
	struct json_writer jw;

	strbuf_init(&body, BODY_LIMIT);
	jw_init(&jw, &body);
	begin_key(login, &jw, NULL);
	jw_object(&jw, "role_descriptors");
	jw_raw(&jw, "role", login->role_json);
	jw_end(&jw);
	jw_end(&jw);
	return ask_secretly(login, "POST", KEYS, &body, &answer, err) &&
	       read_key(&answer, key, err);
}

static bool grant_key(const struct elastic_login_for *login, const char *user, const char *password,
		      struct strbuf *key, struct error *err)
{
	struct http_answer answer;
	struct strbuf body;
	struct json_writer jw;

	strbuf_init(&body, PATH_LIMIT);
	jw_init(&jw, &body);
	jw_object(&jw, NULL);
	jw_text(&jw, "grant_type", "password");
	jw_text(&jw, "username", user);
	jw_text(&jw, "password", password);
	begin_key(login, &jw, "api_key");
	jw_end(&jw);
	jw_end(&jw);
	return ask_secretly(login, "POST", KEYS "/grant", &body, &answer, err) &&
	       read_key(&answer, key, err);
}

bool elastic_key_make(const struct elastic_login_for *login, struct strbuf *key, struct error *err)
{
	char password[PASSWORD_SIZE], name[256];
	struct error ignored;
	bool good;

	if (login->flavour == FLAVOUR_OPENSEARCH)
		return error_set(err, ERROR_FATAL,
				 "API keys are not supported for OpenSearch: create a user");
	if (login->flavour == FLAVOUR_SERVERLESS)
		return make_own_key(login, key, err);
	elastic_password(password);
	snprintf(name, sizeof(name), "%.200s-for-a-key-%.8s", login->name, password);
	good = put_user(login, name, password, err) && grant_key(login, name, password, key, err);
	/* Report only the first error. */
	if (!delete_user(login, name, good ? err : &ignored))
		good = false;
	explicit_bzero(password, sizeof(password));
	return good;
}

static bool is_good_key(struct json_object *key, const char *name)
{
	const char *owner = json_text(json_at(key, "metadata/managed_by"));
	const char *its_name = json_text(json_at(key, "name"));

	return owner && strcmp(owner, "reportbridge") == 0 && its_name &&
	       strcmp(its_name, name) == 0 && !json_object_get_boolean(json_at(key, "invalidated"));
}

bool elastic_keys_each(const struct elastic_login_for *login, elastic_key_fn *take, void *context,
		       struct error *err)
{
	struct json_object *root, *keys;
	struct http_answer answer;
	struct strbuf path;
	bool good;

	if (login->flavour == FLAVOUR_OPENSEARCH)
		return true;
	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, KEYS "?name=%s", login->name);
	good = elastic_setup_ask(login->server, "GET", path.buf, (struct slice){ NULL, 0 }, &answer,
				 err);
	strbuf_release(&path);
	if (!good)
		return false;
	root = json_parse(answer.body);
	keys = json_at(root, "api_keys");
	for (size_t i = 0; good && json_object_is_type(keys, json_type_array) &&
			   i < json_object_array_length(keys);
	     i++) {
		struct json_object *key = json_object_array_get_idx(keys, i);
		const char *id = json_text(json_at(key, "id"));

		if (id && is_good_key(key, login->name))
			good = take(context, id, err);
	}
	json_free(root);
	return good;
}

bool elastic_key_invalidate(const struct elastic_login_for *login, const char *id,
			    struct error *err)
{
	struct http_answer answer;
	struct strbuf body;
	struct json_writer jw;
	bool good;

	strbuf_init(&body, PATH_LIMIT);
	jw_init(&jw, &body);
	jw_object(&jw, NULL);
	add_role(&jw, "ids", id);
	jw_end(&jw);
	good = elastic_setup_ask(login->server, "DELETE", KEYS, strbuf_slice(&body), &answer, err);
	strbuf_release(&body);
	return good;
}
