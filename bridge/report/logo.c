/* logo.c - the logo of the service that provides a page
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/logo.h"

#include <errno.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/limits.h"

#define LOGO_BYTES ((size_t)256 * KIB)

void logo_init(struct logo *logo)
{
	strbuf_init(&logo->bytes, LOGO_BYTES + 2);
	logo->type = NULL;
}

void logo_release(struct logo *logo)
{
	strbuf_release(&logo->bytes);
}

static const char *type_of(struct slice image)
{
	if (slice_starts_with(image, "\x89PNG"))
		return "png";
	if (slice_starts_with(image, "\xff\xd8\xff"))
		return "jpeg";
	return slice_find_text(image, "<svg") < image.size ? "svg+xml" : NULL;
}

static bool read_image(const char *path, struct strbuf *image, struct error *err)
{
	FILE *file = fopen(path, "re");
	char *room = strbuf_room(image, LOGO_BYTES + 1);

	if (!file)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	image->len = fread(room, 1, LOGO_BYTES + 1, file);
	image->buf[image->len] = '\0';
	fclose(file);
	return image->len <= LOGO_BYTES ||
	       error_set(err, ERROR_FATAL, "%s: a logo has %zu bytes at most", path, LOGO_BYTES);
}

bool logo_read(struct logo *logo, const char *path, struct error *err)
{
	strbuf_reset(&logo->bytes);
	logo->type = NULL;
	if (!read_image(path, &logo->bytes, err))
		return false;
	logo->type = type_of(strbuf_slice(&logo->bytes));
	return logo->type ||
	       error_set(err, ERROR_FATAL, "%s: neither a PNG, a JPEG nor an SVG image", path);
}

void logo_url(const struct logo *logo, struct strbuf *text)
{
	if (!logo->type)
		return;
	strbuf_add_format(text, "data:image/%s;base64,", logo->type);
	base64_encode(text, strbuf_slice(&logo->bytes));
}
