/* elastic_answer.h - parsers for short answers of search servers
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_ANSWER_H
#define OUTPUT_ELASTIC_ANSWER_H

#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"
#include "output/elastic_product.h"

/* GET /: sets the members it can determine and leaves the others. */
void elastic_answer_root(struct slice body, struct elastic_product *product);
/* GET /_nodes: the version of one node.  false: there is none. */
bool elastic_answer_nodes(struct slice body, char version[static PRODUCT_VERSION_SIZE]);
/* Whether a request was refused because serverless does not expose nodes. */
bool elastic_answer_is_serverless(struct slice body);

#define SETUP_PERIOD_SIZE 8

/* An object written by setup (template, policy, role) and its current state. */
struct elastic_object {
	bool ours;
	int64_t version;
	char source[HASH_ID_SIZE];      /* digest of the content that was sent */
	char stored[HASH_ID_SIZE];      /* digest of the server's form of it; "": not recorded */
	char content[HASH_ID_SIZE];     /* digest of the server's current content */
	char period[SETUP_PERIOD_SIZE]; /* period of a template's indices; "": not recorded */
	/* Of a role: digests of the content imported for its readers; "": none. */
	char dashboards[HASH_ID_SIZE], rules[HASH_ID_SIZE];
	int64_t seq_no, primary_term;
};

/* Where an answer holds the object ("policy", "index_templates/0/..."), and the
 * member with our metadata: an object, or JSON in a string. */
struct elastic_object_place {
	const char *path, *meta;
};

bool elastic_answer_object(struct slice body, const struct elastic_object_place *place,
			   struct elastic_object *found, struct error *err);

/* Where an answer holds a list of objects: an object whose keys are the names, or
 * an array whose elements have the name as a member. */
struct elastic_object_list {
	const char *path;  /* path of the list; "": the root */
	const char *name;  /* for an array: the member */
	const char *place; /* path of the object within an element; "": the element */
	const char *meta;
};

/* text: the object as JSON, valid during the call. */
typedef bool elastic_answer_object_fn(void *context, const char *name,
				      const struct elastic_object *object, const char *text,
				      struct error *err);
bool elastic_answer_objects(struct slice body, const struct elastic_object_list *list,
			    elastic_answer_object_fn *take, void *context, struct error *err);

/* Calls back for each member of the root with its name and the string at path
 * (NULL: none).  GET /<indices>/_settings, /_index_template. */
typedef bool elastic_answer_name_fn(void *context, const char *name, const char *text,
				    struct error *err);
bool elastic_answer_indices(struct slice body, const char *path, elastic_answer_name_fn *name,
			    void *context, struct error *err);

/* Calls back for each string of the array at path; text is NULL.  FATAL: there is no such
 * array. */
bool elastic_answer_names(struct slice body, const char *path, elastic_answer_name_fn *name,
			  void *context, struct error *err);

/* Reads rows of /_cat/...?format=json: two members of each, the second may be
 * absent. */
bool elastic_answer_rows(struct slice body, const char *name, const char *text,
			 elastic_answer_name_fn *row, void *context, struct error *err);

/* Reads Kibana's answer to an import, which has status 200 even on failure.  false:
 * it failed; fault is the object that failed, or empty. */
bool elastic_answer_import(struct slice body, uint64_t *count, char *fault, size_t size);
/* Whether Kibana can store alert rules: GET /api/alerting/_health. */
bool elastic_answer_keeps_rules(struct slice body);
/* Reads the id of the first hit of a search; false: there is none. */
bool elastic_answer_first_hit(struct slice body, char *id, size_t size);
/* Copies the member "message" of a Kibana error, or "". */
void elastic_answer_message(struct slice body, char *message, size_t size);

/* GET /_index_template: patterns and owners.  NULL: not such an answer. */
struct index_templates;
struct index_templates *elastic_answer_index_templates(struct slice body);
void index_templates_free(struct index_templates *templates);

struct index_template {
	char name[256];
	bool ours;    /* written by setup */
	bool dynamic; /* its mappings accept new fields */
};

/* Finds the template that applies to the index: among those with a matching
 * pattern, the one with the highest priority.  false: there is none. */
bool index_templates_find(const struct index_templates *templates, struct slice index,
			  struct index_template *found);

/* GET /<index>/_count. */
bool elastic_answer_count(struct slice body, uint64_t *count);
/* GET /<index>/_mapping: whether it rejects or ignores new fields. */
bool elastic_answer_is_fixed(struct slice body);

/* POST /_bulk with only updates. */
struct elastic_updates {
	uint64_t done;
	uint64_t changed; /* documents changed or deleted meanwhile */
	char reason[256]; /* of the first refused update */
};
/* false: an update was refused, or it is not such an answer. */
bool elastic_answer_updates(struct slice body, struct elastic_updates *updates);

/* Copies error.reason, or error, or "". */
void elastic_answer_reason(struct slice body, char *reason, size_t size);

#endif
