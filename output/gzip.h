/* gzip.h - gzip compression of request bodies
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_GZIP_H
#define OUTPUT_GZIP_H

#include "base/strbuf.h"

struct gzip;

/* level: 1 to 9. */
struct gzip *gzip_new(unsigned level);
void gzip_free(struct gzip *gzip);

/* Replaces the content of out.  false: out's limit is too small. */
bool gzip_compress(struct gzip *gzip, struct slice text, struct strbuf *out);

#endif
