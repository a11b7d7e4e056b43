/* dmarc_record.h - a DMARC record (RFC 9989 section 4.8), parsed and checked
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_DMARC_RECORD_H
#define DOMAIN_DMARC_RECORD_H

#include "domain/finding.h"
#include "domain/record_tags.h"

/* Ordered from weak to strict, so that values compare. */
enum dmarc_policy {
	DMARC_POLICY_ABSENT,
	DMARC_POLICY_INVALID,
	DMARC_POLICY_NONE,
	DMARC_POLICY_QUARANTINE,
	DMARC_POLICY_REJECT,
};

struct dmarc_record {
	struct slice text;
	struct record_tags tags;
	enum dmarc_policy p, sp, np;
	struct slice rua, ruf;
	bool testing, psd_yes, psd_no;
	uint64_t percent;
};

/* Does the text begin with v=DMARC1, so that receivers accept it? */
bool dmarc_is_record(struct slice text);
/* Is it probably meant as a DMARC record? */
bool dmarc_is_near(struct slice text);

/* record keeps references to text. */
void dmarc_record_read(struct slice text, struct dmarc_record *record);

/* Returns the effective policy: a missing or invalid p with a rua counts as none. */
enum dmarc_policy dmarc_policy_effective(const struct dmarc_record *record);
const char *dmarc_policy_name(enum dmarc_policy policy);

/* Adds findings about the record itself.  name is its owner name; organizational: the
 * record also covers subdomains. */
void dmarc_record_judge(struct domain_findings *findings, struct slice name,
			const struct dmarc_record *record, bool organizational);

/* One URI of rua or ruf. */
enum report_uri_fault { URI_GOOD, URI_BAD, URI_OTHER_SCHEME };
struct report_uri {
	struct slice text;
	struct slice host; /* of a mailto or https URI */
	enum report_uri_fault fault;
	const char *why; /* for URI_BAD */
	bool sized;      /* ends in a size such as "!10m" */
	bool https;
};

/* Removes the next URI from a comma-separated list; false: the list is empty. */
bool report_uri_next(struct slice *list, struct report_uri *uri);

#endif
