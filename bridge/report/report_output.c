/* report_output.c - what the reports say, in the form that was asked for
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/report_output.h"

#include <errno.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/limits.h"
#include "bridge/report/findings.h"
#include "bridge/report/report_json.h"
#include "bridge/report/screen.h"

#define LOGO_BYTES ((size_t)256 * KIB)

void report_output_init(struct report_output *o)
{
	*o = (struct report_output){ .format = REPORT_HTML };
	strbuf_init(&o->logo, 2 * LOGO_BYTES);
}

void report_output_release(struct report_output *o)
{
	strbuf_release(&o->logo);
}

bool report_output_set_format(struct report_output *o, const char *word)
{
	static const char *const words[] = {
		[REPORT_SUMMARY] = "summary", [REPORT_HTML] = "html", [REPORT_JSON] = "json"
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			o->format = (enum report_format)i;
			return true;
		}
	}
	return false;
}

bool report_output_set_fail_on(struct report_output *o, const char *word)
{
	o->fails = severity_of_name(slice_of(word), &o->fail_on) && o->fail_on < SEVERITY_OK;
	return o->fails;
}

/* --- the logo ---------------------------------------------------------------------- */

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

bool report_output_set_logo(struct report_output *o, const char *path, struct error *err)
{
	const char *type;
	struct strbuf image;
	bool good;

	strbuf_init(&image, LOGO_BYTES + 2);
	good = read_image(path, &image, err);
	type = good ? type_of(strbuf_slice(&image)) : NULL;
	if (good && !type)
		good = error_set(err, ERROR_FATAL, "%s: neither a PNG, a JPEG nor an SVG image",
				 path);
	if (good) {
		strbuf_reset(&o->logo);
		strbuf_add_format(&o->logo, "data:image/%s;base64,", type);
		base64_encode(&o->logo, strbuf_slice(&image));
		o->heading.logo = strbuf_slice(&o->logo);
	}
	strbuf_release(&image);
	return good;
}

/* --- what was found ------------------------------------------------------------------ */

void report_output_print(const struct report_output *o, const struct summary_set *set)
{
	switch (o->format) {
	case REPORT_SUMMARY: screen_summary(set, o->no_color); break;
	case REPORT_HTML: page_print(set, &o->heading, stdout); break;
	case REPORT_JSON: report_json_print(set, o->heading.subject, stdout); break;
	}
}

static bool reaches(const struct summary *summary, enum severity threshold)
{
	struct findings findings;
	bool reached;

	findings_init(&findings, summary);
	reached = severity_reaches(findings.severity, threshold);
	findings_release(&findings);
	return reached;
}

bool report_output_has_failed(const struct report_output *o, const struct summary_set *set)
{
	bool failed = o->fails && reaches(set->all, o->fail_on);

	for (size_t i = 0; i < set->count && o->fails && !failed; i++)
		failed = reaches(set->tenants[i].summary, o->fail_on);
	return failed;
}
