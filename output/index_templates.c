/* index_templates.c - checks that our templates apply to the target indices
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/index_templates.h"

#include "output/elastic_answer.h"

/* Excludes the long members of templates.  A server without any templates answers
 * {} to this, as servers of other kinds may, so the request is repeated without the
 * filter.  Encoded as for AWS signatures: commas escaped. */
#define ALL_PATH "/_index_template"
#define TEMPLATE "-index_templates.index_template."
#define SHORT_PATH                                                                                 \
	ALL_PATH "?filter_path=" TEMPLATE "template.mappings.properties%2C" TEMPLATE               \
		 "template.mappings.dynamic_templates%2C" TEMPLATE "template.settings%2C" TEMPLATE \
		 "template.aliases"

#define KNOWN_MS (60 * 60 * 1000)

void template_check_init(struct template_check *check, struct http *http)
{
	*check = (struct template_check){ .exchange = http_exchange_new(http) };
}

void template_check_release(struct template_check *check)
{
	http_exchange_free(check->exchange);
	id_set_release(&check->known);
	*check = (struct template_check){ .exchange = NULL };
}

/* Adjacent documents mostly have the same few indices; this cache avoids hashing a
 * name again. */
#define RECENT 8

struct recent {
	struct slice names[RECENT];
	size_t next;
};

static bool is_recent(struct recent *recent, struct slice name)
{
	for (size_t i = 0; i < RECENT; i++)
		if (slice_equal(recent->names[i], name))
			return true;
	recent->names[recent->next++ % RECENT] = name;
	return false;
}

bool template_check_needed(struct template_check *check, const struct bulk *bulk, int64_t now)
{
	struct recent recent = { .next = 0 };

	if (now >= check->known_until) {
		id_set_release(&check->known);
		check->known_until = now + KNOWN_MS;
	}
	for (size_t i = 0; i < bulk->count; i++) {
		const struct slice name = bulk_item_index(bulk, i);

		if (is_recent(&recent, name) || id_set_has(&check->known, name))
			continue;
		return true;
	}
	return false;
}

void template_check_begin(struct template_check *check, const char *url)
{
	http_begin(check->exchange,
		   &(struct http_request){ .method = "GET",
					   .url = url,
					   .path = check->whole ? ALL_PATH : SHORT_PATH });
	check->under_way = true;
}

bool template_check_busy(const struct template_check *check)
{
	return http_busy(check->exchange);
}

static enum template_state unknown(const struct http_answer *answer, const char *url,
				   struct error *err)
{
	if (answer->status == 429 || (answer->status >= 502 && answer->status <= 504)) {
		error_set(err, ERROR_RETRY, "%s: HTTP status %u when asked for its index templates",
			  url, answer->status);
		return TEMPLATES_LATER;
	}
	error_set(
		err, ERROR_RETRY,
		"%s does not return its index templates (HTTP status %u), so it is unknown whether "
		"setup has run; %s",
		url, answer->status,
		answer->status == 401 || answer->status == 403
			? "grant the login the cluster privilege monitor (Elasticsearch) or "
			  "indices:admin/index_template/get (OpenSearch)"
			: "is there a path in urls that does not belong there?");
	return TEMPLATES_UNKNOWN;
}

static bool is_filtered_away(const struct http_answer *answer)
{
	return answer->status == 200 && slice_is(slice_trim(answer->body), "{}");
}

/* A foreign template applies if its priority is higher. */
static bool check_index(const struct index_templates *templates, struct slice index,
			const char *url, struct error *err)
{
	struct index_template found;

	if (!index_templates_find(templates, index, &found))
		return error_set(
			err, ERROR_FATAL,
			"%s: no index template applies to index %.*s, so it would get dynamic "
			"mappings; run reportbridge setup",
			url, (int)index.size, index.data);
	if (found.ours || !found.dynamic)
		return true;
	return error_set(
		err, ERROR_FATAL,
		"%s: index template %s, not ours, applies to index %.*s and has dynamic "
		"mappings; run reportbridge setup, and give that template another pattern or "
		"a priority below ours",
		url, found.name, (int)index.size, index.data);
}

enum template_state template_check_end(struct template_check *check, const struct bulk *bulk,
				       const char *url, struct error *err)
{
	enum template_state state = TEMPLATES_GOOD;
	struct recent recent = { .next = 0 };
	struct index_templates *templates;
	struct http_answer answer;

	check->under_way = false;
	if (!http_result(check->exchange, &answer, err))
		return TEMPLATES_LATER;
	if (is_filtered_away(&answer) && !check->whole) {
		check->whole = true;
		return TEMPLATES_AGAIN;
	}
	templates = answer.status == 200 ? elastic_answer_index_templates(answer.body) : NULL;
	if (!templates)
		state = unknown(&answer, url, err);
	if (state == TEMPLATES_LATER)
		return state;
	for (size_t i = 0; i < bulk->count && state != TEMPLATES_MISSING; i++) {
		const struct slice name = bulk_item_index(bulk, i);

		if (is_recent(&recent, name))
			continue;
		if (templates && !check_index(templates, name, url, err))
			state = TEMPLATES_MISSING;
		else if (answer.status != 401) /* the login may be corrected at any time */
			id_set_add(&check->known, name);
	}
	index_templates_free(templates);
	return state;
}

enum template_state index_template_of(struct http *http, const char *url,
				      const char *const *indices, struct error *err)
{
	struct http_request request = { .method = "GET", .url = url, .path = SHORT_PATH };
	enum template_state state = TEMPLATES_GOOD;
	struct index_templates *templates;
	struct http_answer answer;

	if (!http_send(http, &request, &answer, err))
		return TEMPLATES_LATER;
	request.path = ALL_PATH;
	if (is_filtered_away(&answer) && !http_send(http, &request, &answer, err))
		return TEMPLATES_LATER;
	templates = answer.status == 200 ? elastic_answer_index_templates(answer.body) : NULL;
	if (!templates)
		return unknown(&answer, url, err);
	for (; *indices && state == TEMPLATES_GOOD; indices++)
		if (!check_index(templates, slice_of(*indices), url, err))
			state = TEMPLATES_MISSING;
	index_templates_free(templates);
	return state;
}
