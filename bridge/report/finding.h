/* finding.h - one thing that was found, of reports or of records
 *
 * SPDX-License-Identifier: MIT
 *
 * A finding is data: what it is (code), how bad, about which domain, the
 * figures and names that prove it, since when.  Its sentences are made of a
 * template and that data (finding_fill()), so that page, terminal and JSON
 * cannot say different things.  Texts may hold names from reports: whoever
 * prints them escapes them.
 */
#ifndef BRIDGE_REPORT_FINDING_H
#define BRIDGE_REPORT_FINDING_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "base/severity.h"

#define FINDING_FIGURES 8
#define FINDING_NAMES 10

/* "messages", 200; where percent is set the value is in tenths of a percent. */
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
	const char *code;      /* "service-broke": a constant of the program */
	enum severity severity;
	struct slice subject;  /* the domain it concerns; may be absent */
	struct slice title;    /* a sentence without its full stop */
	struct slice amount;   /* how much, in words; may be absent */
	struct slice why, effect, recommendation; /* effect may be absent */
	struct finding_figure figures[FINDING_FIGURES]; /* of the evidence, in order */
	struct finding_name names[FINDING_NAMES];	/* likewise */
	int64_t first, last;   /* periods it was seen in; 0 and 0: not bound to days */
	bool since_start;      /* first is the first of all periods: it may be older */
	bool ended;	       /* it was over before the reports were */
	unsigned rank;	       /* orders findings of one severity: the lowest first */
	uint64_t weight;       /* orders those of one rank: the heaviest first */
};

/* Adds to the evidence; an absent name is left out. */
void finding_add_figure(struct finding *finding, const char *name, uint64_t value);
/* part of whole, as a percentage; left out where it is none of it. */
void finding_add_share(struct finding *finding, const char *name, uint64_t part, uint64_t whole);
void finding_add_name(struct finding *finding, const char *name, struct slice value);

/* 0 or the absent slice where the finding has none of that name. */
uint64_t finding_figure_of(const struct finding *finding, const char *name);
struct slice finding_name_of(const struct finding *finding, const char *name);

/* Whom it concerns: sources of mail, or a mail server; may be absent. */
struct slice finding_where(const struct finding *finding);

/* The page of the service about authentication; may be absent. */
static inline struct slice finding_guide(const struct finding *finding)
{
	return finding_name_of(finding, "help");
}

/* Fills a template: {service} is a name, {subject} the subject, {messages} a
 * figure with its noun ("1 message", "2,345 messages"), {#messages} the bare
 * figure, {share} a percentage.  What stands in [] is left out when a name in
 * it is absent or a figure 0.  The copy lives in the arena. */
struct slice finding_fill(struct arena *arena, const struct finding *finding,
			  const char *template);

/* One object: code, severity, subject, title, since, evidence, and the rest. */
void finding_write(struct json_writer *jw, const struct finding *finding);

#endif
