/* elastic_setup.h - what is made once on a search server and its Kibana
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything that is written carries a note: who wrote it, in which version,
 * a digest of what was sent and one of what the server made of it.  So it can
 * be told whether a person has changed it since.
 */
#ifndef OUTPUT_ELASTIC_SETUP_H
#define OUTPUT_ELASTIC_SETUP_H

#include "base/strbuf.h"
#include "output/elastic_product.h"
#include "output/http.h"

struct elastic_setup;

/* Settings are not copied and must outlive it. */
struct elastic_setup *elastic_setup_new(const struct elastic_settings *settings);
void elastic_setup_free(struct elastic_setup *setup);

/* The same connections for requests of another kind. */
struct http *elastic_setup_http(struct elastic_setup *setup);

bool elastic_setup_product(struct elastic_setup *setup, enum elastic_flavour given,
			   struct elastic_product *product, struct error *err);

enum setup_object {
	SETUP_TEMPLATE,
	SETUP_ILM_POLICY,
	SETUP_ISM_POLICY,
	SETUP_ROLE,
	SETUP_OPENSEARCH_ROLE,
	SETUP_OPENSEARCH_TENANT,
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

/* Writes the object, unless what is there is newer, changed or not ours and
 * force is not given.  content is a JSON object without our note. */
bool elastic_setup_put(struct elastic_setup *setup, enum setup_object object, const char *name,
		       struct slice content, int64_t version, bool force,
		       enum setup_outcome *outcome, struct error *err);
/* "PUT /path" and the body, as far as they can be told beforehand. */
void elastic_setup_print(enum setup_object object, const char *name, struct slice content,
			 int64_t version, struct strbuf *out);
/* Deletes it; CURRENT: it was not there; KEPT_...: it was kept. */
bool elastic_setup_delete(struct elastic_setup *setup, enum setup_object object, const char *name,
			  bool force, enum setup_outcome *outcome, struct error *err);

/* Does the server have this kind of object at all (ILM, ISM, security)? */
bool elastic_setup_has(struct elastic_setup *setup, enum setup_object object, bool *has,
		       struct error *err);

/* Any other request.  false with an error that names method and path, unless
 * the answer is 200, or 404 for a GET. */
bool elastic_setup_ask(struct elastic_setup *setup, const char *method, const char *path,
		       struct slice body, struct http_answer *answer, struct error *err);

/* POST /api/spaces/space unless it is there.  created is written on success. */
bool elastic_setup_space(struct elastic_setup *setup, const char *kibana_url, const char *id,
			 struct slice body, bool *created, struct error *err);

#endif
