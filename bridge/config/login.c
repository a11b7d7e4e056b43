/* login.c - login to a search server
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/login.h"

#include <string.h>

#include "base/strbuf.h"
#include "bridge/config/secret.h"

/* The login methods that a section has options for. */
struct ways {
	bool basic, api_key, token, aws;
};

static struct ways ways_of(const struct login_config *login)
{
	return (struct ways){
		.basic = login->as.user || secret_is_given(&login->password_from),
		.api_key = secret_is_given(&login->api_key_from),
		.token = secret_is_given(&login->token_from),
		.aws = login->as.aws_sigv4 || secret_is_given(&login->aws_access_key_from) ||
		       secret_is_given(&login->aws_secret_key_from) ||
		       secret_is_given(&login->aws_session_token_from),
	};
}

static bool login_agrees(const struct login_config *login, const char *prefix, struct error *err)
{
	const struct ways ways = ways_of(login);
	const char *scope = login->as.aws_sigv4, *slash = scope ? strchr(scope, '/') : NULL;

	if (ways.basic + ways.api_key + ways.token + ways.aws > 1)
		return error_set(err, ERROR_FATAL,
				 "give only one login: %suser, %sapi_key_file, "
				 "%stoken_file or %saws_sigv4",
				 prefix, prefix, prefix, prefix);
	if (scope &&
	    (!slash || slash == scope || !slash[1] || strchr(slash + 1, '/') || strchr(scope, ':')))
		return error_set(err, ERROR_FATAL,
				 "%saws_sigv4 is region/service, such as eu-west-1/es", prefix);
	return true;
}

bool logins_agree(const struct output_config *output, struct error *err)
{
	return login_agrees(&output->login, "", err) &&
	       login_agrees(&output->setup_login, "setup_", err) &&
	       login_agrees(&output->reader_login, "reader_", err);
}

bool login_is_given(const struct login_config *login)
{
	const struct ways ways = ways_of(login);

	return ways.basic || ways.api_key || ways.token || ways.aws || login->as.client_cert_file ||
	       login->as.client_key_file;
}

static bool all_there(const struct elastic_login *as, const char *prefix, struct error *err)
{
	if (!as->user != !as->password)
		return error_set(err, ERROR_FATAL, "%suser and %spassword_file go together", prefix,
				 prefix);
	if (!as->client_cert_file != !as->client_key_file)
		return error_set(err, ERROR_FATAL,
				 "%sclient_cert_file and %sclient_key_file go together", prefix,
				 prefix);
	if (!as->aws_sigv4 != !as->aws_access_key || !as->aws_sigv4 != !as->aws_secret_key)
		return error_set(err, ERROR_FATAL,
				 "%saws_sigv4, %saws_access_key_file and %saws_secret_key_file go "
				 "together",
				 prefix, prefix, prefix);
	if (as->aws_session_token && !as->aws_sigv4)
		return error_set(err, ERROR_FATAL, "%saws_session_token_file goes with %saws_sigv4",
				 prefix, prefix);
	return true;
}

static void add_option(struct strbuf *list, bool given, const char *prefix, const char *option,
		       const char *ending)
{
	if (given)
		strbuf_add_format(list, "%s%s%s%s", list->len > 0 ? ", " : "", prefix, option,
				  ending);
}

static void add_secret(struct strbuf *list, const struct secret_config *from, const char *prefix,
		       const char *option)
{
	add_option(list, from->file, prefix, option, "_file");
	add_option(list, from->command, prefix, option, "_command");
	add_option(list, from->env, prefix, option, "_env");
}

/* Lists the options of the login for an error message. */
static const char *advice_of(const struct login_config *login, const char *prefix,
			     struct arena *arena)
{
	struct strbuf list, cure;
	const char *text;

	strbuf_init(&list, 1024);
	strbuf_init(&cure, 1024);
	add_option(&list, login->as.user, prefix, "user", "");
	add_secret(&list, &login->password_from, prefix, "password");
	add_secret(&list, &login->api_key_from, prefix, "api_key");
	add_secret(&list, &login->token_from, prefix, "token");
	add_option(&list, login->as.aws_sigv4, prefix, "aws_sigv4", "");
	add_secret(&list, &login->aws_access_key_from, prefix, "aws_access_key");
	add_secret(&list, &login->aws_secret_key_from, prefix, "aws_secret_key");
	add_secret(&list, &login->aws_session_token_from, prefix, "aws_session_token");
	add_option(&list, login->as.client_cert_file, prefix, "client_cert_file", "");
	if (list.len > 0)
		strbuf_add_format(&cure, "the login is refused: check %s", list.buf);
	else
		strbuf_add_text(&cure, "a login is wanted, and none is configured");
	text = arena_text(arena, strbuf_slice(&cure));
	strbuf_release(&list);
	strbuf_release(&cure);
	return text;
}

bool login_read_secrets(struct login_config *login, const char *prefix, struct arena *arena,
			struct error *err)
{
	struct elastic_login *as = &login->as;

	as->hint = advice_of(login, prefix, arena);
	return secret_read(&login->password_from, "password", arena, &as->password, err) &&
	       secret_read(&login->api_key_from, "api_key", arena, &as->api_key, err) &&
	       secret_read(&login->token_from, "token", arena, &as->token, err) &&
	       secret_read(&login->aws_access_key_from, "aws_access_key", arena,
			   &as->aws_access_key, err) &&
	       secret_read(&login->aws_secret_key_from, "aws_secret_key", arena,
			   &as->aws_secret_key, err) &&
	       secret_read(&login->aws_session_token_from, "aws_session_token", arena,
			   &as->aws_session_token, err) &&
	       all_there(as, prefix, err);
}
