/* elastic_setup.h - requests of setup to a search server and Kibana
 *
 * SPDX-License-Identifier: MIT
 *
 * Requests are sent one at a time; each call waits for its answer.
 * setup_object.h writes the objects that stay on the server.
 */
#ifndef OUTPUT_ELASTIC_SETUP_H
#define OUTPUT_ELASTIC_SETUP_H

#include "base/strbuf.h"
#include "output/elastic_product.h"
#include "output/http.h"

struct elastic_setup;

/* Does not copy the settings, which must outlive it. */
struct elastic_setup *elastic_setup_new(const struct elastic_settings *settings);
void elastic_setup_free(struct elastic_setup *setup);

/* Returns the same connections for other requests. */
struct http *elastic_setup_http(struct elastic_setup *setup);

bool elastic_setup_product(struct elastic_setup *setup, enum elastic_flavour given,
			   struct elastic_product *product, struct error *err);

/* Returns the server in use. */
const char *elastic_setup_url(const struct elastic_setup *setup);

/* Sends any request to it; false: no answer. */
bool elastic_setup_send(struct elastic_setup *setup, const char *method, const char *path,
			struct slice body, struct http_answer *answer, struct error *err);

/* Turns an answer into an error that names method and path, and what to check: the
 * login, or the privilege (NULL: unknown).  Always returns false. */
bool elastic_setup_unexpected(const struct elastic_setup *setup, const char *url,
			      const char *method, const char *path,
			      const struct http_answer *answer, const char *privilege,
			      struct error *err);

/* Both in one call: false unless the answer is 200, or 404 for a GET. */
bool elastic_setup_ask(struct elastic_setup *setup, const char *method, const char *path,
		       struct slice body, struct http_answer *answer, struct error *err);

#endif
