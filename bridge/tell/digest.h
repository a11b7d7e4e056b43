/* digest.h - what a tenant is told every week or month, whatever happened
 *
 * SPDX-License-Identifier: MIT
 *
 * The first screen of the page as a mail, what has changed since the last one,
 * and the whole page attached.
 */
#ifndef BRIDGE_TELL_DIGEST_H
#define BRIDGE_TELL_DIGEST_H

#include "bridge/config/config.h"
#include "bridge/report/figures.h"
#include "bridge/report/findings.h"
#include "bridge/report/logo.h"
#include "bridge/tell/state.h"

struct digest {
	const struct summary *summary;
	const struct findings *findings;
	const struct service_config *service;
	const struct logo *logo; /* in mail: PNG or JPEG alone */
	struct slice name;	 /* whose it is: the domains */
	const char *page;	 /* URL; NULL: none */
	struct periods periods;	 /* what is told about, and what was before */
	const char *unit;	 /* "week", "month" */
	const struct change *changes;
	size_t change_count;
	int64_t since;	    /* the last digest; 0: this is the first */
};

/* As HTML that Outlook (Word) and Gmail show: tables and inline styles; and as
 * plain text. */
void digest_html(const struct digest *digest, FILE *out);
void digest_text(const struct digest *digest, struct strbuf *out);
void digest_subject(const struct digest *digest, struct strbuf *out);

/* "16 to 22 Nov 2026" */
#define PERIOD_TEXT_SIZE 32
void digest_period_text(const struct period *period, char text[static PERIOD_TEXT_SIZE]);
/* The one-line name of the service. */
const char *digest_service(const struct digest *digest);
/* What is shown of the finding list: all but the first where that is explained. */
size_t digest_first_listed(const struct digest *digest);
bool digest_explains(const struct digest *digest);
/* Of the findings and changes that are listed; the others are on the page. */
#define DIGEST_LISTED 8

#endif
