/* finding.h - a finding about reports or records
 *
 * SPDX-License-Identifier: MIT
 *
 * A finding is data: code, severity, domain, evidence (figures and names), and since when.
 * Its sentences are generated from a template and that data (finding_fill()), so that page,
 * terminal and JSON always agree. Texts may contain names from reports: the printing code
 * must escape them.
 */
#ifndef BRIDGE_REPORT_FINDING_H
#define BRIDGE_REPORT_FINDING_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "base/severity.h"

#define FINDING_FIGURES 8
#define FINDING_NAMES 10

/* "messages", 200; with percent the value is in tenths of a percent. */
struct finding_figure {
	const char *name;
	uint64_t value;
	bool percent;
};

/* "service", "newsletter.example" */
struct finding_name {
	const char *name;
	struct slice value;
};

struct finding {
	const char *code; /* "service-broke": a string constant */
	enum severity severity;
	struct slice subject;                           /* the domain it concerns; may be absent */
	struct slice title;                             /* a sentence without a full stop */
	struct slice amount;                            /* how much, in words; may be absent */
	struct slice why, effect, recommendation;       /* effect may be absent */
	struct finding_figure figures[FINDING_FIGURES]; /* of the evidence, in order */
	struct finding_name names[FINDING_NAMES];       /* likewise */
	int64_t first, last; /* days of the finding; 0 and 0: not bound to days */
	bool since_start;    /* first is when the reports begin: it may be older */
	bool ended;          /* it ended before the reports ended */
	unsigned rank;       /* sorts findings of the same severity, ascending */
	uint64_t weight;     /* sorts findings of the same rank, descending */
};

/* Add to the evidence; absent names are omitted. */
void finding_add_figure(struct finding *finding, const char *name, uint64_t value);
/* part of whole as a percentage; omitted if whole is 0. */
void finding_add_share(struct finding *finding, const char *name, uint64_t part, uint64_t whole);
void finding_add_name(struct finding *finding, const char *name, struct slice value);

/* An absent slice if the finding has no value of that name. */
struct slice finding_name_of(const struct finding *finding, const char *name);

/* Sources of mail or a mail server that it concerns; may be absent. */
struct slice finding_where(const struct finding *finding);

/* The service's page about authentication; may be absent. */
static inline struct slice finding_guide(const struct finding *finding)
{
	return finding_name_of(finding, "help");
}

/* Fills a template: {service} is a name, {subject} the subject, {messages} a figure with
 * its noun ("1 message", "2,345 messages"), {#messages} only the figure, {share} a
 * percentage. Text in [] is omitted if a name in it is absent or a figure is 0. The result
 * is in the arena. */
struct slice finding_fill(struct arena *arena, const struct finding *finding, const char *template);

/* Writes one object: code, severity, subject, title, since, evidence, and the rest. */
void finding_write(struct json_writer *jw, const struct finding *finding);

#endif
