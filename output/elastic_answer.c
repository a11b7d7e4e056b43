/* elastic_answer.c - parsers for short answers of search servers
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_answer.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "output/json_tree.h"

void elastic_answer_root(struct slice body, struct elastic_product *product)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	const char *distribution = json_text(json_at(root, "version/distribution"));
	const char *flavor = json_text(json_at(root, "version/build_flavor"));
	const char *tagline = json_text(json_at(root, "tagline"));

	json_copy(product->version, sizeof(product->version),
		  json_text(json_at(root, "version/number")));
	if ((distribution && strcmp(distribution, "opensearch") == 0) ||
	    (tagline && strstr(tagline, "OpenSearch")))
		product->flavour = FLAVOUR_OPENSEARCH;
	else if (flavor && strcmp(flavor, "serverless") == 0)
		product->flavour = FLAVOUR_SERVERLESS;
	else if (tagline && strstr(tagline, "for Search"))
		product->flavour = FLAVOUR_ELASTICSEARCH;
}

bool elastic_answer_nodes(struct slice body, char version[static PRODUCT_VERSION_SIZE])
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *nodes = json_at(root, "nodes");
	const char *text;

	if (!nodes || !json_object_is_type(nodes, json_type_object))
		return false;
	json_object_object_foreach (nodes, name, node) {
		(void)name;
		text = json_text(json_at(node, "version"));
		json_copy(version, PRODUCT_VERSION_SIZE, text);
		return text != NULL;
	}
	return false;
}

bool elastic_answer_is_serverless(struct slice body)
{
	char reason[512];

	elastic_answer_reason(body, reason, sizeof(reason));
	return strstr(reason, "serverless") != NULL;
}

bool elastic_answer_indices(struct slice body, const char *path, elastic_answer_name_fn *name,
			    void *context, struct error *err)
{
	cleanup(json_free) struct json_object *root = json_parse(body);

	if (!root || !json_object_is_type(root, json_type_object))
		return error_set(err, ERROR_FATAL, "the answer is not a list of indices");
	json_object_object_foreach (root, index, value)
		if (!name(context, index, json_text(json_at(value, path)), err))
			return false;
	return true;
}

bool elastic_answer_names(struct slice body, const char *path, elastic_answer_name_fn *name,
			  void *context, struct error *err)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *list = json_at(root, path);

	if (!list || !json_object_is_type(list, json_type_array))
		return error_set(err, ERROR_FATAL, "the answer has no %s", path);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text = json_text(json_object_array_get_idx(list, i));

		if (text && !name(context, text, NULL, err))
			return false;
	}
	return true;
}

bool elastic_answer_rows(struct slice body, const char *name, const char *text,
			 elastic_answer_name_fn *row, void *context, struct error *err)
{
	cleanup(json_free) struct json_object *root = json_parse(body);

	if (!root || !json_object_is_type(root, json_type_array))
		return error_set(err, ERROR_FATAL, "the answer is not a table");
	for (size_t i = 0; i < json_object_array_length(root); i++) {
		struct json_object *one = json_object_array_get_idx(root, i);
		const char *key = json_text(json_at(one, name));

		if (key && !row(context, key, json_text(json_at(one, text)), err))
			return false;
	}
	return true;
}

struct index_templates {
	struct json_object *root, *list;
};

struct index_templates *elastic_answer_index_templates(struct slice body)
{
	struct json_object *root = json_parse(body), *list = json_at(root, "index_templates");
	struct index_templates *templates;

	if (!list || !json_object_is_type(list, json_type_array)) {
		json_free(root);
		return NULL;
	}
	templates = xcalloc(1, sizeof(*templates));
	*templates = (struct index_templates){ root, list };
	return templates;
}

void index_templates_free(struct index_templates *templates)
{
	if (!templates)
		return;
	json_free(templates->root);
	free(templates);
}

static bool matches(struct json_object *patterns, const char *index)
{
	for (size_t i = 0; patterns && i < json_object_array_length(patterns); i++) {
		const char *pattern = json_text(json_object_array_get_idx(patterns, i));

		if (pattern && fnmatch(pattern, index, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

/* "dynamic" may be a string, a boolean or missing. */
static bool is_dynamic(struct json_object *template)
{
	struct json_object *dynamic = json_at(template, "index_template/template/mappings/dynamic");
	const char *text = dynamic ? json_object_get_string(dynamic) : "true";

	return strcmp(text, "false") != 0 && strcmp(text, "strict") != 0;
}

