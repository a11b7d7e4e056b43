/* login.c - how a search server is to know us
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/login.h"

#include <string.h>

#include "bridge/secret.h"

/* The ways to log in that a section speaks of. */
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
		       secret_is_given(&login->aws_secret_key_from),
	};
}

static bool login_agrees(const struct login_config *login, const char *prefix, struct error *err)
{
	const struct ways ways = ways_of(login);
	const char *scope = login->as.aws_sigv4, *slash = scope ? strchr(scope, '/') : NULL;

	if (ways.basic + ways.api_key + ways.token + ways.aws > 1)
		return error_set(err, ERROR_FATAL,
				 "one way to log in is all there can be: %suser, %sapi_key_file, "
				 "%stoken_file or %saws_sigv4",
				 prefix, prefix, prefix, prefix);
	if (scope && (!slash || slash == scope || !slash[1] || strchr(slash + 1, '/') ||
		      strchr(scope, ':')))
		return error_set(err, ERROR_FATAL,
				 "%saws_sigv4 is region/service, such as eu-west-1/es", prefix);
	return true;
}

bool logins_agree(const struct output_config *output, struct error *err)
{
	return login_agrees(&output->login, "", err) &&
	       login_agrees(&output->setup_login, "setup_", err);
}

bool login_is_given(const struct login_config *login)
{
	const struct ways ways = ways_of(login);

	return ways.basic || ways.api_key || ways.token || ways.aws ||
	       login->as.client_cert_file || login->as.client_key_file;
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
	return true;
}

bool login_read_secrets(struct login_config *login, const char *prefix, struct arena *arena,
			struct error *err)
{
	struct elastic_login *as = &login->as;

	return secret_read(&login->password_from, "password", arena, &as->password, err) &&
	       secret_read(&login->api_key_from, "api_key", arena, &as->api_key, err) &&
	       secret_read(&login->token_from, "token", arena, &as->token, err) &&
	       secret_read(&login->aws_access_key_from, "aws_access_key", arena,
			   &as->aws_access_key, err) &&
	       secret_read(&login->aws_secret_key_from, "aws_secret_key", arena,
			   &as->aws_secret_key, err) &&
	       all_there(as, prefix, err);
}
