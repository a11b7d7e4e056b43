/* kibana.c - Kibana and OpenSearch Dashboards: saved objects and alert rules
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/kibana.h"

#include <stdio.h>

#include "base/limits.h"
#include "output/elastic_answer.h"

#define PATH_LIMIT KIB
#define MONITORS "/_plugins/_alerting/monitors"
/* Separates the parts of an import; no line of the saved objects starts with it. */
#define BOUNDARY "reportbridge-saved-objects"

static bool ask(const struct kibana *kibana, const char *space, struct http_request *request,
		struct http_answer *answer, struct error *err)
{
	char tenant[128];
	/* Kibana requires this header for each changing request. */
	/* Kibana 9 treats its settings API as internal. */
	const char *const kibana_headers[] = { "kbn-xsrf: true",
					       "x-elastic-internal-origin: reportbridge", NULL };
	const char *const opensearch_headers[] = { "osd-xsrf: true", tenant, NULL };

	snprintf(tenant, sizeof(tenant), "securitytenant: %s", space);
	request->headers = kibana->opensearch ? opensearch_headers : kibana_headers;
	return http_send(kibana->http, request, answer, err);
}

static bool unexpected(const struct http_request *request, const struct http_answer *answer,
		       struct error *err)
{
	const bool later = answer->status >= 500 || answer->status == 429;
	char message[512];

	elastic_answer_message(answer->body, message, sizeof(message));
	if (!message[0])
		elastic_answer_reason(answer->body, message, sizeof(message));
	return error_set(err, later ? ERROR_RETRY : ERROR_FATAL, "%s: %s %s: HTTP status %u%s%s",
			 request->url, request->method, request->path, answer->status,
			 message[0] ? ": " : "", message);
}

bool kibana_is_there(const struct kibana *kibana, struct error *err)
{
	const struct http_request request = { .method = "GET",
					      .url = kibana->url,
					      .path = "/api/status" };
	struct http_answer answer;

	if (!http_send(kibana->http, &request, &answer, err))
		return error_context(err, "kibana_url");
	if (answer.status == 200)
		return true;
	return error_set(err, answer.status >= 500 ? ERROR_RETRY : ERROR_FATAL,
			 "kibana_url: %s/api/status: HTTP status %u: %s", kibana->url,
			 answer.status,
			 answer.status == 401 || answer.status == 403
				 ? "the login of setup is refused"
			 : answer.status >= 500 ? "it is not ready yet"
						: "this is not Kibana or OpenSearch Dashboards");
}

/* Sends a GET, POST or DELETE request for this path. */
static bool ask_for(const struct kibana *kibana, const char *space, const char *method,
		    const char *path, struct slice body, struct http_answer *answer,
		    struct error *err)
{
	struct http_request request = { .method = method,
					.url = kibana->url,
					.path = path,
					.content_type = body.data ? "application/json" : NULL,
					.body = body };

	return ask(kibana, space, &request, answer, err) &&
	       (answer->status == 200 || answer->status == 204 || answer->status == 404 ||
		unexpected(&request, answer, err));
}

bool kibana_spaces(const struct kibana *kibana, struct setup_listing *spaces, struct error *err)
{
	static const struct elastic_object_list list = { "", "id", "", "description" };
	struct http_answer answer;

	return ask_for(kibana, "", "GET", "/api/spaces/space", (struct slice){ NULL, 0 }, &answer,
		       err) &&
	       (setup_listing_read(spaces, answer.body, &list, err) ||
		error_context(err, "%s: GET /api/spaces/space", kibana->url));
}

bool kibana_make_space(const struct kibana *kibana, struct slice body, struct error *err)
{
	const struct http_request request = { .method = "POST",
					      .url = kibana->url,
					      .path = "/api/spaces/space" };
	struct http_answer answer;

	return ask_for(kibana, "", request.method, request.path, body, &answer, err) &&
	       (answer.status == 200 || unexpected(&request, &answer, err));
}

bool kibana_delete_space(const struct kibana *kibana, const char *space, struct error *err)
{
	struct http_answer answer;
	struct strbuf path;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "/api/spaces/space/%s", space);
	good = ask_for(kibana, "", "DELETE", path.buf, (struct slice){ NULL, 0 }, &answer, err);
	strbuf_release(&path);
	return good;
}

