/* elastic_setup.c - index templates on a search server
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_setup.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "output/elastic_answer.h"
#include "output/http.h"

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
	http_free(setup->http);
	free(setup);
}

const char *setup_outcome_text(enum setup_outcome outcome)
{
	static const char *const texts[] = {
		[SETUP_CREATED] = "created",
		[SETUP_UPDATED] = "updated",
		[SETUP_CURRENT] = "up to date",
		[SETUP_KEPT_NEWER] = "kept: a newer version wrote it (--force overwrites)",
		[SETUP_KEPT_FOREIGN] = "kept: it was written by somebody else (--force overwrites)",
	};

	return texts[outcome];
}

static bool send_template(struct elastic_setup *setup, const char *name, struct slice json,
			  struct http_answer *answer, struct error *err)
{
	const char *url = setup->settings->urls[0];
	struct strbuf path;
	bool good;

	strbuf_init(&path, 1024);
	strbuf_add_format(&path, "/_index_template/%s", name);
	good = http_send(setup->http,
			 &(struct http_request){
				 .method = json.size > 0 ? "PUT" : "GET",
				 .url = url,
				 .path = path.buf,
				 .content_type = json.size > 0 ? "application/json" : NULL,
				 .body = json,
			 },
			 answer, err);
	strbuf_release(&path);
	return good;
}

static bool unexpected(const struct elastic_setup *setup, const char *name,
		       const struct http_answer *answer, struct error *err)
{
	char reason[256];

	elastic_answer_reason(answer->body, reason, sizeof(reason));
	return error_set(err, answer->status >= 500 || answer->status == 429 ? ERROR_RETRY
									      : ERROR_FATAL,
			 "%s: index template %s: HTTP status %u%s%s%s", setup->settings->urls[0],
			 name, answer->status, reason[0] ? ": " : "", reason,
			 answer->status == 401 || answer->status == 403
				 ? "; setup needs the privilege manage_index_templates"
				 : "");
}

bool elastic_setup_template(struct elastic_setup *setup, const char *name, struct slice json,
			    int64_t version, bool force, enum setup_outcome *outcome,
			    struct error *err)
{
	struct http_answer answer;
	struct elastic_template found;

	if (!send_template(setup, name, (struct slice){ NULL, 0 }, &answer, err))
		return false;
	if (answer.status != 200 && answer.status != 404)
		return unexpected(setup, name, &answer, err);
	if (answer.status == 200 && !elastic_answer_template(answer.body, &found, err))
		return error_context(err, "%s: index template %s", setup->settings->urls[0], name);
	*outcome = SETUP_CREATED;
	if (answer.status == 200) {
		*outcome = !found.ours		   ? SETUP_KEPT_FOREIGN
			   : found.version > version ? SETUP_KEPT_NEWER
			   : found.version == version ? SETUP_CURRENT
						      : SETUP_UPDATED;
		if (*outcome != SETUP_UPDATED && !force)
			return true;
		*outcome = SETUP_UPDATED;
	}
	if (!send_template(setup, name, json, &answer, err))
		return false;
	return answer.status == 200 || unexpected(setup, name, &answer, err);
}
