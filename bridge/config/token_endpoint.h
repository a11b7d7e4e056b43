/* token_endpoint.h - sends a request to an OAuth server and reads its answer
 *
 * SPDX-License-Identifier: MIT
 *
 * RFC 6749 (tokens) and RFC 8628 (device authorization).
 */
#ifndef BRIDGE_CONFIG_TOKEN_ENDPOINT_H
#define BRIDGE_CONFIG_TOKEN_ENDPOINT_H

#include "base/strbuf.h"
#include "bridge/config/secret.h"

/* Zeroed by the caller, and wiped by it afterwards. */
struct token_answer {
	char member[40]; /* the last name seen */
	char token[SECRET_LIMIT], refresh_token[SECRET_LIMIT];
	bool bad_token, bad_refresh_token; /* present, but unusable */
	char used[SECRET_LIMIT];           /* the refresh token that was sent */
	char device_code[SECRET_LIMIT], user_code[64], address[256];
	char error[64], description[200];
	uint64_t seconds, interval; /* unchanged if absent from the answer */
};

/* Adds a form field, encoded. */
void token_field_add(struct strbuf *body, const char *name, const char *value);
/* The same with a secret. */
bool token_secret_add(struct strbuf *body, const char *name, const struct secret_config *from,
		      struct error *err);

/* Posts the form.  true: there is a token or a device code.  false: neither; where the
 * server says why, answer->error has its error code. */
bool token_endpoint_ask(const struct token_config *config, const char *url, struct slice body,
			struct token_answer *answer, struct error *err);

#endif
