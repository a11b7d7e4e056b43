/* elastic_answer.c - small answers of search servers; the only file with json-c
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_answer.h"

#include <fnmatch.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/xalloc.h"

#define ANSWER_DEPTH 64

static void json_free(struct json_object *object)
{
	json_object_put(object);
}

DEFINE_CLEANUP(struct json_object *, json_free)

static struct json_object *parse(struct slice body)
{
	struct json_tokener *tokener = json_tokener_new_ex(ANSWER_DEPTH);
	struct json_object *root;

	if (body.size > INT32_MAX) {
		json_tokener_free(tokener);
		return NULL;
	}
	root = json_tokener_parse_ex(tokener, body.data, (int)body.size);
	json_tokener_free(tokener);
	return root;
}

/* What a path such as "a/0/b" leads to; NULL: nothing. */
static struct json_object *at(struct json_object *object, const char *path)
{
	struct slice rest = slice_of(path);

	while (object && rest.size > 0) {
		const struct slice step = slice_split(rest, '/', &rest);
		uint64_t position;
		char key[256];

		snprintf(key, sizeof(key), "%.*s", (int)step.size, step.data);
		if (json_object_is_type(object, json_type_array)) {
			object = slice_to_uint(step, 1000, &position)
					 ? json_object_array_get_idx(object, (size_t)position)
					 : NULL;
		} else if (!json_object_object_get_ex(object, key, &object)) {
			object = NULL;
		}
	}
	return object;
}

static const char *text_of(struct json_object *object)
{
	return object && json_object_is_type(object, json_type_string)
		       ? json_object_get_string(object)
		       : NULL;
}

/* Says more than it is meant to hold: cut. */
static void copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

