/* elastic_answer.c - small answers of search servers; the only file with json-c
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_answer.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"

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

/* The member that a list of keys, ended by NULL, leads to; NULL: none. */
static struct json_object *member(struct json_object *object, ...)
{
	const char *key;
	va_list keys;

	va_start(keys, object);
	while (object && (key = va_arg(keys, const char *)))
		if (!json_object_object_get_ex(object, key, &object))
			object = NULL;
	va_end(keys);
	return object;
}

bool elastic_answer_template(struct slice body, struct elastic_template *found, struct error *err)
{
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *list = member(root, "index_templates", NULL), *meta, *owner;

	if (!list || !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) != 1)
		return error_set(err, ERROR_FATAL, "the answer is not an index template");
	meta = member(json_object_array_get_idx(list, 0), "index_template", "_meta", NULL);
	owner = member(meta, "managed_by", NULL);
	*found = (struct elastic_template){
		.ours = owner && strcmp(json_object_get_string(owner), "reportbridge") == 0,
		.version = json_object_get_int64(member(meta, "version", NULL)),
	};
	return true;
}

void elastic_answer_reason(struct slice body, char *reason, size_t size)
{
	cleanup(json_free) struct json_object *root = parse(body);
	struct json_object *text = member(root, "error", "reason", NULL);

	snprintf(reason, size, "%s", text ? json_object_get_string(text) : "");
}
