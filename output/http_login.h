/* http_login.h - authentication of requests, with curl
 *
 * SPDX-License-Identifier: MIT
 *
 * Used only by http.c.
 */
#ifndef OUTPUT_HTTP_LOGIN_H
#define OUTPUT_HTTP_LOGIN_H

#include <curl/curl.h>

#include "output/http.h"

/* Sets the login options of a handle for all its requests: certificate, password,
 * signature. */
void http_set_login(CURL *curl, const struct elastic_login *login);

/* Returns the header that contains a secret; NULL: there is none. */
struct curl_slist *http_login_header(const struct elastic_login *login);

/* Echoed by search servers. */
#define NONCE_HEADER "X-Opaque-Id"

/* Returns all headers of a request; own: the header above. */
struct curl_slist *http_headers(const struct elastic_login *login, struct curl_slist *own,
				const char *nonce, const struct http_request *request);

/* See http_login_hint(). */
const char *login_hint(const struct elastic_login *login, unsigned status);

#endif
