/* pack.h - what a reporter does to a report before it sends it
 *
 * SPDX-License-Identifier: MIT
 *
 * Results are appended to out, which the caller has initialised.
 */
#ifndef TESTS_LIB_PACK_H
#define TESTS_LIB_PACK_H

#include "base/strbuf.h"

void pack_gzip(struct strbuf *out, struct slice content);
void pack_base64(struct strbuf *out, struct slice content);

struct pack_member {
	const char *name;
	struct slice content;
	const char *password; /* NULL: not encrypted */
};

void pack_zip(struct strbuf *out, const struct pack_member *members, size_t count);

struct pack_part {
	const char *type, *encoding, *name; /* NULL: no such header field */
	struct slice body;                  /* base64 is done here, the rest is not */
};

/* A multipart/mixed mail with some headers and these parts; extra_headers are
 * whole lines, or NULL. */
void pack_mail(struct strbuf *out, const char *extra_headers, const struct pack_part *parts,
	       size_t count);

#endif
