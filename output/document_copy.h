/* document_copy.h - documents that are stored, posted once more under another name
 *
 * SPDX-License-Identifier: MIT
 *
 * What is copied stays where it is until the caller deletes it, so nothing is kept
 * as a dead letter, and one document that is not taken ends the copying.
 */
#ifndef OUTPUT_DOCUMENT_COPY_H
#define OUTPUT_DOCUMENT_COPY_H

#include "output/sink.h"

struct document_copy {
	struct elastic_settings settings;
	struct sink *sink;
	struct bulk bulk; /* filled by the caller */
};

/* What settings point to must outlive it.  needs_templates: as in the settings. */
void document_copy_init(struct document_copy *copy, const struct elastic_settings *settings,
			bool needs_templates);
void document_copy_release(struct document_copy *copy);

/* Posts the bulk, which stays as it is.  true: each item is STORED or a DUPLICATE. */
bool document_copy_post(struct document_copy *copy, struct error *err);

#endif