void kibana_import_path(const struct kibana *kibana, const char *space, struct strbuf *path)
{
	if (!kibana->opensearch)
		strbuf_add_format(path, "/s/%s", space);
	strbuf_add_text(path, "/api/saved_objects/_import?overwrite=true");
}

static void multipart(struct slice objects, struct strbuf *body)
{
	strbuf_add_text(body, "--" BOUNDARY "\r\n"
			      "Content-Disposition: form-data; name=\"file\"; "
			      "filename=\"reportbridge.ndjson\"\r\n"
			      "Content-Type: application/ndjson\r\n\r\n");
	strbuf_add_slice(body, objects);
	strbuf_add_text(body, "\r\n--" BOUNDARY "--\r\n");
}

bool kibana_import(const struct kibana *kibana, const char *space, struct slice objects,
		   uint64_t *count, struct error *err)
{
	struct http_request request = {
		.method = "POST",
		.url = kibana->url,
		.content_type = "multipart/form-data; boundary=" BOUNDARY,
	};
	struct http_answer answer;
	struct strbuf path, body;
	char fault[512];
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_init(&body, objects.size + KIB);
	kibana_import_path(kibana, space, &path);
	multipart(objects, &body);
	request.path = path.buf;
	request.body = strbuf_slice(&body);
	good = ask(kibana, space, &request, &answer, err);
	if (good && answer.status != 200)
		good = unexpected(&request, &answer, err);
	if (good && !elastic_answer_import(answer.body, count, fault, sizeof(fault)))
		good = error_set(err, ERROR_FATAL, "%s: the import into %s failed%s%s", kibana->url,
				 space, fault[0] ? ": " : "", fault);
	strbuf_release(&path);
	strbuf_release(&body);
	return good;
}

void kibana_settings_path(const struct kibana *kibana, const char *space, struct strbuf *path)
{
	if (kibana->opensearch)
		strbuf_add_text(path, "/api/opensearch-dashboards/settings");
	else
		strbuf_add_format(path, "/s/%s/api/kibana/settings", space);
}

bool kibana_set_utc(const struct kibana *kibana, const char *space, enum setup_outcome *outcome,
		    struct error *err)
{
	struct http_request request = { .method = "GET", .url = kibana->url };
	struct http_answer answer;
	struct strbuf path;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	kibana_settings_path(kibana, space, &path);
	request.path = path.buf;
	*outcome = SETUP_KEPT_FOREIGN;
	good = ask(kibana, space, &request, &answer, err);
	if (good && answer.status == 200) {
		struct strbuf body;

		strbuf_init(&body, answer.body.size + 1);
		strbuf_add_slice(&body, answer.body);
		if (strstr(body.buf, "\"dateFormat:tz\"")) {
			*outcome = SETUP_CURRENT;
		} else {
			request.method = "POST";
			request.content_type = "application/json";
			request.body = slice_of(KIBANA_UTC);
			good = ask(kibana, space, &request, &answer, err);
			if (good && answer.status == 200)
				*outcome = SETUP_CREATED;
		}
		strbuf_release(&body);
	}
	strbuf_release(&path);
	return good;
}

static bool has_monitors(const struct kibana *kibana, const char *search_url, bool *has,
			 struct error *err)
{
	const struct http_request request = { .method = "GET",
					      .url = search_url,
					      .path = MONITORS "/_search",
					      .content_type = "application/json",
					      .body = slice_of("{\"size\":0}") };
	struct http_answer answer;
	char reason[256];

	if (!http_send(kibana->http, &request, &answer, err))
		return false;
	elastic_answer_reason(answer.body, reason, sizeof(reason));
	*has = !strstr(reason, "no handler found");
	/* 404: no monitor has been created yet */
	return !*has || answer.status == 200 || answer.status == 404 ||
	       unexpected(&request, &answer, err);
}

bool kibana_keeps_rules(const struct kibana *kibana, const char *space, const char *search_url,
			bool *keeps, struct error *err)
{
	struct http_request request = { .method = "GET", .url = kibana->url };
	struct http_answer answer;
	struct strbuf path;
	bool good;

	if (kibana->opensearch)
		return has_monitors(kibana, search_url, keeps, err);
	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "/s/%s/api/alerting/_health", space);
	request.path = path.buf;
	good = ask(kibana, space, &request, &answer, err);
	if (good && answer.status != 200)
		good = unexpected(&request, &answer, err);
	if (good)
		*keeps = elastic_answer_keeps_rules(answer.body);
	strbuf_release(&path);
	return good;
}

