/* elastic_setup.h - index templates on a search server
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_SETUP_H
#define OUTPUT_ELASTIC_SETUP_H

#include "output/sink.h"

struct elastic_setup;

/* Settings are not copied and must outlive it. */
struct elastic_setup *elastic_setup_new(const struct elastic_settings *settings);
void elastic_setup_free(struct elastic_setup *setup);

enum setup_outcome {
	SETUP_CREATED,
	SETUP_UPDATED,
	SETUP_CURRENT,	    /* it was there in this version */
	SETUP_KEPT_NEWER,   /* a newer version wrote it */
	SETUP_KEPT_FOREIGN, /* we did not write it */
};

const char *setup_outcome_text(enum setup_outcome outcome);

/* PUT /_index_template/<name>, unless what is there is newer or not ours and
 * force is not given. */
bool elastic_setup_template(struct elastic_setup *setup, const char *name, struct slice json,
			    int64_t version, bool force, enum setup_outcome *outcome,
			    struct error *err);

#endif
