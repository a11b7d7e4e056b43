/* SPDX-License-Identifier: MIT */
#include "ingest/trust/trust.h"

#include "base/organizational_domain.h"

/* Compares the signers with the domains that the mail claims to come from. */
static void note_signers(const struct mail_headers *headers, struct slice contact,
			 struct quirk_set *quirks)
{
	/* anybody can claim to be the submitter of another's report */
	const struct slice submitter = headers->tls_report_submitter;
	const bool submits = same_organization(submitter, contact) ||
			     same_organization(submitter, headers->from_domain);
	const struct slice named[] = { contact, headers->from_domain,
				       submits ? submitter : (struct slice){ NULL, 0 } };
	bool same = false;

	for (size_t i = 0; i < headers->dkim_domain_count; i++) {
		for (size_t j = 0; j < sizeof(named) / sizeof(named[0]); j++) {
			if (slice_equal(named[j], headers->dkim_domains[i]))
				return;
			same |= same_organization(named[j], headers->dkim_domains[i]);
		}
	}
	quirk_add(quirks, same ? QUIRK_DKIM_DOMAIN : QUIRK_UNAUTHENTICATED);
}

/* Without a trusted host or verification here, every mail would have this quirk, so omit
 * it.  With a trusted host, its verdict is missing; with verification, a key was
 * unavailable. */
static void note_unknown(const struct ingest_settings *settings, const struct mail_headers *headers,
			 struct quirk_set *quirks)
{
	const char *const *trusted = settings->trusted_authserv;

	if (((trusted && trusted[0]) || settings->verify_dkim) && headers->from_domain.data)
		quirk_add(quirks, QUIRK_DKIM_UNKNOWN);
}

void trust_note(const struct ingest_settings *settings, const struct mail_headers *headers,
		struct slice contact, struct quirk_set *quirks)
{
	const char *verdict = headers->dkim_verdict ? headers->dkim_verdict : "unknown";

	if (strcmp(verdict, "unknown") == 0)
		note_unknown(settings, headers, quirks);
	else if (strcmp(verdict, "pass") == 0)
		note_signers(headers, contact, quirks);
	else
		quirk_add(quirks, QUIRK_UNAUTHENTICATED);
	if (headers->from_domain.size > 0 && contact.size > 0 &&
	    !same_organization(headers->from_domain, contact))
		quirk_add(quirks, QUIRK_SENDER_DIFFERS);
}
