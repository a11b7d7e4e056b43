/* setup_answer.c - parses the objects that setup wrote
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "output/elastic_answer.h"
#include "output/json_tree.h"

/* Members that servers add or that change over time. */
static bool is_volatile(const char *key)
{
	static const char *const keys[] = {
		"last_updated_time", "policy_id", "schema_version", "transient_metadata",
		"reserved",          "hidden",    "static"
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static bool is_empty(struct json_object *value)
{
	return !value ||
	       (json_object_is_type(value, json_type_array) &&
		json_object_array_length(value) == 0) ||
	       (json_object_is_type(value, json_type_object) &&
		json_object_object_length(value) == 0);
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

/* Hashes in key order; empty members count as absent. */
static void add_object(struct hash *hash, struct json_object *object, const char *but)
{
	struct member *members = xcalloc((size_t)json_object_object_length(object) + 1,
					 sizeof(*members));
	size_t count = 0;

	json_object_object_foreach (object, key, value) {
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
	default: /* a number may be returned as a string */
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
	const char *owner = json_text(json_at(meta, "managed_by"));

	found->ours = owner && strcmp(owner, "reportbridge") == 0;
	found->version = json_object_get_int64(json_at(meta, "version"));
	json_copy(found->source, sizeof(found->source), json_text(json_at(meta, "source")));
	json_copy(found->stored, sizeof(found->stored), json_text(json_at(meta, "stored")));
	json_copy(found->period, sizeof(found->period), json_text(json_at(meta, "index_period")));
	json_copy(found->dashboards, sizeof(found->dashboards),
		  json_text(json_at(meta, "dashboards")));
	json_copy(found->rules, sizeof(found->rules), json_text(json_at(meta, "rules")));
}

/* entry: contains the object and its sequence number. */
static void read_object(struct json_object *entry, struct json_object *object, const char *key,
			struct elastic_object *found)
{
	struct json_object *meta = json_at(object, key);

	*found = (struct elastic_object){
		.seq_no = json_object_get_int64(json_at(entry, "_seq_no")),
		.primary_term = json_object_get_int64(json_at(entry, "_primary_term")),
	};
	digest(object, key, found->content);
	if (meta && json_object_is_type(meta, json_type_string)) {
		cleanup(json_free) struct json_object *written = json_parse(
			slice_of(json_text(meta)));

		read_meta(written, found);
	} else {
		read_meta(meta, found);
	}
}

bool elastic_answer_object(struct slice body, const struct elastic_object_place *place,
			   struct elastic_object *found, struct error *err)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *object = json_at(root, place->path);

	if (!object || !json_object_is_type(object, json_type_object))
		return error_set(err, ERROR_FATAL, "the answer has another form than expected");
	read_object(root, object, place->meta, found);
	return true;
}

struct object_walk {
	const struct elastic_object_list *list;
	elastic_answer_object_fn *take;
	void *context;
};

static bool take_object(const struct object_walk *walk, const char *name, struct json_object *entry,
			struct error *err)
{
	struct json_object *object = json_at(entry, walk->list->place);
	struct elastic_object found;

	if (!name || !object || !json_object_is_type(object, json_type_object))
		return true;
	read_object(entry, object, walk->list->meta, &found);
	return walk->take(walk->context, name, &found, json_object_to_json_string(object), err);
}

bool elastic_answer_objects(struct slice body, const struct elastic_object_list *list,
			    elastic_answer_object_fn *take, void *context, struct error *err)
{
	cleanup(json_free) struct json_object *root = json_parse(body);
	struct json_object *all = json_at(root, list->path);
	const struct object_walk walk = { list, take, context };

	if (all && json_object_is_type(all, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(all); i++) {
			struct json_object *entry = json_object_array_get_idx(all, i);

			if (!take_object(&walk, json_text(json_at(entry, list->name)), entry, err))
				return false;
		}
		return true;
	}
	if (!root || !json_object_is_type(root, json_type_object))
		return error_set(err, ERROR_FATAL, "the answer is not a list of objects");
	/* A missing list is empty. */
	if (!all || !json_object_is_type(all, json_type_object))
		return true;
	json_object_object_foreach (all, name, entry)
		if (!take_object(&walk, name, entry, err))
			return false;
	return true;
}
