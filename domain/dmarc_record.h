/* dmarc_record.h - a DMARC record (RFC 9989 section 4.8), read and judged
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_DMARC_RECORD_H
#define DOMAIN_DMARC_RECORD_H

#include "domain/finding.h"
#include "domain/record_tags.h"

/* From the weakest on, so that they compare. */
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

/* Does the text begin with v=DMARC1, so that receivers take it? */
bool dmarc_is_record(struct slice text);
/* Or was it probably meant to? */
bool dmarc_is_near(struct slice text);

/* text stays referenced. */
void dmarc_record_read(struct slice text, struct dmarc_record *record);

/* Policy that applies: a missing or bad p with a rua counts as none. */
enum dmarc_policy dmarc_policy_effective(const struct dmarc_record *record);
const char *dmarc_policy_name(enum dmarc_policy policy);

/* What is wrong with the record itself, whoever asks for it.  name is where it
 * stands; a record at an organizational domain covers the names below it. */
void dmarc_record_judge(struct domain_findings *findings, struct slice name,
			const struct dmarc_record *record, bool organizational);

/* One address of rua or ruf. */
enum report_uri_fault { URI_GOOD, URI_BAD, URI_OTHER_SCHEME };
struct report_uri {
	struct slice text;
	struct slice host; /* of a mailto or https URI */
	enum report_uri_fault fault;
	const char *why; /* of BAD */
	bool sized;	 /* ends in "!10m" */
	bool https;
};

/* Takes the next URI off a list with commas; false: there is none. */
bool report_uri_next(struct slice *list, struct report_uri *uri);

#endif
