/* setup_object.h - templates, policies, roles: what setup leaves on a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything that is written carries a note: who wrote it, in which version,
 * a digest of what was sent and one of what the server made of it.  So it can
 * be told whether a person has changed it since.
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
	SETUP_USER, /* this and the next: listed and deleted alone */
	SETUP_OPENSEARCH_USER,
};

enum setup_outcome {
	SETUP_CREATED,
	SETUP_UPDATED,
	SETUP_CURRENT,	    /* it was there just so */
	SETUP_KEPT_NEWER,   /* a newer version wrote it */
	SETUP_KEPT_FOREIGN, /* we did not write it */
	SETUP_KEPT_CHANGED, /* we did, but a person has changed it */
};

const char *setup_object_label(enum setup_object object);
const char *setup_outcome_text(enum setup_outcome outcome);

/* The objects of one server, each kind of which is read once, when it is first
 * asked for.  server must outlive it. */
struct setup_objects;
struct setup_objects *setup_objects_new(struct elastic_setup *server);
void setup_objects_free(struct setup_objects *objects);

/* Does the server have this kind of object at all (ILM, ISM, security)? */
bool setup_object_known(struct setup_objects *objects, enum setup_object object, bool *has,
			struct error *err);
/* All of the kind; valid as long as objects.  FATAL: the login may not read them. */
bool setup_objects_list(struct setup_objects *objects, enum setup_object object,
			const struct setup_listing **listing, struct error *err);

/* What is to be written: a JSON object without our note, and what that says. */
struct setup_content {
	struct slice json;
	int64_t version;
	const char *period; /* of the indices that a template makes; NULL: it is no template */
	/* Of struct elastic_object; NULL: as they are. */
	const char *dashboards, *rules;
};

/* Writes the object, unless it is there just so, or what is there is newer,
 * changed or not ours and force is not given. */
bool setup_object_put(struct setup_objects *objects, enum setup_object object, const char *name,
		      const struct setup_content *content, bool force,
		      enum setup_outcome *outcome, struct error *err);
/* "PUT /path" and the body, as far as they can be told beforehand. */
void setup_object_print(enum setup_object object, const char *name,
			const struct setup_content *content, struct strbuf *out);
/* The period that the template's note tells; "": it is not there, not ours, or
 * tells none. */
bool setup_object_period(struct setup_objects *objects, const char *name,
			 char period[static SETUP_PERIOD_SIZE], struct error *err);
/* Deletes it; CURRENT: it was not there; KEPT_...: it was kept. */
bool setup_object_delete(struct setup_objects *objects, enum setup_object object, const char *name,
			 bool force, enum setup_outcome *outcome, struct error *err);

#endif
