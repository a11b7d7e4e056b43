/* notice.h - a notification in words: for people, and for programs
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
	const char *tenant; /* NULL: to the operator, about any */
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

/* One line: what happened, and how much else. */
void notice_subject(const struct notice *notice, struct strbuf *out);
/* The text of a mail; its first line says what happened to whose domain, and
 * what to do. */
void notice_text(const struct notice *notice, struct strbuf *out);
/* A line for each change, of `most` bytes at most all together. */
void notice_lines(const struct notice *notice, size_t most, struct strbuf *out);

/* The body of a webhook. */
void notice_body(const struct notice *notice, enum notify_form form, const char *url,
		 struct strbuf *out);
/* The URL that it is posted to: of ntfy, without the topic. */
void notice_url(enum notify_form form, const char *url, struct strbuf *out);

#endif