void elastic_answer_root(struct slice body, struct elastic_product *product)
{
	cleanup(json_free) struct json_object *root = parse(body);
	const char *distribution = text_of(at(root, "version/distribution"));
	const char *flavor = text_of(at(root, "version/build_flavor"));
	const char *tagline = text_of(at(root, "tagline"));

	copy(product->version, sizeof(product->version), text_of(at(root, "version/number")));
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
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *nodes = at(root, "nodes");
	const char *text;

	if (!nodes || !json_object_is_type(nodes, json_type_object))
		return false;
	json_object_object_foreach(nodes, name, node) {
		(void)name;
		text = text_of(at(node, "version"));
		copy(version, PRODUCT_VERSION_SIZE, text);
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

/* What servers add by themselves, or change with the time of day. */
static bool is_volatile(const char *key)
{
	static const char *const keys[] = { "last_updated_time", "policy_id", "schema_version",
					    "transient_metadata", "reserved", "hidden", "static" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static bool is_empty(struct json_object *value)
{
	return !value ||
	       (json_object_is_type(value, json_type_array) && json_object_array_length(value) == 0) ||
	       (json_object_is_type(value, json_type_object) && json_object_object_length(value) == 0);
}

struct member {
	const char *key;
	struct json_object *value;
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static void add_value(struct hash *hash, struct json_object *value, const char *but);

/* In the order of the keys; what is empty might as well not be there. */
static void add_object(struct hash *hash, struct json_object *object, const char *but)
{
	struct member *members =
		xcalloc((size_t)json_object_object_length(object) + 1, sizeof(*members));
	size_t count = 0;

	json_object_object_foreach(object, key, value) {
		if (!is_volatile(key) && !is_empty(value) && (!but || strcmp(key, but) != 0))
			members[count++] = (struct member){ key, value };
	}
	qsort(members, count, sizeof(*members), by_key);
	hash_uint(hash, count);
	for (size_t i = 0; i < count; i++) {
		hash_field(hash, slice_of(members[i].key));
		add_value(hash, members[i].value, NULL);
	}
	free(members);
}

static void add_value(struct hash *hash, struct json_object *value, const char *but)
{
	switch (json_object_get_type(value)) {
	case json_type_object: add_object(hash, value, but); break;
	case json_type_array:
		hash_uint(hash, json_object_array_length(value));
		for (size_t i = 0; i < json_object_array_length(value); i++)
			add_value(hash, json_object_array_get_idx(value, i), NULL);
		break;
	default: /* a number may come back as text */
		hash_field(hash, slice_of(json_object_get_string(value)));
	}
}

static void digest(struct json_object *object, const char *but, char id[static HASH_ID_SIZE])
{
	uint8_t bytes[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	add_value(&hash, object, but);
	hash_end(&hash, bytes);
	hash_id(bytes, id);
}

static void read_meta(struct json_object *meta, struct elastic_object *found)
{
	const char *owner = text_of(at(meta, "managed_by"));

	found->ours = owner && strcmp(owner, "reportbridge") == 0;
	found->version = json_object_get_int64(at(meta, "version"));
	copy(found->source, sizeof(found->source), text_of(at(meta, "source")));
	copy(found->stored, sizeof(found->stored), text_of(at(meta, "stored")));
	copy(found->period, sizeof(found->period), text_of(at(meta, "index_period")));
}

bool elastic_answer_object(struct slice body, const struct elastic_object_place *place,
			   struct elastic_object *found, struct error *err)
{
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *object = at(root, place->path), *meta = at(object, place->meta);

	if (!object || !json_object_is_type(object, json_type_object))
		return error_set(err, ERROR_FATAL, "the answer is not what was asked for");
	*found = (struct elastic_object){
		.seq_no = json_object_get_int64(at(root, "_seq_no")),
		.primary_term = json_object_get_int64(at(root, "_primary_term")),
	};
	digest(object, place->meta, found->content);
	if (meta && json_object_is_type(meta, json_type_string)) {
		cleanup(json_free) struct json_object *written = parse(slice_of(text_of(meta)));

		read_meta(written, found);
	} else {
		read_meta(meta, found);
	}
	return true;
}

bool elastic_answer_indices(struct slice body, const char *path, elastic_answer_name_fn *name,
			    void *context, struct error *err)
{
	cleanup(json_free) struct json_object *root = parse(body);

	if (!root || !json_object_is_type(root, json_type_object))
		return error_set(err, ERROR_FATAL, "the answer is no list of indices");
	json_object_object_foreach(root, index, value)
		if (!name(context, index, text_of(at(value, path)), err))
			return false;
	return true;
}

bool elastic_answer_templates(struct slice body, elastic_answer_name_fn *name, void *context,
			      struct error *err)
{
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *list = at(root, "index_templates");

	if (!list || !json_object_is_type(list, json_type_array))
		return error_set(err, ERROR_FATAL, "the answer is no list of index templates");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text = text_of(at(json_object_array_get_idx(list, i), "name"));

		if (text && !name(context, text, NULL, err))
			return false;
	}
	return true;
}

struct index_templates {
	struct json_object *root, *list;
};

struct index_templates *elastic_answer_index_templates(struct slice body)
{
	struct json_object *root = parse(body), *list = at(root, "index_templates");
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
		const char *pattern = text_of(json_object_array_get_idx(patterns, i));

		if (pattern && fnmatch(pattern, index, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

/* "dynamic" may be text, a boolean or missing. */
static bool is_dynamic(struct json_object *template)
{
	struct json_object *dynamic = at(template, "index_template/template/mappings/dynamic");
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
		struct json_object *patterns = at(template, "index_template/index_patterns");
		const int64_t priority =
			json_object_get_int64(at(template, "index_template/priority"));

		if (priority <= highest || !json_object_is_type(patterns, json_type_array) ||
		    !matches(patterns, name))
			continue;
		highest = priority;
		best = template;
	}
	if (!best)
		return false;
	owner = text_of(at(best, "index_template/_meta/managed_by"));
	*found = (struct index_template){
		.ours = owner && strcmp(owner, "reportbridge") == 0,
		.dynamic = is_dynamic(best),
	};
	copy(found->name, sizeof(found->name), text_of(at(best, "name")));
	return true;
}

bool elastic_answer_count(struct slice body, uint64_t *count)
{
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *number = at(root, "count");

	if (!number || !json_object_is_type(number, json_type_int))
		return false;
	*count = json_object_get_uint64(number);
	return true;
}

bool elastic_answer_is_fixed(struct slice body)
{
	cleanup(json_free) struct json_object *root = parse(body);

	if (!root || !json_object_is_type(root, json_type_object))
		return false;
	json_object_object_foreach(root, index, value) {
		struct json_object *dynamic = at(value, "mappings/dynamic");
		const char *text = dynamic ? json_object_get_string(dynamic) : "true";

		(void)index;
		return strcmp(text, "false") == 0 || strcmp(text, "strict") == 0;
	}
	return false;
}

void elastic_answer_reason(struct slice body, char *reason, size_t size)
{
	cleanup(json_free) struct json_object *root = parse(body);
	const char *text = text_of(at(root, "error/reason"));

	if (!text)
		text = text_of(at(root, "error"));
	if (!text)
		text = text_of(at(root, "message"));
	copy(reason, size, text);
}

bool elastic_answer_import(struct slice body, uint64_t *count, char *fault, size_t size)
{
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *first = at(root, "errors/0");
	const char *id = text_of(at(first, "id")), *why = text_of(at(first, "error/message"));

	if (!why)
		why = text_of(at(first, "error/type"));
	if (!why)
		why = text_of(at(root, "message"));
	snprintf(fault, size, "%s%s%s", id ? id : "", id ? ": " : "", why ? why : "");
	if (!json_object_get_boolean(at(root, "success")))
		return false;
	*count = json_object_get_uint64(at(root, "successCount"));
	return true;
}

bool elastic_answer_keeps_rules(struct slice body)
{
	cleanup(json_free) struct json_object *root = parse(body);

	return json_object_get_boolean(at(root, "is_sufficiently_secure")) &&
	       json_object_get_boolean(at(root, "has_permanent_encryption_key"));
}

bool elastic_answer_first_hit(struct slice body, char *id, size_t size)
{
	cleanup(json_free) struct json_object *root = parse(body);
	const char *text = text_of(at(root, "hits/hits/0/_id"));

	copy(id, size, text);
	return text != NULL && strlen(text) < size;
}

void elastic_answer_message(struct slice body, char *message, size_t size)
{
	cleanup(json_free) struct json_object *root = parse(body);

	copy(message, size, text_of(at(root, "message")));
}
