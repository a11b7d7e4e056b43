/* report_output.c - prints a summary of reports in the requested format
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/report_output.h"

#include <errno.h>
#include <stdio.h>

#include "bridge/report/findings.h"
#include "bridge/report/logo.h"
#include "bridge/report/report_json.h"
#include "bridge/report/screen.h"

void report_output_init(struct report_output *o)
{
	*o = (struct report_output){ .format = REPORT_HTML };
	strbuf_init(&o->logo, LOGO_URL_BYTES);
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

bool report_output_set_logo(struct report_output *o, const char *path, struct error *err)
{
	struct logo logo;
	bool good;

	logo_init(&logo);
	good = logo_read(&logo, path, err);
	if (good) {
		strbuf_reset(&o->logo);
		logo_url(&logo, &o->logo);
		o->heading.logo = strbuf_slice(&o->logo);
	}
	logo_release(&logo);
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
