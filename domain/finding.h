/* finding.h - findings of a domain check
 *
 * SPDX-License-Identifier: MIT
 *
 * Texts are printable ASCII: text_quote() escapes untrusted bytes, so a record
 * cannot control a terminal.  HTML and JSON output still escape.
 */
#ifndef DOMAIN_FINDING_H
#define DOMAIN_FINDING_H

#include "base/arena.h"
#include "base/printf_like.h"
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
	enum severity severity; /* the default */
	const char *source;     /* "RFC 9989 section 4.7" */
	const char *title, *advice;
};

const struct domain_code_row *domain_code_row(enum domain_code code);
/* The row of "dmarc-none"; NULL: there is none. */
const struct domain_code_row *domain_code_row_named(struct slice code);

struct domain_finding {
	enum domain_code code;
	enum severity severity;
	struct slice subject;  /* the name, host or address concerned */
	struct slice evidence; /* the observed data; may be absent */
	struct slice advice;   /* the recommended change */
	struct slice paste;    /* records to publish, one per line; may be absent */
};

#define DOMAIN_FINDINGS_MAX 200

struct domain_findings {
	struct arena *arena;
	struct domain_finding list[DOMAIN_FINDINGS_MAX];
	size_t count, more; /* more: findings that did not fit */
};

/* Adds a finding and returns it, so that the caller can change its severity or texts.
 * Repeated calls with the same code and subject keep only the first finding and return a
 * dummy.  The format is for the evidence. */
PRINTF_LIKE(4, 5)
struct domain_finding *domain_found(struct domain_findings *findings, enum domain_code code,
				    struct slice subject, const char *format, ...);

PRINTF_LIKE(3, 4)
void domain_paste(struct domain_findings *findings, struct domain_finding *finding,
		  const char *format, ...);
PRINTF_LIKE(3, 4)
void domain_advise(struct domain_findings *findings, struct domain_finding *finding,
		   const char *format, ...);

bool domain_has(const struct domain_findings *findings, enum domain_code code);

/* Sorts by severity, the worst first; the sort is stable. */
void domain_findings_sort(struct domain_findings *findings);

/* Returns the worst severity other than unknown; OK if there is none. */
enum severity domain_findings_worst(const struct domain_findings *findings);

/* Formats a text into the arena; returns "" if the arena is full. */
PRINTF_LIKE(2, 3)
const char *arena_format(struct arena *arena, const char *format, ...);

/* Escapes untrusted bytes for evidence: backslash and all but printable ASCII become \DDD,
 * as in zone files (RFC 1035 section 5.1).  After `most` bytes the text ends with an
 * ellipsis. */
const char *text_quote(struct arena *arena, struct slice text, size_t most);

/* Quotes a character string for a zone file, in strings of at most 255 octets. */
const char *text_strings(struct arena *arena, struct slice text);

#endif
