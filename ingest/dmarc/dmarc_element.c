/* SPDX-License-Identifier: MIT */
#include "ingest/dmarc/dmarc_element.h"

struct child {
	struct slice name;
	enum dmarc_element element;
};

/* clang-format off */
#define CHILD(name, element) { { name, sizeof(name) - 1 }, element }
/* clang-format on */
#define CHILDREN(...)                                \
	(const struct child[])                       \
	{                                            \
		__VA_ARGS__,                         \
		{                                    \
			{ NULL, 0 }, ELEMENT_SKIPPED \
		}                                    \
	}

static const struct child *const children_of[ELEMENTS] = {
	[ELEMENT_DOCUMENT] = CHILDREN(CHILD("feedback", ELEMENT_FEEDBACK)),
	[ELEMENT_FEEDBACK] = CHILDREN(
		CHILD("record", ELEMENT_RECORD), CHILD("records", ELEMENT_RECORDS),
		CHILD("version", ELEMENT_VERSION), CHILD("report_metadata", ELEMENT_METADATA),
		CHILD("policy_published", ELEMENT_POLICY), CHILD("extension", ELEMENT_EXTENSION)),
	[ELEMENT_RECORDS] = CHILDREN(CHILD("record", ELEMENT_RECORD)),
	[ELEMENT_METADATA] = CHILDREN(
		CHILD("org_name", ELEMENT_ORG_NAME), CHILD("email", ELEMENT_EMAIL),
		CHILD("extra_contact_info", ELEMENT_EXTRA_CONTACT),
		CHILD("report_id", ELEMENT_REPORT_ID), CHILD("date_range", ELEMENT_DATE_RANGE),
		CHILD("error", ELEMENT_ERROR), CHILD("generator", ELEMENT_GENERATOR)),
	[ELEMENT_DATE_RANGE] = CHILDREN(CHILD("begin", ELEMENT_BEGIN), CHILD("end", ELEMENT_END)),
	[ELEMENT_POLICY] = CHILDREN(
		CHILD("domain", ELEMENT_DOMAIN), CHILD("adkim", ELEMENT_ADKIM),
		CHILD("aspf", ELEMENT_ASPF), CHILD("p", ELEMENT_P), CHILD("sp", ELEMENT_SP),
		CHILD("np", ELEMENT_NP), CHILD("pct", ELEMENT_PCT), CHILD("fo", ELEMENT_FO),
		CHILD("testing", ELEMENT_TESTING),
		CHILD("discovery_method", ELEMENT_DISCOVERY_METHOD),
		/* from drafts, or tags of the DNS record that have no meaning here */
		CHILD("version_published", ELEMENT_IGNORED), CHILD("rf", ELEMENT_IGNORED),
		CHILD("ri", ELEMENT_IGNORED)),
	[ELEMENT_RECORD] = CHILDREN(CHILD("row", ELEMENT_ROW),
				    CHILD("identifiers", ELEMENT_IDENTIFIERS),
				    CHILD("identities", ELEMENT_IDENTITIES),
				    CHILD("auth_results", ELEMENT_AUTH_RESULTS)),
	[ELEMENT_ROW] = CHILDREN(CHILD("source_ip", ELEMENT_SOURCE_IP),
				 CHILD("count", ELEMENT_COUNT),
				 CHILD("policy_evaluated", ELEMENT_POLICY_EVALUATED)),
	[ELEMENT_POLICY_EVALUATED] = CHILDREN(CHILD("disposition", ELEMENT_DISPOSITION),
					      CHILD("dkim", ELEMENT_ALIGNED_DKIM),
					      CHILD("spf", ELEMENT_ALIGNED_SPF),
					      CHILD("reason", ELEMENT_REASON)),
	[ELEMENT_REASON] = CHILDREN(CHILD("type", ELEMENT_REASON_TYPE),
				    CHILD("comment", ELEMENT_REASON_COMMENT)),
#define IDENTIFIERS                                             \
	CHILDREN(CHILD("header_from", ELEMENT_HEADER_FROM),     \
		 CHILD("envelope_from", ELEMENT_ENVELOPE_FROM), \
		 CHILD("envelope_to", ELEMENT_ENVELOPE_TO))
	[ELEMENT_IDENTIFIERS] = IDENTIFIERS,
	[ELEMENT_IDENTITIES] = IDENTIFIERS,
	[ELEMENT_AUTH_RESULTS] = CHILDREN(CHILD("dkim", ELEMENT_DKIM), CHILD("spf", ELEMENT_SPF)),
	[ELEMENT_DKIM] = CHILDREN(CHILD("domain", ELEMENT_AUTH_DOMAIN),
				  CHILD("selector", ELEMENT_AUTH_SELECTOR),
				  CHILD("result", ELEMENT_AUTH_RESULT),
				  CHILD("human_result", ELEMENT_AUTH_HUMAN_RESULT)),
	[ELEMENT_SPF] = CHILDREN(CHILD("domain", ELEMENT_AUTH_DOMAIN),
				 CHILD("scope", ELEMENT_AUTH_SCOPE),
				 CHILD("result", ELEMENT_AUTH_RESULT),
				 CHILD("human_result", ELEMENT_AUTH_HUMAN_RESULT)),
};

enum dmarc_element dmarc_element_child(enum dmarc_element parent, struct slice name)
{
	const struct child *child = children_of[parent];

	while (child && child->name.data && !slice_equal(name, child->name))
		child++;
	return child ? child->element : ELEMENT_SKIPPED;
}

enum dmarc_element dmarc_element_spelled(enum dmarc_element parent, struct slice name)
{
	const struct child *child = children_of[parent];

	while (child && child->name.data && !slice_is_spelling(name, child->name))
		child++;
	return child ? child->element : ELEMENT_SKIPPED;
}

bool dmarc_element_known(struct slice name)
{
	for (enum dmarc_element parent = 0; parent < ELEMENTS; parent++)
		if (dmarc_element_spelled(parent, name) != ELEMENT_SKIPPED)
			return true;
	return false;
}
