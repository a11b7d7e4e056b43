/* dmarc_element.h - the elements of a DMARC aggregate report
 *
 * SPDX-License-Identifier: MIT
 *
 * Combines RFC 7489 Appendix C and RFC 9990 Appendix A: which element is allowed
 * inside which.  Order and number of elements are not checked.
 */
#ifndef INGEST_DMARC_DMARC_ELEMENT_H
#define INGEST_DMARC_DMARC_ELEMENT_H

#include "base/slice.h"

/* Elements from ELEMENT_RECORD on belong to a record. */
enum dmarc_element {
	ELEMENT_SKIPPED,
	ELEMENT_DOCUMENT, /* contains the root */
	ELEMENT_FEEDBACK,
	ELEMENT_VERSION,
	ELEMENT_METADATA,
	ELEMENT_ORG_NAME,
	ELEMENT_EMAIL,
	ELEMENT_EXTRA_CONTACT,
	ELEMENT_REPORT_ID,
	ELEMENT_DATE_RANGE,
	ELEMENT_BEGIN,
	ELEMENT_END,
	ELEMENT_ERROR,
	ELEMENT_GENERATOR,
	ELEMENT_POLICY,
	ELEMENT_DOMAIN,
	ELEMENT_ADKIM,
	ELEMENT_ASPF,
	ELEMENT_P,
	ELEMENT_SP,
	ELEMENT_NP,
	ELEMENT_PCT,
	ELEMENT_FO,
	ELEMENT_TESTING,
	ELEMENT_DISCOVERY_METHOD,
	ELEMENT_RECORDS,   /* in no RFC: around the records */
	ELEMENT_IGNORED,   /* known but not used */
	ELEMENT_EXTENSION, /* RFC 9990 section 3.1.1.7: arbitrary contents */
	ELEMENT_RECORD,
	ELEMENT_ROW,
	ELEMENT_SOURCE_IP,
	ELEMENT_COUNT,
	ELEMENT_POLICY_EVALUATED,
	ELEMENT_DISPOSITION,
	ELEMENT_ALIGNED_DKIM,
	ELEMENT_ALIGNED_SPF,
	ELEMENT_REASON,
	ELEMENT_REASON_TYPE,
	ELEMENT_REASON_COMMENT,
	ELEMENT_IDENTIFIERS,
	ELEMENT_IDENTITIES,
	ELEMENT_HEADER_FROM,
	ELEMENT_ENVELOPE_FROM,
	ELEMENT_ENVELOPE_TO,
	ELEMENT_AUTH_RESULTS,
	ELEMENT_DKIM,
	ELEMENT_SPF,
	ELEMENT_AUTH_DOMAIN,
	ELEMENT_AUTH_SELECTOR,
	ELEMENT_AUTH_SCOPE,
	ELEMENT_AUTH_RESULT,
	ELEMENT_AUTH_HUMAN_RESULT,
	ELEMENTS
};

/* Returns the child element of that name, or ELEMENT_SKIPPED. */
enum dmarc_element dmarc_element_child(enum dmarc_element parent, struct slice name);
/* The same for other spellings, such as "Source-IP" for source_ip. */
enum dmarc_element dmarc_element_spelled(enum dmarc_element parent, struct slice name);

/* Is it the name of an element of the format, in any parent? */
bool dmarc_element_known(struct slice name);

#endif
