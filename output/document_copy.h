/* document_copy.h - copies stored documents to another index or id
 *
 * SPDX-License-Identifier: MIT
 *
 * The originals stay until the caller deletes them, so nothing is written as a
 * dead letter, and a document that is not accepted ends the copying.
 */
#ifndef OUTPUT_DOCUMENT_COPY_H
#define OUTPUT_DOCUMENT_COPY_H

#include "output/sink.h"

struct document_copy {
	struct elastic_settings settings;
	struct sink *sink;
	struct bulk bulk; /* filled by the caller */
};

/* The objects that settings point to must outlive it.  needs_templates: as in the
 * settings. */
void document_copy_init(struct document_copy *copy, const struct elastic_settings *settings,
			bool needs_templates);
void document_copy_release(struct document_copy *copy);

/* Posts the bulk without changing it.  true: each item is STORED or a DUPLICATE. */
bool document_copy_post(struct document_copy *copy, struct error *err);

#endif
