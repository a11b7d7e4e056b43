/* setup_login.c - creates logins for the roles of setup
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/setup/setup_login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/replace_file.h"

#define NAME_LIMIT 512

enum setup_object setup_user_object(const struct setup *setup)
{
	return setup->product.flavour == FLAVOUR_OPENSEARCH ? SETUP_OPENSEARCH_USER : SETUP_USER;
}

void setup_login_names(struct setup *setup, const char *tenant, struct setup_login_names *names)
{
	strbuf_init(&names->name, NAME_LIMIT);
	strbuf_init(&names->role_json, 4 * MIB);
	setup_role_name(setup, tenant, &names->name);
	setup_role_json(setup, tenant, &names->role_json);
	names->login = (struct elastic_login_for){
		.server = setup->server,
		.flavour = setup->product.flavour,
		.name = names->name.buf,
		.role = names->name.buf,
		.role_json = strbuf_slice(&names->role_json),
	};
}

void setup_login_names_release(struct setup_login_names *names)
{
	strbuf_release(&names->name);
	strbuf_release(&names->role_json);
}

static bool may_make_user(struct setup *setup, const char *name, bool force, struct error *err)
{
	const struct setup_listing *users;
	const struct setup_listed *user;

	if (!setup_objects_list(setup->objects, setup_user_object(setup), &users, err))
		return false;
	user = setup_listing_find(users, name);
	if (user && !user->object.ours)
		return error_set(err, ERROR_FATAL, "user %s was created by somebody else", name);
	if (user && !force)
		return error_set(err, ERROR_FATAL,
				 "user %s is there already; --force gives it a new password", name);
	return true;
}

bool setup_login_make(struct setup *setup, const char *tenant, enum setup_login kind, bool force,
		      struct strbuf *secret, struct error *err)
{
	char password[PASSWORD_SIZE];
	struct setup_login_names names;
	bool good;

	setup_login_names(setup, tenant, &names);
	if (kind == SETUP_LOGIN_KEY) {
		good = elastic_key_make(&names.login, secret, err);
	} else {
		elastic_password(password);
		good = may_make_user(setup, names.name.buf, force, err) &&
		       elastic_user_put(&names.login, password, err);
		if (good)
			strbuf_add_text(secret, password);
		explicit_bzero(password, sizeof(password));
	}
	setup_login_names_release(&names);
	return good || error_context(err, "a login for the role %s", tenant ? tenant : "of run");
}

/* --- the login of run ------------------------------------------------------------------ */

/* Opened before the key is created, since a key that cannot be saved would be lost. */
static int open_directory(const char *path, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct strbuf directory;
	int fd;

	strbuf_init(&directory, 4096);
	if (slash)
		strbuf_add(&directory, path, (size_t)(slash - path) + 1);
	else
		strbuf_add_text(&directory, ".");
	*name = slash ? slash + 1 : path;
	fd = open(directory.buf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		error_set(err, ERROR_FATAL, "%s: %s", directory.buf, strerror(errno));
	strbuf_release(&directory);
	return fd;
}

static void print_login(const struct setup *setup, const char *role, const char *path)
{
	const bool opensearch = setup->product.flavour == FLAVOUR_OPENSEARCH;
	const struct login_config *login = &setup->output->login;
	const char *file = opensearch ? login->password_from.file : login->api_key_from.file;
	const char *user = opensearch ? login->as.user : NULL;

	printf("login of run: %s %s, in %s",
	       opensearch ? "password of the internal user" : "API key", role, path);
	if (opensearch && (!file || strcmp(file, path) != 0 || !user || strcmp(user, role) != 0))
		printf("; put user = %s and password_file = %s into [output %s]", role, path,
		       setup->output->name);
	else if (!opensearch && (!file || strcmp(file, path) != 0))
		printf("; put api_key_file = %s into [output %s]", path, setup->output->name);
	putchar('\n');
}

static bool make_and_keep(struct setup *setup, int directory, const char *path, const char *name,
			  bool force, struct error *err)
{
	const bool opensearch = setup->product.flavour == FLAVOUR_OPENSEARCH;
	struct strbuf secret, role;
	bool good;

	strbuf_init(&secret, NAME_LIMIT);
	strbuf_init(&role, NAME_LIMIT);
	setup_role_name(setup, NULL, &role);
	good = setup_login_make(setup, NULL, opensearch ? SETUP_LOGIN_USER : SETUP_LOGIN_KEY, force,
				&secret, err);
	if (good) {
		strbuf_add_byte(&secret, '\n');
		good = replace_file(directory, name, strbuf_slice(&secret), 0600, err);
	}
	if (good)
		print_login(setup, role.buf, path);
	explicit_bzero(secret.buf, secret.len);
	strbuf_release(&secret);
	strbuf_release(&role);
	return good;
}

bool setup_write_key(struct setup *setup, const char *path, bool force, struct error *err)
{
	const char *name;
	int directory;
	bool good = true;

	directory = open_directory(path, &name, err);
	if (directory < 0)
		return false;
	if (!force && faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		printf("login of run: %s is there already and was kept (--force makes another)\n",
		       path);
	else
		good = make_and_keep(setup, directory, path, name, force, err);
	close(directory);
	return good;
}
