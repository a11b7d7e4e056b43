/* http_login.h - how requests tell who we are, in curl's words
 *
 * SPDX-License-Identifier: MIT
 *
 * For http.c alone.
 */
#ifndef OUTPUT_HTTP_LOGIN_H
#define OUTPUT_HTTP_LOGIN_H

#include <curl/curl.h>

#include "output/http.h"

/* What holds for all requests of a handle: certificate, password, signature. */
void http_set_login(CURL *curl, const struct elastic_login *login);

/* The header that holds a secret; NULL: there is none. */
struct curl_slist *http_login_header(const struct elastic_login *login);

/* Search servers echo it. */
#define NONCE_HEADER "X-Opaque-Id"

/* All headers of a request; own is the one above. */
struct curl_slist *http_headers(const struct elastic_login *login, struct curl_slist *own,
				const char *nonce, const struct http_request *request);

/* See http_login_hint(). */
const char *login_hint(const struct elastic_login *login, unsigned status);

#endif
