/* elastic_answer.h - small answers of search servers
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_ANSWER_H
#define OUTPUT_ELASTIC_ANSWER_H

#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"
#include "output/elastic_product.h"

/* GET /: what can be told of it is written, the rest left as it is. */
void elastic_answer_root(struct slice body, struct elastic_product *product);
/* GET /_nodes: the version of one of them.  false: there is none in it. */
bool elastic_answer_nodes(struct slice body, char version[static PRODUCT_VERSION_SIZE]);
/* An interface is refused because there are no nodes to speak of. */
bool elastic_answer_is_serverless(struct slice body);

#define SETUP_PERIOD_SIZE 8

/* What setup wrote once (template, policy, role) and what has become of it. */
struct elastic_object {
	bool ours;
	int64_t version;
	char source[HASH_ID_SIZE];  /* digest of what was sent */
	char stored[HASH_ID_SIZE];  /* digest of what the server made of it; "": not noted */
	char content[HASH_ID_SIZE]; /* digest of what the server has now */
	char period[SETUP_PERIOD_SIZE]; /* that indices of a template span; "": not noted */
	/* Of a role: digests of what was imported for its readers; "": nothing. */
	char dashboards[HASH_ID_SIZE], rules[HASH_ID_SIZE];
	int64_t seq_no, primary_term;
};

/* Where an answer holds the object ("policy", "index_templates/0/..."), and
 * which of its members tells about us: an object, or JSON in a text. */
struct elastic_object_place {
	const char *path, *meta;
};

bool elastic_answer_object(struct slice body, const struct elastic_object_place *place,
			   struct elastic_object *found, struct error *err);

/* Where an answer holds a list of them: an object whose keys are the names, or
 * an array whose elements have the name as a member. */
struct elastic_object_list {
	const char *path;	/* to the list; "": the root */
	const char *name;	/* of an array: the member */
	const char *place;	/* of the object within an element; "": the element */
	const char *meta;
};

/* text: the object as JSON.  Valid during the call. */
typedef bool elastic_answer_object_fn(void *context, const char *name,
				      const struct elastic_object *object, const char *text,
				      struct error *err);
bool elastic_answer_objects(struct slice body, const struct elastic_object_list *list,
			    elastic_answer_object_fn *take, void *context, struct error *err);

/* Calls back for each member of the root: its name, and the text that path
 * leads to in it (NULL: none).  GET /<indices>/_settings, /_index_template. */
typedef bool elastic_answer_name_fn(void *context, const char *name, const char *text,
				    struct error *err);
bool elastic_answer_indices(struct slice body, const char *path, elastic_answer_name_fn *name,
			    void *context, struct error *err);

/* Rows of /_cat/...?format=json: two members of each, the second may be absent. */
bool elastic_answer_rows(struct slice body, const char *name, const char *text,
			 elastic_answer_name_fn *row, void *context, struct error *err);

/* What Kibana says of an import, which it answers with status 200 whatever
 * became of it.  false: it failed, and fault (or nothing) says of what. */
bool elastic_answer_import(struct slice body, uint64_t *count, char *fault, size_t size);
/* Whether Kibana can keep alert rules: GET /api/alerting/_health. */
bool elastic_answer_keeps_rules(struct slice body);
/* The id of the first hit of a search; false: there is none. */
bool elastic_answer_first_hit(struct slice body, char *id, size_t size);
/* The member "message" of an error of Kibana, or nothing. */
void elastic_answer_message(struct slice body, char *message, size_t size);

/* GET /_index_template: patterns and owners.  NULL: it is no such answer. */
struct index_templates;
struct index_templates *elastic_answer_index_templates(struct slice body);
void index_templates_free(struct index_templates *templates);

struct index_template {
	char name[256];
	bool ours;    /* setup wrote it */
	bool dynamic; /* its mappings let new fields in */
};

/* The template that makes the index: of those whose patterns match, the one of
 * the highest priority.  false: none does. */
bool index_templates_find(const struct index_templates *templates, struct slice index,
			  struct index_template *found);

/* GET /<index>/_count. */
bool elastic_answer_count(struct slice body, uint64_t *count);
/* GET /<index>/_mapping: does it keep new fields out? */
bool elastic_answer_is_fixed(struct slice body);

/* POST /_bulk with updates alone. */
struct elastic_updates {
	uint64_t done;
	uint64_t changed; /* documents that were changed or deleted meanwhile */
	char reason[256]; /* of the first that was refused */
};
/* false: one was refused, or it is no such answer. */
bool elastic_answer_updates(struct slice body, struct elastic_updates *updates);

/* error.reason or error, or nothing. */
void elastic_answer_reason(struct slice body, char *reason, size_t size);

#endif
