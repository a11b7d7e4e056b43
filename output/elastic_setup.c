/* elastic_setup.c - requests of setup to a search server and Kibana
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "output/elastic_answer.h"

struct elastic_setup {
	const struct elastic_settings *settings;
	struct http *http;
};

struct elastic_setup *elastic_setup_new(const struct elastic_settings *settings)
{
	struct elastic_setup *setup = xcalloc(1, sizeof(*setup));

	setup->settings = settings;
	setup->http = http_new(settings);
	return setup;
}

void elastic_setup_free(struct elastic_setup *setup)
{
	if (!setup)
		return;
	http_free(setup->http);
	free(setup);
}

bool elastic_setup_product(struct elastic_setup *setup, enum elastic_flavour given,
			   struct elastic_product *product, struct error *err)
{
	return elastic_product_detect(setup->http, setup->settings->urls[0], given, product, err);
}

struct http *elastic_setup_http(struct elastic_setup *setup)
{
	return setup->http;
}

const char *elastic_setup_url(const struct elastic_setup *setup)
{
	return setup->settings->urls[0];
}

bool elastic_setup_send(struct elastic_setup *setup, const char *method, const char *path,
			struct slice body, struct http_answer *answer, struct error *err)
{
	const struct http_request request = {
		.method = method,
		.url = setup->settings->urls[0],
		.path = path,
		.content_type = body.data ? "application/json" : NULL,
		.body = body,
	};

	return http_send(setup->http, &request, answer, err);
}

bool elastic_setup_unexpected(const struct elastic_setup *setup, const char *url,
			      const char *method, const char *path,
			      const struct http_answer *answer, const char *privilege,
			      struct error *err)
{
	const char *hint = http_login_hint(setup->http, answer->status), *lead = ": ";
	const size_t query = strcspn(path, "?");
	char reason[256];

	if (!hint && answer->status == 403 && privilege) {
		lead = ": the login needs the privilege ";
		hint = privilege;
	}
	reason[0] = '\0';
	if (answer->status != 401)
		elastic_answer_reason(answer->body, reason, sizeof(reason));
	/* The advice comes first: a server's reason may be too long for the
	 * line. */
	return error_set(err,
			 answer->status >= 500 || answer->status == 429 ? ERROR_RETRY : ERROR_FATAL,
			 "%s: %s %.*s: HTTP status %u%s%s%s%s", url, method, (int)query, path,
			 answer->status, hint ? lead : "", hint ? hint : "",
			 reason[0] ? "; it answers: " : "", reason);
}

/* Elasticsearch's name of the privilege, which OpenSearch administrators know too;
 * NULL: not a request about indices. */
static const char *index_privilege(const char *method, const char *path)
{
	if (path[0] != '/' || path[1] == '_')
		return NULL;
	return strcmp(method, "DELETE") == 0
		       ? "delete_index (setup_user or setup_api_key_file is a login for it)"
	       : strcmp(method, "GET") == 0 ? "view_index_metadata (setup_user or "
					      "setup_api_key_file is a login for it)"
					    : "manage, for indices";
}

bool elastic_setup_ask(struct elastic_setup *setup, const char *method, const char *path,
		       struct slice body, struct http_answer *answer, struct error *err)
{
	if (!elastic_setup_send(setup, method, path, body, answer, err))
		return false;
	if (answer->status == 200 || (answer->status == 404 && strcmp(method, "GET") == 0))
		return true;
	return elastic_setup_unexpected(setup, setup->settings->urls[0], method, path, answer,
					index_privilege(method, path), err);
}
