/* SPDX-License-Identifier: MIT */
#include "ingest/tlsrpt/tlsrpt_cause.h"

/* WITHOUT: only if the report has no failure-reason-code. */
enum reason { ANY, WITHOUT };

/* The first matching row counts.  policy: NULL matches every type. */
static const struct row {
	const char *result, *policy;
	enum reason reason;
	const char *group, *cause, *advice;
} rows[] = {
	{ "starttls-not-supported", NULL, ANY, "starttls",
	  "Your mail server did not offer encryption (STARTTLS) to the sender.",
	  "Turn STARTTLS on for port 25 of the named mail server and give it a certificate. If it "
	  "is on, look for a firewall or mail proxy in front of it that strips the offer, and for "
	  "an old backup server in the MX records. If everything is right at your end, somebody "
	  "between the sender and you may be interfering." },

	{ "certificate-host-mismatch", "tlsa", ANY, "certificate",
	  "The certificate of your mail server does not carry the name that the TLSA record "
	  "demands.",
	  "Renew the certificate so that it names the mail server exactly as the MX record does, "
	  "or publish a TLSA record of the form 3 1 1, for which names do not matter." },
	{ "certificate-host-mismatch", NULL, ANY, "certificate",
	  "The certificate of your mail server is made out to another name.",
	  "Get a certificate that lists the mail server's name exactly as it stands in the MX "
	  "record, and load it on every machine behind that name. A certificate for the domain "
	  "alone, or for the web server, is not enough." },

	{ "certificate-expired", NULL, ANY, "certificate",
	  "The certificate of your mail server has expired.",
	  "Renew the certificate and reload the mail server: many keep using the old one until "
	  "they are restarted. Make the renewal automatic, and check the backup servers too." },

	{ "certificate-not-trusted", "tlsa", ANY, "certificate",
	  "The sender could not build a chain from your mail server's certificate to what the "
	  "TLSA record names.",
	  "Have the mail server send the whole chain of certificates, including the one that the "
	  "TLSA record (usage 2) refers to, or publish a record of the form 3 1 1 for the "
	  "server's own key." },
	{ "certificate-not-trusted", NULL, ANY, "certificate",
	  "The sender does not trust who issued your mail server's certificate.",
	  "Use a certificate from a public authority and have the mail server send the "
	  "intermediate certificates along with its own; a missing intermediate is the usual "
	  "reason. Self-signed certificates do not work with MTA-STS. If only one reporter says "
	  "so, its list of authorities may be out of date." },

	{ "validation-failure", "sts", WITHOUT, "general",
	  "The sender met a mail server that your MTA-STS policy does not list.",
	  "Compare the MX records of the domain with the mx: lines of the policy. Every mail "
	  "server in DNS needs a line that matches it; *.example.com matches one label only. "
	  "After changing the policy file, change the id in the _mta-sts TXT record too." },
	{ "validation-failure", "sts", ANY, "general",
	  "The connection did not satisfy your MTA-STS policy; the reason code says where it "
	  "failed.",
	  "Read the reason code. If it speaks of the host or MX name, compare the MX records with "
	  "the mx: lines of the policy; if it speaks of the certificate or the handshake, test "
	  "the named mail server with a TLS checker on port 25." },
	{ "validation-failure", "tlsa", ANY, "general",
	  "The connection did not satisfy the TLSA record of your mail server.",
	  "Check that the TLSA record at _25._tcp of the mail server still fits its certificate, "
	  "and read the reason code where there is one. After a change of key, publish the new "
	  "record before the new certificate is used." },
	{ "validation-failure", NULL, ANY, "general",
	  "The sender started an encrypted connection to your mail server and it failed.",
	  "Read the reason code where there is one, and test the named mail server with a TLS "
	  "checker on port 25: TLS version, ciphers and certificate. A few single cases are "
	  "often broken connections and need nothing done." },

	{ "tlsa-invalid", NULL, ANY, "dane",
	  "None of your TLSA records fits the certificate that the mail server shows.",
	  "Make the TLSA record at _25._tcp of the mail server from the certificate now in use. "
	  "The usual reason is a renewed key: keep the key when renewing, or publish the new "
	  "record at least two TTLs before changing the certificate." },
	{ "dnssec-invalid", NULL, ANY, "dane",
	  "The sender could not verify the signatures (DNSSEC) of your DNS zone.",
	  "Check the zone of the domain and that of the mail server with a DNSSEC checker: "
	  "expired signatures, and DS records at the registry that no longer match the key, are "
	  "the usual reasons. Until it is repaired other lookups may fail too." },
	{ "dane-required", NULL, ANY, "dane",
	  "The sender insists on DANE and found no TLSA record for your mail servers.",
	  "This is a rule of the sender, not a fault of yours. If you have agreed on DANE with "
	  "it, sign the zone with DNSSEC and publish a TLSA record for every mail server; "
	  "otherwise ask the sender to drop the rule." },

	{ "sts-policy-fetch-error", NULL, ANY, "sts",
	  "The sender could not download your MTA-STS policy.",
	  "Open https://mta-sts.<your domain>/.well-known/mta-sts.txt: it must answer with status "
	  "200, without a redirect, from everywhere and also over IPv6 if the name has such an "
	  "address. If you do not use MTA-STS any more, remove the _mta-sts TXT record." },
	{ "sts-policy-invalid", NULL, ANY, "sts",
	  "Your MTA-STS policy was downloaded but has a mistake in it.",
	  "The file needs the lines \"version: STSv1\", \"mode: enforce\" (or testing, or none), "
	  "\"max_age:\" with seconds up to 31557600, and a line \"mx:\" for every mail server, as "
	  "plain text and without further markup. Check it with an MTA-STS checker." },
	{ "sts-webpki-invalid", NULL, ANY, "sts",
	  "The web server that holds your MTA-STS policy has no valid certificate.",
	  "The certificate of the web server must name mta-sts.<your domain>, must not have "
	  "expired and must come from a public authority, with its intermediates sent along. This "
	  "is about the web server, not about the mail server." },

	{ TLSRPT_UNSPECIFIED, NULL, ANY, "other",
	  "The reporter counted failed sessions and does not say why they failed.",
	  "See whether other reporters name a reason for the same days; if not, test the mail "
	  "servers and the policy with a TLS checker. Single cases need nothing done." },
	{ NULL, NULL, ANY, "other",
	  "The reporter names a kind of failure that the standard does not know.",
	  "Read the reason code and the additional information where there are any, and test the "
	  "named mail server with a TLS checker on port 25." },
};

