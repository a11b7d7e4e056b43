/* finding.h - what a check of a domain has to say
 *
 * SPDX-License-Identifier: MIT
 *
 * Texts are printable ASCII: foreign bytes have passed text_quote(), so nothing
 * that a record holds can steer a terminal.  HTML and JSON escape as usual.
 */
#ifndef DOMAIN_FINDING_H
#define DOMAIN_FINDING_H

#include "base/arena.h"
#include "base/severity.h"
#include "domain/finding_table.h"

enum domain_code {
#define FINDING(id, code, severity, source, title, advice) DOMAIN_##id,
	DOMAIN_FINDINGS(FINDING)
#undef FINDING
	DOMAIN_CODES
};

struct domain_code_row {
	const char *code;
	enum severity severity; /* the usual one */
	const char *source;	/* "RFC 9989 section 4.7" */
	const char *title, *advice;
};

const struct domain_code_row *domain_code_row(enum domain_code code);

struct domain_finding {
	enum domain_code code;
	enum severity severity;
	struct slice subject;  /* the name, host or address that it is about */
	struct slice evidence; /* what was seen; may be absent */
	struct slice advice;   /* what to change */
	struct slice paste;    /* records to publish, a line each; may be absent */
};

#define DOMAIN_FINDINGS_MAX 200

struct domain_findings {
	struct arena *arena;
	struct domain_finding list[DOMAIN_FINDINGS_MAX];
	size_t count, more; /* more: those that had no room */
};

/* Adds a finding and returns it, to have its severity or texts changed.  Of a
 * second one with the same code and subject only the first is kept, and the
 * result is a place that nobody reads.  The format is that of the evidence. */
__attribute__((format(printf, 4, 5)))
struct domain_finding *domain_found(struct domain_findings *findings, enum domain_code code,
				    struct slice subject, const char *format, ...);

__attribute__((format(printf, 3, 4)))
void domain_paste(struct domain_findings *findings, struct domain_finding *finding,
		  const char *format, ...);
__attribute__((format(printf, 3, 4)))
void domain_advise(struct domain_findings *findings, struct domain_finding *finding,
		   const char *format, ...);

bool domain_has(const struct domain_findings *findings, enum domain_code code);

/* The worst first; the order of those alike stays. */
void domain_findings_sort(struct domain_findings *findings);

/* The worst severity that is not unknown; OK when there is none. */
enum severity domain_findings_worst(const struct domain_findings *findings);

/* A text in the arena, printf-like; "" where the arena is full. */
__attribute__((format(printf, 2, 3)))
const char *arena_format(struct arena *arena, const char *format, ...);

/* Foreign bytes for evidence: what is not printable ASCII, and the backslash,
 * becomes \DDD as in zone files (RFC 1035 section 5.1); after `most` bytes an
 * ellipsis ends it. */
const char *text_quote(struct arena *arena, struct slice text, size_t most);

/* A character string of a zone file: in quotes, split below 255 octets. */
const char *text_strings(struct arena *arena, struct slice text);

#endif
