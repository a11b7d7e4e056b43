/* notice.h - the texts of a notification, for people and for programs
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_NOTICE_H
#define BRIDGE_TELL_NOTICE_H

#include "bridge/config/config.h"
#include "bridge/tell/state.h"

struct notice {
	const struct change *changes; /* the worst first, at least one */
	size_t count;
	const char *tenant; /* NULL: to the operator, about all tenants */
	const struct service_config *service;
	const char *page; /* URL of the tenant's page; NULL: none */
	struct slice id;
	int64_t now;
};

/* "new", "worse", "better", "resolved": in JSON and options. */
const char *change_kind_name(enum change_kind kind);
/* The same for people: "New", "Worse", ...; and the severity that colours it. */
const char *change_words(enum change_kind kind);
enum severity change_severity(const struct change *change);

/* One line: what happened, and how many other changes there are. */
void notice_subject(const struct notice *notice, struct strbuf *out);
/* Text of a mail; the first line says what happened to which domain, and what to do. */
void notice_text(const struct notice *notice, struct strbuf *out);
/* One line per change, `most` bytes at most in total. */
void notice_lines(const struct notice *notice, size_t most, struct strbuf *out);

/* The body of a webhook. */
void notice_body(const struct notice *notice, enum notify_form form, const char *url,
		 struct strbuf *out);
/* The URL to post to; for ntfy, without the topic. */
void notice_url(enum notify_form form, const char *url, struct strbuf *out);

#endif