bool kibana_put_rule(const struct kibana *kibana, const struct kibana_rule *rule, bool force,
		     enum setup_outcome *outcome, struct error *err)
{
	struct http_request request = { .method = "POST",
					.url = kibana->url,
					.content_type = "application/json",
					.body = rule->create };
	struct http_answer answer;
	struct strbuf path;
	bool good, exists;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "/s/%s/api/alerting/rule/%s", rule->space, rule->id);
	request.path = path.buf;
	good = ask(kibana, rule->space, &request, &answer, err);
	exists = good && answer.status == 409;
	if (exists && force) {
		request.method = "PUT";
		request.body = rule->replace;
		good = ask(kibana, rule->space, &request, &answer, err);
	}
	if (good && answer.status != 200 && !(exists && !force))
		good = unexpected(&request, &answer, err);
	if (good)
		*outcome = !exists ? SETUP_CREATED : force ? SETUP_UPDATED : SETUP_KEPT_CHANGED;
	strbuf_release(&path);
	return good;
}

/* OpenSearch assigns the ids, so a monitor is found by its name. */
static bool find_monitor(const struct kibana *kibana, const char *search_url, struct slice name,
			 char *id, size_t size, bool *found, struct error *err)
{
	struct http_request request = { .method = "GET",
					.url = search_url,
					.path = MONITORS "/_search",
					.content_type = "application/json" };
	struct http_answer answer;
	struct strbuf body;
	bool good;

	strbuf_init(&body, 4 * KIB);
	strbuf_add_text(&body, "{\"size\":1,\"query\":{\"term\":{\"monitor.name.keyword\":");
	strbuf_add_slice(&body, name);
	strbuf_add_text(&body, "}}}");
	request.body = strbuf_slice(&body);
	good = http_send(kibana->http, &request, &answer, err);
	if (good && answer.status != 200 && answer.status != 404)
		good = unexpected(&request, &answer, err);
	if (good)
		*found = answer.status == 200 && elastic_answer_first_hit(answer.body, id, size);
	strbuf_release(&body);
	return good;
}

bool kibana_put_monitor(const struct kibana *kibana, const char *search_url,
			const struct kibana_rule *rule, bool force, enum setup_outcome *outcome,
			struct error *err)
{
	struct http_request request = { .url = search_url, .content_type = "application/json" };
	struct http_answer answer;
	struct strbuf path;
	char id[128];
	bool found, good;

	if (!find_monitor(kibana, search_url, rule->name, id, sizeof(id), &found, err))
		return false;
	*outcome = !found ? SETUP_CREATED : force ? SETUP_UPDATED : SETUP_KEPT_CHANGED;
	if (found && !force)
		return true;
	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_text(&path, MONITORS);
	if (found)
		strbuf_add_format(&path, "/%s", id);
	request.method = found ? "PUT" : "POST";
	request.path = path.buf;
	request.body = found ? rule->replace : rule->create;
	good = http_send(kibana->http, &request, &answer, err);
	if (good && answer.status != 200 && answer.status != 201)
		good = unexpected(&request, &answer, err);
	strbuf_release(&path);
	return good;
}

static bool delete_monitor(const struct kibana *kibana, const char *search_url, const char *id,
			   struct error *err)
{
	struct http_request request = { .method = "DELETE", .url = search_url };
	struct http_answer answer;
	struct strbuf path;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, MONITORS "/%s", id);
	request.path = path.buf;
	good = http_send(kibana->http, &request, &answer, err) &&
	       (answer.status == 200 || unexpected(&request, &answer, err));
	strbuf_release(&path);
	return good;
}

bool kibana_delete_rule(const struct kibana *kibana, const char *search_url,
			const struct kibana_rule *rule, bool only_look, bool *found,
			struct error *err)
{
	struct http_answer answer;
	struct strbuf path;
	char id[128];
	bool good;

	if (kibana->opensearch)
		return find_monitor(kibana, search_url, rule->name, id, sizeof(id), found, err) &&
		       (!*found || only_look || delete_monitor(kibana, search_url, id, err));
	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "/s/%s/api/alerting/rule/%s", rule->space, rule->id);
	good = ask_for(kibana, rule->space, only_look ? "GET" : "DELETE", path.buf,
		       (struct slice){ NULL, 0 }, &answer, err);
	*found = good && answer.status != 404;
	strbuf_release(&path);
	return good;
}
