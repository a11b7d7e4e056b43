/* setup_object.h - templates, policies and roles that setup writes to a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Every object contains metadata: that we wrote it, the version, a digest of
 * what was sent and one of the server's form of it.  They show whether a person
 * has changed it since.
 */
#ifndef OUTPUT_SETUP_OBJECT_H
#define OUTPUT_SETUP_OBJECT_H

#include "output/elastic_setup.h"
#include "output/setup_listing.h"

enum setup_object {
	SETUP_TEMPLATE,
	SETUP_ILM_POLICY,
	SETUP_ISM_POLICY,
	SETUP_ROLE,
	SETUP_OPENSEARCH_ROLE,
	SETUP_OPENSEARCH_TENANT,
	SETUP_USER, /* this and the next are only listed and deleted */
	SETUP_OPENSEARCH_USER,
};

enum setup_outcome {
	SETUP_CREATED,
	SETUP_UPDATED,
	SETUP_CURRENT,      /* existed unchanged */
	SETUP_KEPT_NEWER,   /* a newer version wrote it */
	SETUP_KEPT_FOREIGN, /* we did not write it */
	SETUP_KEPT_CHANGED, /* we wrote it, but a person has changed it */
};

const char *setup_object_label(enum setup_object object);
const char *setup_outcome_text(enum setup_outcome outcome);

/* The objects of one server; each kind is read once, on first use.  server must
 * outlive it. */
struct setup_objects;
struct setup_objects *setup_objects_new(struct elastic_setup *server);
void setup_objects_free(struct setup_objects *objects);

/* Whether the server supports this kind of object (ILM, ISM, security). */
bool setup_object_known(struct setup_objects *objects, enum setup_object object, bool *has,
			struct error *err);
/* Returns all of the kind, valid as long as objects.  FATAL: the login may not read
 * them. */
bool setup_objects_list(struct setup_objects *objects, enum setup_object object,
			const struct setup_listing **listing, struct error *err);

/* The content to write: a JSON object without our metadata, and values for the
 * metadata. */
struct setup_content {
	struct slice json;
	int64_t version;
	const char *period; /* period of a template's indices; NULL: not a template */
	/* As in struct elastic_object; NULL: unchanged. */
	const char *dashboards, *rules;
};

/* Writes the object, unless it exists unchanged or, without force, the existing one
 * is newer, changed or foreign. */
bool setup_object_put(struct setup_objects *objects, enum setup_object object, const char *name,
		      const struct setup_content *content, bool force, enum setup_outcome *outcome,
		      struct error *err);
/* Prints "PUT /path" and the body, as far as they are known in advance. */
void setup_object_print(enum setup_object object, const char *name,
			const struct setup_content *content, struct strbuf *out);
/* Reads the period from the template's metadata; "": it does not exist, is foreign,
 * or has none. */
bool setup_object_period(struct setup_objects *objects, const char *name,
			 char period[static SETUP_PERIOD_SIZE], struct error *err);
/* Deletes it; CURRENT: it did not exist; KEPT_...: it was kept. */
bool setup_object_delete(struct setup_objects *objects, enum setup_object object, const char *name,
			 bool force, enum setup_outcome *outcome, struct error *err);

#endif
