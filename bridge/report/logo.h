/* logo.h - the image of the service that hands a page over
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_LOGO_H
#define BRIDGE_REPORT_LOGO_H

#include "base/error.h"
#include "base/strbuf.h"

struct logo {
	struct strbuf bytes;
	const char *type; /* "png", "jpeg" or "svg+xml"; NULL: there is none */
};

void logo_init(struct logo *logo);
void logo_release(struct logo *logo);

/* A PNG, JPEG or SVG file of up to 256 KiB.  FATAL: it is none. */
bool logo_read(struct logo *logo, const char *path, struct error *err);

/* As a data: URL, for a page that needs no other file; text holds LOGO_URL_BYTES. */
#define LOGO_URL_BYTES ((size_t)512 << 10)
void logo_url(const struct logo *logo, struct strbuf *text);

#endif
