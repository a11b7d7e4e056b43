/* json_tree.h - short answers of search servers as trees; the only file with json-c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_JSON_TREE_H
#define OUTPUT_JSON_TREE_H

#include <json-c/json.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/slice.h"

#define JSON_TREE_DEPTH 64

static inline void json_free(struct json_object *object)
{
	json_object_put(object);
}

DEFINE_CLEANUP(struct json_object *, json_free)

static inline struct json_object *json_parse(struct slice body)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_TREE_DEPTH);
	struct json_object *root;

	if (body.size > INT32_MAX) {
		json_tokener_free(tokener);
		return NULL;
	}
	root = json_tokener_parse_ex(tokener, body.data, (int)body.size);
	json_tokener_free(tokener);
	return root;
}

/* Returns the object at a path such as "a/0/b"; NULL: none. */
static inline struct json_object *json_at(struct json_object *object, const char *path)
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

static inline const char *json_text(struct json_object *object)
{
	return object && json_object_is_type(object, json_type_string)
		       ? json_object_get_string(object)
		       : NULL;
}

/* Copies text and truncates it to size. */
static inline void json_copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

#endif