bool index_templates_find(const struct index_templates *templates, struct slice index,
			  struct index_template *found)
{
	struct json_object *best = NULL;
	int64_t highest = -1;
	char name[256];
	const char *owner;

	snprintf(name, sizeof(name), "%.*s", (int)index.size, index.data);
	for (size_t i = 0; i < json_object_array_length(templates->list); i++) {
		struct json_object *template = json_object_array_get_idx(templates->list, i);
		struct json_object *patterns = json_at(template, "index_template/index_patterns");
		const int64_t priority = json_object_get_int64(
			json_at(template, "index_template/priority"));

		if (priority <= highest || !json_object_is_type(patterns, json_type_array) ||
		    !matches(patterns, name))
			continue;
		highest = priority;
		best = template;
	}
	if (!best)
		return false;
	owner = json_text(json_at(best, "index_template/_meta/managed_by"));
	*found = (struct index_template){
		.ours = owner && strcmp(owner, "reportbridge") == 0,
		.dynamic = is_dynamic(best),
	};
	json_copy(found->name, sizeof(found->name), json_text(json_at(best, "name")));
	return true;
}

bool elastic_answer_count(struct slice body, uint64_t *count)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *number = json_at(root, "count");

	if (!number || !json_object_is_type(number, json_type_int))
		return false;
	*count = json_object_get_uint64(number);
	return true;
}

bool elastic_answer_is_fixed(struct slice body)
{
	cleanup(json_free) struct json_object *root = json_parse(body);

	if (!root || !json_object_is_type(root, json_type_object))
		return false;
	json_object_object_foreach (root, index, value) {
		struct json_object *dynamic = json_at(value, "mappings/dynamic");
		const char *text = dynamic ? json_object_get_string(dynamic) : "true";

		(void)index;
		return strcmp(text, "false") == 0 || strcmp(text, "strict") == 0;
	}
	return false;
}

void elastic_answer_reason(struct slice body, char *reason, size_t size)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	const char *text = json_text(json_at(root, "error/reason"));

	if (!text)
		text = json_text(json_at(root, "error"));
	if (!text)
		text = json_text(json_at(root, "message"));
	json_copy(reason, size, text);
}

bool elastic_answer_import(struct slice body, uint64_t *count, char *fault, size_t size)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *first = json_at(root, "errors/0");
	const char *id = json_text(json_at(first, "id")),
		   *why = json_text(json_at(first, "error/message"));

	if (!why)
		why = json_text(json_at(first, "error/type"));
	if (!why)
		why = json_text(json_at(root, "message"));
	snprintf(fault, size, "%s%s%s", id ? id : "", id ? ": " : "", why ? why : "");
	if (!json_object_get_boolean(json_at(root, "success")))
		return false;
	*count = json_object_get_uint64(json_at(root, "successCount"));
	return true;
}

bool elastic_answer_keeps_rules(struct slice body)
{
	cleanup(json_free) struct json_object *root = json_parse(body);

	return json_object_get_boolean(json_at(root, "is_sufficiently_secure")) &&
	       json_object_get_boolean(json_at(root, "has_permanent_encryption_key"));
}

bool elastic_answer_first_hit(struct slice body, char *id, size_t size)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	const char *text = json_text(json_at(root, "hits/hits/0/_id"));

	json_copy(id, size, text);
	return text != NULL && strlen(text) < size;
}

void elastic_answer_message(struct slice body, char *message, size_t size)
{
	cleanup(json_free) struct json_object *root = json_parse(body);

	json_copy(message, size, json_text(json_at(root, "message")));
}

bool elastic_answer_updates(struct slice body, struct elastic_updates *updates)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *items = json_at(root, "items");
	const size_t count = json_object_is_type(items, json_type_array)
				     ? json_object_array_length(items)
				     : 0;

	*updates = (struct elastic_updates){ .reason = "the answer has no items" };
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_at(json_object_array_get_idx(items, i), "update");
		const int64_t status = json_object_get_int64(json_at(item, "status"));

		updates->done += status == 200 || status == 201;
		updates->changed += status == 404 || status == 409;
		if (status == 200 || status == 201 || status == 404 || status == 409)
			continue;
		json_copy(updates->reason, sizeof(updates->reason),
			  json_text(json_at(item, "error/reason")));
		return false;
	}
	return count > 0;
}
