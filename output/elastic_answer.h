/* elastic_answer.h - small answers of search servers
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_ANSWER_H
#define OUTPUT_ELASTIC_ANSWER_H

#include "base/error.h"
#include "base/slice.h"

struct elastic_template {
	bool ours;	 /* _meta.managed_by says so */
	int64_t version; /* _meta.version */
};

/* GET /_index_template/<name> */
bool elastic_answer_template(struct slice body, struct elastic_template *found,
			     struct error *err);

/* error.reason, or nothing. */
void elastic_answer_reason(struct slice body, char *reason, size_t size);

#endif
