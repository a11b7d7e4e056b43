/* elastic_setup.h - requests of those who set up a search server and its Kibana
 *
 * SPDX-License-Identifier: MIT
 *
 * One at a time, each waited for.  What is left on the server is written by
 * setup_object.h.
 */
#ifndef OUTPUT_ELASTIC_SETUP_H
#define OUTPUT_ELASTIC_SETUP_H

#include "base/strbuf.h"
#include "output/elastic_product.h"
#include "output/http.h"

struct elastic_setup;

/* Settings are not copied and must outlive it. */
struct elastic_setup *elastic_setup_new(const struct elastic_settings *settings);
void elastic_setup_free(struct elastic_setup *setup);

/* The same connections for requests of another kind. */
struct http *elastic_setup_http(struct elastic_setup *setup);

bool elastic_setup_product(struct elastic_setup *setup, enum elastic_flavour given,
			   struct elastic_product *product, struct error *err);

/* The server that is asked. */
const char *elastic_setup_url(const struct elastic_setup *setup);

/* Any request to it; false: there is no answer. */
bool elastic_setup_send(struct elastic_setup *setup, const char *method, const char *path,
			struct slice body, struct http_answer *answer, struct error *err);

/* Makes an answer an error that names method and path, and what to check: the
 * login, or the privilege (NULL: not known).  Always false. */
bool elastic_setup_unexpected(const struct elastic_setup *setup, const char *url,
			      const char *method, const char *path,
			      const struct http_answer *answer, const char *privilege,
			      struct error *err);

/* Both: false unless the answer is 200, or 404 for a GET. */
bool elastic_setup_ask(struct elastic_setup *setup, const char *method, const char *path,
		       struct slice body, struct http_answer *answer, struct error *err);

#endif
