/* mime.h - iterates over the decoded parts of a mail
 *
 * SPDX-License-Identifier: MIT
 *
 * The iterator returns every leaf of the MIME tree.  A nested message
 * (message/rfc822) is also a leaf: to read its parts, open another iterator over
 * its body and count the nesting.
 */
#ifndef INGEST_UNWRAP_MIME_H
#define INGEST_UNWRAP_MIME_H

#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"
#include "ingest/report/input.h"

struct mime;

/* A leaf; valid until the next call to mime_next(). */
struct mime_part {
	struct slice type;     /* "application/gzip", lower case, as declared */
	struct slice name;     /* file name, decoded to UTF-8, or absent */
	struct slice charset;  /* as declared, or absent */
	struct slice head;     /* the first CLASSIFY_BYTES of the content */
	struct input *content; /* decoded, seekable; closed by the iterator */
	bool encoded;          /* a transfer encoding is decoded */
	struct error refusal;  /* if class is not NONE: why there is no content */
};

/* Call this once, before the first mime_open(). */
void mime_init(void);

/* raw must outlive the iterator.  Skips lines before the first header field, such as "From
 * " of an mbox.  A multipart nested deeper than max_depth becomes a leaf with a refusal.
 * REJECT "bad-mime": not a mail; "too-large": the header exceeds a MiB; "too-many-parts". */
bool mime_open(struct slice raw, unsigned max_depth, struct mime **mime, struct error *err);
void mime_close(struct mime *mime);

/* Returns the next leaf; false at the end. */
bool mime_next(struct mime *mime, struct mime_part *part);

/* Returns the content of the last part in one piece, valid as long as the part.  Encoded
 * content takes memory once more: prefer to read it from the input. */
struct slice mime_body(struct mime *mime);
uint64_t mime_body_size(const struct mime *mime);
/* Hashes it; as_field: as hash_field() does, also if there is no content. */
void mime_hash_body(const struct mime *mime, bool as_field, struct hash *hash);

/* Returns the header of the mail, whose fields header_field_next() returns. */
struct slice mime_header(const struct mime *mime);
/* Returns the value of a field unfolded, encoded words decoded to UTF-8; valid until the next
 * call. */
struct slice mime_header_value(struct mime *mime, struct slice value);

/* Returns the content type of the whole mail. */
struct slice mime_type(const struct mime *mime);

#endif