/* The effect of a failure on the mail depends on the policy (RFC 8461 section 5, RFC 7672
 * section 2.1), unless the policy could not be retrieved (RFC 8461 section 3.3). */
#define NO_USABLE_POLICY                                                                      \
	"The sender could not use the policy. The mail is delivered: under a policy that it " \
	"fetched earlier, or unprotected where it has none."
static const struct effect {
	const char *policy, *mode, *result;
	const char *text;
} effects[] = {
	{ NULL, NULL, "sts-policy-fetch-error", NO_USABLE_POLICY },
	{ NULL, NULL, "sts-policy-invalid", NO_USABLE_POLICY },
	{ NULL, NULL, "sts-webpki-invalid", NO_USABLE_POLICY },
	{ "sts", "enforce", NULL,
	  "The policy is in mode enforce: the sender did not deliver over this connection, and "
	  "mail is delayed or comes back until this is repaired." },
	{ "sts", "testing", NULL,
	  "The policy is in mode testing: the mail was delivered all the same, but in mode "
	  "enforce it would have been refused. Repair this before you switch." },
	{ "sts", "none", NULL,
	  "The policy is in mode none: the mail was delivered, and nothing protects its way." },
	{ "sts", NULL, NULL,
	  "The mode of the policy is not in the report. Without a usable policy the mail is "
	  "delivered unprotected; under an older policy in mode enforce it waits or comes back." },
	{ "tlsa", NULL, NULL,
	  "DANE has no testing mode: the sender did not deliver over this connection, and mail is "
	  "delayed or comes back until this is repaired." },
	{ "no-policy-found", NULL, NULL,
	  "No policy demands encryption, so the mail may have been delivered in the clear or over "
	  "a connection nobody verified." },
	{ NULL, NULL, NULL,
	  "The report does not say under which policy; the mail may have been delayed, returned or "
	  "delivered unprotected." },
};

static bool fits(const char *wanted, struct slice word)
{
	return !wanted || slice_is(word, wanted);
}

static const char *effect_of(struct slice result, struct slice policy_type, struct slice mode)
{
	const struct effect *effect = effects;

	while (!fits(effect->policy, policy_type) || !fits(effect->mode, mode) ||
	       !fits(effect->result, result))
		effect++; /* the last row matches everything */
	return effect->text;
}

struct tlsrpt_cause tlsrpt_cause_of(struct slice result, struct slice policy_type,
				    struct slice mode, bool has_reason)
{
	const struct row *row = rows;

	while (!fits(row->result, result) || !fits(row->policy, policy_type) ||
	       (row->reason == WITHOUT && has_reason))
		row++; /* the last row matches everything */
	return (struct tlsrpt_cause){
		.group = row->group,
		.cause = row->cause,
		.effect = effect_of(result, policy_type, mode),
		.advice = row->advice,
	};
}

const char *tlsrpt_registered_result(struct slice text)
{
	for (const struct row *row = rows; row->result; row++)
		if (slice_is_spelling(text, slice_of(row->result)) &&
		    !slice_is_nocase(text, TLSRPT_UNSPECIFIED))
			return row->result;
	return NULL;
}
