/* logo.h - the logo of the service that provides a page
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_LOGO_H
#define BRIDGE_REPORT_LOGO_H

#include "base/error.h"
#include "base/strbuf.h"

struct logo {
	struct strbuf bytes;
	const char *type; /* "png", "jpeg" or "svg+xml"; NULL: none */
};

void logo_init(struct logo *logo);
void logo_release(struct logo *logo);

/* Reads a PNG, JPEG or SVG file of up to 256 KiB. FATAL: other files. */
bool logo_read(struct logo *logo, const char *path, struct error *err);

/* Formats it as a data: URL, so that the page needs no other file; text has room for
 * LOGO_URL_BYTES. */
#define LOGO_URL_BYTES ((size_t)512 << 10)
void logo_url(const struct logo *logo, struct strbuf *text);

#endif
