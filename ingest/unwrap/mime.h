/* mime.h - the parts of one mail, transfer encoding undone
 *
 * SPDX-License-Identifier: MIT
 *
 * The iterator gives every leaf of the MIME tree.  A message within the mail
 * (message/rfc822) is a leaf like any other: who wants its parts opens a
 * second iterator over its body, and counts how deep that goes.
 */
#ifndef INGEST_UNWRAP_MIME_H
#define INGEST_UNWRAP_MIME_H

#include "base/error.h"
#include "base/slice.h"

struct mime;

/* A leaf; all slices are valid until the next call of mime_next(). */
struct mime_part {
	struct slice type;    /* "application/gzip", lower case, as declared */
	struct slice name;    /* of the file, decoded to UTF-8, or absent */
	struct slice charset; /* as declared, or absent */
	struct slice body;
	bool encoded;	      /* a transfer encoding was undone */
	struct error refusal; /* class not NONE: why there is no body */
};

struct mime_header {
	struct slice name;  /* as written */
	struct slice value; /* unfolded, encoded words decoded to UTF-8 */
	struct slice raw;   /* as it stands in the mail */
};

/* Once, before the first mime_open(). */
void mime_init(void);

/* raw must outlive the iterator.  Lines before the first header, such as the
 * "From " of an mbox, are skipped.  Multiparts nested deeper than max_depth
 * become a leaf with a refusal.  REJECT "bad-mime": this is no mail;
 * "too-large": its header is longer than a MiB; "too-many-parts". */
bool mime_open(struct slice raw, unsigned max_depth, struct mime **mime, struct error *err);
void mime_close(struct mime *mime);

/* The next leaf; false at the end. */
bool mime_next(struct mime *mime, struct mime_part *part);

/* The header fields of the mail from top to bottom; false beyond the last. */
bool mime_header_at(const struct mime *mime, size_t index, struct mime_header *header);

/* Content type of the mail as a whole. */
struct slice mime_type(const struct mime *mime);

#endif
