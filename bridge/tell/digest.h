/* digest.h - the weekly or monthly digest of a tenant, sent even if nothing happened
 *
 * SPDX-License-Identifier: MIT
 *
 * A mail with the first screen of the page and the changes since the last digest; the whole
 * page is attached.
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
	const struct logo *logo; /* in mail only PNG or JPEG */
	struct slice name;       /* the domains */
	const char *page;        /* URL; NULL: none */
	struct periods periods;  /* the reported period and the one before */
	const char *unit;        /* "week", "month" */
	const struct change *changes;
	size_t change_count;
	int64_t since; /* the last digest; 0: this is the first */
};

/* As HTML that Outlook (Word) and Gmail render (tables and inline styles), and as plain
 * text. */
void digest_html(const struct digest *digest, FILE *out);
void digest_text(const struct digest *digest, struct strbuf *out);
void digest_subject(const struct digest *digest, struct strbuf *out);

/* "16 to 22 Nov 2026" */
#define PERIOD_TEXT_SIZE 32
void digest_period_text(const struct period *period, char text[static PERIOD_TEXT_SIZE]);
/* Name of the service in one line. */
const char *digest_service(const struct digest *digest);
/* Number of the first finding to list: the first finding is not listed if it is explained
 * above. */
size_t digest_first_listed(const struct digest *digest);
bool digest_explains(const struct digest *digest);
/* Findings and changes that are listed; the page has the others. */
#define DIGEST_LISTED 8

#endif
