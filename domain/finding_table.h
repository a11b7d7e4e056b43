/* finding_table.h - all finding codes of a domain check
 *
 * SPDX-License-Identifier: MIT
 *
 * FINDING(id, code, severity, source, title, advice).  The severity is the default:
 * a check raises or lowers it if the consequence differs.  docs/findings.md is
 * generated from this table.
 */
#define DOMAIN_FINDINGS(FINDING) \
	DMARC_FINDINGS(FINDING) \
	SPF_FINDINGS(FINDING) \
	DKIM_FINDINGS(FINDING) \
	STS_FINDINGS(FINDING) \
	TLSRPT_FINDINGS(FINDING) \
	MX_FINDINGS(FINDING) \
	DANE_FINDINGS(FINDING) \
	DNSSEC_FINDINGS(FINDING) \
	SMTP_FINDINGS(FINDING) \
	OTHER_FINDINGS(FINDING) \
	REPORTED_FINDINGS(FINDING)

#define DMARC_FINDINGS(FINDING) \
	FINDING(DMARC_NONE, "dmarc-none", WARNING, "RFC 9989 section 4.10.1", \
		"no DMARC record applies to the domain", \
		"Publish a record; begin with p=none and read the reports.") \
	FINDING(DMARC_INHERITED, "dmarc-inherited", NOTICE, "RFC 9989 section 4.10.1", \
		"the DMARC policy comes from a parent domain", \
		"No action needed. Publish a record of its own if the domain needs another policy.") \
	FINDING(DMARC_WALK_DIFFERS, "dmarc-walk-differs", NOTICE, "RFC 9989 section 4.10.2", \
		"receivers that use the public suffix list and receivers that walk the tree disagree", \
		"Publish a record at the domain itself, or psd=n at the organizational domain.") \
	FINDING(DMARC_MIDDLE, "dmarc-middle", NOTICE, "RFC 9989 section 4.10.1", \
		"a DMARC record between the domain and its organizational domain does not apply", \
		"Publish a record at the domain itself, or add psd=n to the record in between.") \
	FINDING(DMARC_MULTIPLE, "dmarc-multiple", CRITICAL, "RFC 9989 section 4.10", \
		"several DMARC records: receivers discard all of them", \
		"Keep one record and delete the others.") \
	FINDING(DMARC_VERSION, "dmarc-version", CRITICAL, "RFC 9989 section 4.8", \
		"the record does not begin with v=DMARC1, so receivers ignore it", \
		"Begin the record with exactly v=DMARC1, without quotes or a blank before it.") \
	FINDING(DMARC_SYNTAX, "dmarc-syntax", WARNING, "RFC 9989 section 4.8", \
		"a part of the DMARC record is not a valid tag and is ignored", \
		"Write each tag as name=value, once, with ';' between tags.") \
	FINDING(DMARC_P_INVALID, "dmarc-p-invalid", CRITICAL, "RFC 9989 section 4.10.1", \
		"the DMARC policy (p, sp or np) is missing or has no valid value", \
		"Use none, quarantine or reject.") \
	FINDING(DMARC_P_SECOND, "dmarc-p-second", NOTICE, "RFC 7489 section 6.3", \
		"p does not follow v directly; some older receivers require that", \
		"Move p directly after v.") \
	FINDING(DMARC_TAG_UNKNOWN, "dmarc-tag-unknown", NOTICE, "RFC 9989 section 4.7", \
		"the DMARC record has an unknown tag", \
		"Correct or drop the tag.") \
	FINDING(DMARC_TAG_REMOVED, "dmarc-tag-removed", NOTICE, "RFC 9989 appendix A.6", \
		"the DMARC record has a tag that RFC 9989 removed", \
		"Drop the tag; it has no effect.") \
	FINDING(DMARC_PCT, "dmarc-pct", WARNING, "RFC 9989 appendix A.6", \
		"pct below 100: newer receivers ignore it and apply the policy to all mail", \
		"Drop pct; to lower the policy by one level for a while, use t=y.") \
	FINDING(DMARC_TEST, "dmarc-test", NOTICE, "RFC 9989 section 4.7", \
		"t=y: newer receivers apply the policy one level lower", \
		"Drop t when reports show no loss of legitimate mail.") \
	FINDING(DMARC_P_NONE, "dmarc-p-none", NOTICE, "RFC 9989 section 5.1.7", \
		"policy p=none does not stop forged mail", \
		"Move to p=quarantine and then p=reject when reports show that all your mail passes.") \
	FINDING(DMARC_SP_WEAKER, "dmarc-sp-weaker", WARNING, "RFC 9989 section 4.7", \
		"sp or np is weaker than p: subdomains stay open to forgery", \
		"Drop sp and np, or raise them.") \
	FINDING(DMARC_SP_IGNORED, "dmarc-sp-ignored", NOTICE, "RFC 9989 section 4.7", \
		"sp has no effect: the record is not at the organizational domain", \
		"Drop sp.") \
	FINDING(DMARC_PSD, "dmarc-psd", CRITICAL, "RFC 9989 section 4.10.2", \
		"psd=y on an ordinary domain ends relaxed alignment with its subdomains", \
		"Drop psd; it is for public suffixes.") \
	FINDING(DMARC_RUA_NONE, "dmarc-rua-none", WARNING, "RFC 9989 section 4.7", \
		"no rua: receivers send no aggregate reports", \
		"Add rua with the address of the report mailbox.") \
	FINDING(DMARC_RUA_SYNTAX, "dmarc-rua-syntax", WARNING, "RFC 9989 section 4.6", \
		"an address in rua is not a valid URI", \
		"Write each address as mailto:user@host and separate addresses with commas.") \
	FINDING(DMARC_RUA_SCHEME, "dmarc-rua-scheme", NOTICE, "RFC 9989 section 4.7", \
		"nearly all reporters ignore a rua address that is not mailto", \
		"Add a mailto address.") \
	FINDING(DMARC_RUA_SIZE, "dmarc-rua-size", NOTICE, "RFC 9989 section 4.8", \
		"a size limit in rua: older reporters may withhold large reports", \
		"Drop the suffix that begins with '!'.") \
	FINDING(DMARC_RUA_MANY, "dmarc-rua-many", NOTICE, "RFC 7489 section 6.2", \
		"more than two rua addresses: some reporters use only the first two", \
		"Put your report mailbox first.") \
	FINDING(DMARC_RUA_HOST, "dmarc-rua-host", WARNING, "RFC 5321 section 5.1", \
		"the host of a rua address accepts no mail", \
		"Correct the address.") \
	FINDING(DMARC_RUA_EXTERNAL, "dmarc-rua-external", CRITICAL, "RFC 9990 section 4", \
		"the host of a rua address has not agreed to receive reports for the domain", \
		"Publish the authorization record in the zone of that host.") \
	FINDING(DMARC_RUA_OVERRIDE, "dmarc-rua-override", WARNING, "RFC 9990 section 4", \
		"the authorization record redirects reports to another host, so nobody gets them", \
		"Use the same host there, or drop rua from the authorization record.") \
	FINDING(DMARC_RUF, "dmarc-ruf", NOTICE, "RFC 9991 section 5", \
		"the request for failure reports is incomplete or faulty", \
		"Correct ruf, or drop ruf and fo.") \
	FINDING(DMARC_MISPLACED, "dmarc-misplaced", WARNING, "RFC 9989 section 4.10", \
		"a DMARC record is published at a name that receivers do not query", \
		"Move the record to _dmarc below the domain; some panels append the domain themselves.") \
	FINDING(DMARC_ALIAS, "dmarc-alias", OK, "RFC 1034 section 3.6.2", \
		"the DMARC record is an alias (CNAME) of another name", \
		"No action needed while the target has the record.") \
	FINDING(DMARC_FOREIGN_TXT, "dmarc-foreign-txt", NOTICE, "RFC 9989 section 4.10", \
		"the name of the DMARC record has other TXT records, which receivers discard", \
		"Publish exact names in place of a wildcard TXT record.") \
	FINDING(DMARC_UNKNOWN, "dmarc-unknown", UNKNOWN, "RFC 9989 section 4.10", \
		"the DMARC record could not be looked up", \
		"Try again later.")

#define SPF_FINDINGS(FINDING) \
	FINDING(SPF_NONE, "spf-none", NOTICE, "RFC 7208 section 4.5", \
		"no SPF record", \
		"Publish v=spf1 -all if the domain sends no mail, else a record with its servers.") \
	FINDING(SPF_MULTIPLE, "spf-multiple", CRITICAL, "RFC 7208 section 4.5", \
		"several SPF records: the result is permerror", \
		"Merge the mechanisms into one record.") \
	FINDING(SPF_NEAR, "spf-near", WARNING, "RFC 7208 section 4.5", \
		"a TXT record looks like SPF, but receivers do not accept it", \
		"Begin the record with exactly 'v=spf1 '.") \
	FINDING(SPF_SYNTAX, "spf-syntax", CRITICAL, "RFC 7208 section 4.6", \
		"a term of the SPF record is invalid, so the whole record gives permerror", \
		"Correct or drop the term.") \
	FINDING(SPF_JOIN, "spf-join", CRITICAL, "RFC 7208 section 3.3", \
		"the strings of the SPF record are joined without a blank, so two terms become one", \
		"Add a blank at the end of the string.") \
	FINDING(SPF_PASS_ALL, "spf-pass-all", CRITICAL, "RFC 7208 section 5.1", \
		"+all lets everybody pass SPF", \
		"End the record with ~all or -all.") \
	FINDING(SPF_NEUTRAL, "spf-neutral", NOTICE, "RFC 7208 section 5.1", \
		"the record says nothing about other senders (result neutral)", \
		"End the record with ~all.") \
	FINDING(SPF_HARD, "spf-hard", NOTICE, "RFC 9989 section 7.1", \
		"-all: some receivers reject on SPF alone, and such mail is in no aggregate report", \
		"Use ~all under an enforcing DMARC policy.") \
	FINDING(SPF_LOOKUPS, "spf-lookups", CRITICAL, "RFC 7208 section 4.6.4", \
		"the SPF record needs too many DNS lookups", \
		"Drop unused includes until at most 10 lookups remain.") \
	FINDING(SPF_MX_MANY, "spf-mx-many", CRITICAL, "RFC 7208 section 4.6.4", \
		"an mx term has more than 10 hosts: the result is permerror", \
		"Replace the term with ip4 and ip6 terms.") \
	FINDING(SPF_VOID, "spf-void", WARNING, "RFC 7208 section 4.6.4", \
		"more than two lookups of the SPF record find nothing", \
		"Drop the terms that find nothing.") \
	FINDING(SPF_INCLUDE_NONE, "spf-include-none", CRITICAL, "RFC 7208 section 5.2", \
		"an included name has no valid SPF record: the result is permerror", \
		"Drop or correct the include.") \
	FINDING(SPF_REDIRECT_NONE, "spf-redirect-none", CRITICAL, "RFC 7208 section 6.1", \
		"the name of redirect has no valid SPF record: the result is permerror", \
		"Correct the redirect.") \
	FINDING(SPF_REDIRECT_DEAD, "spf-redirect-dead", NOTICE, "RFC 7208 section 6.1", \
		"redirect is never used in a record with all", \
		"Drop redirect.") \
	FINDING(SPF_LOOP, "spf-loop", CRITICAL, "RFC 7208 section 4.6.4", \
		"the SPF record includes itself", \
		"Drop the include that closes the loop.") \
	FINDING(SPF_DEAD_TERMS, "spf-dead-terms", NOTICE, "RFC 7208 section 5.1", \
		"terms after all are never reached", \
		"Move them before all, or drop them.") \
	FINDING(SPF_PTR, "spf-ptr", NOTICE, "RFC 7208 section 5.5", \
		"the mechanism ptr is slow and should not be used", \
		"Replace it with addresses.") \
	FINDING(SPF_MACRO, "spf-macro", OK, "RFC 7208 section 7", \
		"the SPF record has macros: lookups depend on the mail", \
		"No action needed; the number of lookups is a lower bound.") \
	FINDING(SPF_INCLUDE_WEAK, "spf-include-weak", CRITICAL, "RFC 7208 section 5.2", \
		"an included record ends in +all, so everybody passes", \
		"Drop the include and tell the service.") \
	FINDING(SPF_WIDE, "spf-wide", NOTICE, "RFC 9989 section 7.1", \
		"the SPF record allows a very large network", \
		"Narrow the network to the servers that send.") \
	FINDING(SPF_SIZE, "spf-size", NOTICE, "RFC 7208 section 3.4", \
		"the TXT records of the domain are long, so answers may need TCP", \
		"Shorten the record or remove unused TXT records.") \
	FINDING(SPF_TYPE99, "spf-type99", NOTICE, "RFC 7208 section 3.1", \
		"a record of the obsolete type SPF", \
		"Delete it; only TXT counts.") \
	FINDING(SPF_UNKNOWN, "spf-unknown", UNKNOWN, "RFC 7208 section 2.6.6", \
		"the SPF record, or a name that it needs, could not be looked up", \
		"Try again later.")

#define DKIM_FINDINGS(FINDING) \
	FINDING(DKIM_MISSING, "dkim-missing", NOTICE, "RFC 6376 section 6.1.2", \
		"no DKIM key for a selector", \
		"Publish the key again; keep old keys for 7 days after their last use.") \
	FINDING(DKIM_REVOKED, "dkim-revoked", OK, "RFC 6376 section 3.6.1", \
		"the DKIM key is revoked (empty p)", \
		"No action needed if the selector is not in use.") \
	FINDING(DKIM_SYNTAX, "dkim-syntax", CRITICAL, "RFC 6376 section 3.6.1", \
		"the DKIM key record cannot be read", \
		"Publish the record as the signing service shows it, without quotes or backslashes.") \
	FINDING(DKIM_MULTIPLE, "dkim-multiple", WARNING, "RFC 6376 section 3.6.2.2", \
		"several DKIM key records: it is undefined which one counts", \
		"Keep one.") \
	FINDING(DKIM_SHORT, "dkim-short", NOTICE, "RFC 8301 section 3.2", \
		"the DKIM key is short", \
		"Publish a 2048-bit key under a new selector.") \
	FINDING(DKIM_LONG, "dkim-long", NOTICE, "RFC 8301 section 3.2", \
		"the DKIM key is longer than some verifiers accept", \
		"Use a 2048-bit key.") \
	FINDING(DKIM_ALGORITHM, "dkim-algorithm", CRITICAL, "RFC 8301 section 3.1", \
		"verifiers cannot use the algorithm of the DKIM key", \
		"Sign with an RSA key and SHA-256, in addition to others if wanted.") \
	FINDING(DKIM_TESTING, "dkim-testing", NOTICE, "RFC 6376 section 3.6.1", \
		"t=y: verifiers treat a failed signature as no signature", \
		"Drop y from t when signing works.") \
	FINDING(DKIM_STRICT, "dkim-strict", NOTICE, "RFC 6376 section 3.6.1", \
		"t=s: the domain in i must equal the domain in d", \
		"Drop s from t only if users of subdomains sign with this key.") \
	FINDING(DKIM_SERVICE, "dkim-service", CRITICAL, "RFC 6376 section 3.6.1", \
		"the DKIM key is not for mail", \
		"Use s=* or drop s.") \
	FINDING(DKIM_CNAME, "dkim-cname", OK, "RFC 1034 section 3.6.2", \
		"the DKIM key is an alias (CNAME) of another name", \
		"No action needed while the target has the key.") \
	FINDING(DKIM_WILDCARD, "dkim-wildcard", NOTICE, "RFC 6376 section 3.6.2.1", \
		"a wildcard answers for every selector, so a missing key goes unnoticed", \
		"Publish exact names.") \
	FINDING(DKIM_OLD, "dkim-old", NOTICE, "RFC 6376 section 3.1", \
		"the same DKIM key has been published for more than 12 months", \
		"Publish a new key under a new selector.") \
	FINDING(DKIM_UNKNOWN, "dkim-unknown", UNKNOWN, "RFC 6376 section 6.1.2", \
		"the DKIM key could not be looked up", \
		"Try again later.")

#define STS_FINDINGS(FINDING) \
	FINDING(STS_NONE, "sts-none", NOTICE, "RFC 8461 section 3.1", \
		"no MTA-STS policy", \
		"Publish the record and serve the policy below.") \
	FINDING(STS_MULTIPLE, "sts-multiple", CRITICAL, "RFC 8461 section 3.1", \
		"several MTA-STS records: senders see no policy", \
		"Keep one.") \
	FINDING(STS_RECORD, "sts-record", CRITICAL, "RFC 8461 section 3.1", \
		"the MTA-STS record is invalid, so senders see no policy", \
		"Use v=STSv1; id=...; with 1 to 32 letters and digits.") \
	FINDING(STS_RECORD_ONLY, "sts-record-only", CRITICAL, "RFC 8461 section 3.3", \
		"an MTA-STS record without a policy host", \
		"Serve the policy, or delete the record.") \
	FINDING(STS_POLICY_ONLY, "sts-policy-only", WARNING, "RFC 8461 section 3.1", \
		"an MTA-STS policy without a record: new senders never fetch it", \
		"Publish the record.") \
	FINDING(STS_HOST, "sts-host", CRITICAL, "RFC 8461 section 3.3", \
		"the MTA-STS policy host cannot be reached from outside", \
		"Give it a public address, or a CNAME to the provider.") \
	FINDING(STS_CONNECT, "sts-connect", CRITICAL, "RFC 8461 section 3.3", \
		"the MTA-STS policy host does not accept connections on port 443", \
		"Serve the policy over HTTPS.") \
	FINDING(STS_CERTIFICATE, "sts-certificate", CRITICAL, "RFC 8461 section 3.3", \
		"the certificate of the MTA-STS policy host does not verify", \
		"Install a certificate of a public CA for that name, with its full chain.") \
	FINDING(STS_REDIRECT, "sts-redirect", CRITICAL, "RFC 8461 section 3.3", \
		"the MTA-STS policy host redirects, which senders must not follow", \
		"Serve the file at its own address.") \
	FINDING(STS_STATUS, "sts-status", CRITICAL, "RFC 8461 section 3.3", \
		"the MTA-STS policy host does not serve the policy file", \
		"Serve /.well-known/mta-sts.txt with status 200.") \
	FINDING(STS_TYPE, "sts-type", WARNING, "RFC 8461 section 3.2", \
		"the MTA-STS policy is not served as text/plain", \
		"Set the Content-Type to text/plain.") \
	FINDING(STS_LARGE, "sts-large", CRITICAL, "RFC 8461 section 3.3", \
		"the MTA-STS policy is larger or slower than senders tolerate", \
		"Serve a short file without delay.") \
	FINDING(STS_SYNTAX, "sts-syntax", CRITICAL, "RFC 8461 section 3.2", \
		"the MTA-STS policy file is invalid, so senders see no policy", \
		"Serve the corrected file.") \
	FINDING(STS_KEY, "sts-key", NOTICE, "RFC 8461 section 3.2", \
		"the MTA-STS policy has an unknown or repeated key, which senders ignore", \
		"Drop the line.") \
	FINDING(STS_MX_MISSING, "sts-mx-missing", CRITICAL, "RFC 8461 section 4.1", \
		"the MTA-STS policy does not name an MX host, so senders skip it", \
		"Add an mx line for the host and change the id.") \
	FINDING(STS_MX_UNUSED, "sts-mx-unused", NOTICE, "RFC 8461 section 4.1", \
		"a pattern of the MTA-STS policy matches no MX host", \
		"Drop it unless the host is planned.") \
	FINDING(STS_MAX_AGE, "sts-max-age", NOTICE, "RFC 8461 section 3.2", \
		"max_age of the MTA-STS policy is outside the useful range", \
		"Use 604800 to 2592000 seconds.") \
	FINDING(STS_TESTING, "sts-testing", NOTICE, "RFC 8461 section 5", \
		"the MTA-STS policy is in mode testing and protects nothing", \
		"Set mode: enforce and change the id when TLS reports show no failures.") \
	FINDING(STS_NONE_MODE, "sts-none-mode", NOTICE, "RFC 8461 section 8.3", \
		"the MTA-STS policy is being withdrawn (mode none)", \
		"Delete record and policy once the longest max_age ever published has passed.") \
	FINDING(STS_ID_STALE, "sts-id-stale", WARNING, "RFC 8461 section 8.1", \
		"the MTA-STS policy changed and its id did not, so senders keep the old policy", \
		"Publish the record with a new id.") \
	FINDING(STS_CERT_MX, "sts-cert-mx", CRITICAL, "RFC 8461 section 4.2", \
		"mode enforce, but the certificate of an MX host does not verify: mail is not delivered", \
		"Install a certificate of a public CA for the host name, with its full chain.") \
	FINDING(STS_NO_TLSRPT, "sts-no-tlsrpt", NOTICE, "RFC 8460 section 3", \
		"an MTA-STS policy without TLSRPT: nobody reports failures", \
		"Publish a TLSRPT record.") \
	FINDING(STS_UNKNOWN, "sts-unknown", UNKNOWN, "RFC 8461 section 3.1", \
		"the MTA-STS record or policy could not be retrieved", \
		"Try again later.")

#define TLSRPT_FINDINGS(FINDING) \
	FINDING(TLSRPT_NONE, "tlsrpt-none", NOTICE, "RFC 8460 section 3", \
		"no TLSRPT record: nobody reports TLS failures", \
		"Publish the record.") \
	FINDING(TLSRPT_MULTIPLE, "tlsrpt-multiple", CRITICAL, "RFC 8460 section 3", \
		"several TLSRPT records: nobody sends reports", \
		"Keep one and join the addresses with commas.") \
	FINDING(TLSRPT_SYNTAX, "tlsrpt-syntax", CRITICAL, "RFC 8460 section 3", \
		"the TLSRPT record is invalid: nobody sends reports", \
		"Publish the corrected record.") \
	FINDING(TLSRPT_RUA_HOST, "tlsrpt-rua-host", WARNING, "RFC 8460 section 3", \
		"the host of a TLSRPT address cannot receive reports", \
		"Correct the address.") \
	FINDING(TLSRPT_RUA_ORDER, "tlsrpt-rua-order", NOTICE, "RFC 8460 section 3", \
		"the report mailbox is not the first TLSRPT address; some reporters use only the first", \
		"Put it first.") \
	FINDING(TLSRPT_MX_RECORD, "tlsrpt-mx-record", NOTICE, "RFC 8460 section 1.1", \
		"an MX host of the domain has DANE but no TLSRPT record; some reporters look there for DANE", \
		"Publish a TLSRPT record for the MX host too.") \
	FINDING(TLSRPT_UNKNOWN, "tlsrpt-unknown", UNKNOWN, "RFC 8460 section 3", \
		"the TLSRPT record could not be looked up", \
		"Try again later.")

#define MX_FINDINGS(FINDING) \
	FINDING(MX_NONE, "mx-none", NOTICE, "RFC 5321 section 5.1", \
		"no MX record: mail goes to the address of the name, if there is one", \
		"Publish MX 0 . if the domain receives no mail.") \
	FINDING(MX_NULL, "mx-null", OK, "RFC 7505 section 3", \
		"the domain accepts no mail (null MX)", \
		"No action needed.") \
	FINDING(MX_NULL_MIXED, "mx-null-mixed", CRITICAL, "RFC 7505 section 3", \
		"a null MX together with other MX records is undefined", \
		"Drop the null MX, or all others.") \
	FINDING(MX_CNAME, "mx-cname", WARNING, "RFC 2181 section 10.3", \
		"an MX record names an alias (CNAME)", \
		"Name the target of the alias.") \
	FINDING(MX_ADDRESS, "mx-address", WARNING, "RFC 5321 section 5.1", \
		"an MX host has no address", \
		"Correct the name or publish its address.") \
	FINDING(MX_LITERAL, "mx-literal", WARNING, "RFC 5321 section 5.1", \
		"an MX record names an address in place of a host", \
		"Name a host.") \
	FINDING(MX_PRIVATE, "mx-private", WARNING, "RFC 6890 section 2.2.2", \
		"an MX host has only addresses that cannot be reached from outside", \
		"Publish a public address.") \
	FINDING(MX_V6_DEAD, "mx-v6-dead", UNKNOWN, "RFC 5321 section 5.1", \
		"the IPv6 address of an MX host does not answer from here, nor does any other IPv6 address", \
		"Probe from a host with IPv6.") \
	FINDING(MX_UNKNOWN, "mx-unknown", UNKNOWN, "RFC 5321 section 5.1", \
		"the MX records, or the address of an MX host, could not be looked up", \
		"Try again later.")

#define DANE_FINDINGS(FINDING) \
	FINDING(DANE_NONE, "dane-none", NOTICE, "RFC 7672 section 2.2", \
		"the zone of the MX hosts is signed, but they have no TLSA records", \
		"Publish a TLSA record for each MX host.") \
	FINDING(DANE_INSECURE, "dane-insecure", WARNING, "RFC 7672 section 2.2.3", \
		"TLSA records in an unsigned zone: senders ignore them", \
		"Sign the zone and publish its DS record.") \
	FINDING(DANE_DOMAIN_INSECURE, "dane-domain-insecure", NOTICE, "RFC 7672 section 2.2.1", \
		"MX hosts have DANE, but the unsigned domain lets attackers forge the host names", \
		"Sign the domain too.") \
	FINDING(DANE_BOGUS, "dane-bogus", CRITICAL, "RFC 7672 section 2.1.1", \
		"the answers about an MX host do not validate: senders with DANE defer mail", \
		"Check the DS record and the name servers' denial of existence.") \
	FINDING(DANE_UNUSABLE, "dane-unusable", WARNING, "RFC 7672 section 3.1.3", \
		"a TLSA record cannot be used for SMTP", \
		"Replace it with a 3 1 1 record.") \
	FINDING(DANE_MISMATCH, "dane-mismatch", CRITICAL, "RFC 7672 section 3.2", \
		"no TLSA record matches the certificate: senders with DANE do not deliver", \
		"Publish the record of the current key now; delete old records after two TTLs.") \
	FINDING(DANE_TA_CHAIN, "dane-ta-chain", CRITICAL, "RFC 7671 section 5.2.2", \
		"a usage 2 record matches no certificate that the server sends", \
		"Send the CA certificate too, or use 3 1 1.") \
	FINDING(DANE_TA_NAME, "dane-ta-name", CRITICAL, "RFC 7672 section 3.2.2", \
		"usage 2, but the certificate is not for the MX host", \
		"Reissue the certificate for the host name, or use 3 1 1.") \
	FINDING(DANE_TA_EXPIRED, "dane-ta-expired", CRITICAL, "RFC 7672 section 3.1.2", \
		"usage 2, but the certificate is not valid at this time", \
		"Renew the certificate, or use 3 1 1.") \
	FINDING(DANE_NO_STARTTLS, "dane-no-starttls", CRITICAL, "RFC 7672 section 2.2", \
		"TLSA records, but the server offers no STARTTLS: senders with DANE do not deliver", \
		"Enable STARTTLS, or remove the TLSA records.") \
	FINDING(DANE_PARTIAL, "dane-partial", NOTICE, "RFC 7672 section 2.2", \
		"some MX hosts have no TLSA records", \
		"Publish TLSA records for all MX hosts.") \
	FINDING(DANE_ROLLOVER, "dane-rollover", NOTICE, "RFC 7671 section 8.1", \
		"only one TLSA record: the next key change interrupts mail", \
		"Publish the record of the next key, wait two TTLs, then switch.") \
	FINDING(DANE_SELECTOR, "dane-selector", NOTICE, "RFC 7671 section 5.1", \
		"a TLSA record 3 0 x changes with each renewal of the certificate", \
		"Use 3 1 1 and keep the key.") \
	FINDING(DANE_SHA512, "dane-sha512", NOTICE, "RFC 7672 section 5", \
		"only SHA-512 digests: some senders support only SHA-256", \
		"Add a record with matching type 1.") \
	FINDING(DANE_CA, "dane-ca", NOTICE, "RFC 7671 section 5.2", \
		"usage 2 with a public CA, which may change its intermediate without notice", \
		"Use 3 1 1 and keep the key.") \
	FINDING(DANE_CNAME, "dane-cname", OK, "RFC 7671 section 7", \
		"the TLSA records are an alias (CNAME) of another name", \
		"No action needed.") \
	FINDING(DANE_SIZE, "dane-size", NOTICE, "RFC 7671 section 10.1", \
		"the TLSA records result in a very large answer", \
		"Publish digests, and only those in use.") \
	FINDING(DANE_UNKNOWN, "dane-unknown", UNKNOWN, "RFC 7672 section 2.1.2", \
		"the TLSA records could not be looked up", \
		"Try again later.")

#define DNSSEC_FINDINGS(FINDING) \
	FINDING(DNSSEC_NONE, "dnssec-none", NOTICE, "RFC 4035 section 5", \
		"the domain is not signed (DNSSEC)", \
		"Sign the zone to use DANE.") \
	FINDING(DNSSEC_BOGUS, "dnssec-bogus", CRITICAL, "RFC 4035 section 5", \
		"DNSSEC validation of the domain fails: validating resolvers return no data", \
		"Sign the zone again, or correct the DS record at the parent.") \
	FINDING(DNSSEC_EXPIRY, "dnssec-expiry", WARNING, "RFC 4035 section 5.3", \
		"the DNSSEC signatures expire soon", \
		"Check that the signer is running.") \
	FINDING(DNSSEC_ALGORITHM, "dnssec-algorithm", NOTICE, "RFC 8624 section 3", \
		"the domain is signed with an outdated algorithm", \
		"Use algorithm 13 (ECDSAP256SHA256) and DS digest type 2.") \
	FINDING(DNSSEC_RESOLVER, "dnssec-resolver", UNKNOWN, "RFC 4035 section 4.9.3", \
		"the resolver removes DNSSEC signatures, so DNSSEC and DANE cannot be judged", \
		"Name a validating resolver with --name-server.") \
	FINDING(DNS_FAILED, "dns-failed", UNKNOWN, "RFC 1035 section 4.1.1", \
		"the name servers of the domain do not answer", \
		"Try again later.") \
	FINDING(DOMAIN_MISSING, "domain-missing", CRITICAL, "RFC 8020 section 2", \
		"the domain does not exist", \
		"Check the spelling and the registration.") \
	FINDING(BUDGET, "check-budget", UNKNOWN, "", \
		"the check stopped at its limit of queries or time", \
		"Try again, or find out why the domain needs so many queries.")

#define SMTP_FINDINGS(FINDING) \
	FINDING(SMTP_BLOCKED, "smtp-blocked", UNKNOWN, "RFC 5321 section 5.1", \
		"no MX host answers on port 25: outgoing connections are probably blocked here", \
		"Probe from a host that may connect to port 25.") \
	FINDING(SMTP_UNREACHABLE, "smtp-unreachable", WARNING, "RFC 5321 section 5.1", \
		"an address of an MX host does not answer on port 25, while others do", \
		"Check the server and its firewall.") \
	FINDING(SMTP_GREETING, "smtp-greeting", UNKNOWN, "RFC 5321 section 3.1", \
		"the server does not greet this host; it may block or delay unknown senders", \
		"Probe from a host with a good reputation.") \
	FINDING(SMTP_NO_STARTTLS, "smtp-no-starttls", WARNING, "RFC 3207 section 4", \
		"the server offers no STARTTLS", \
		"Enable STARTTLS; look for a firewall that removes it.") \
	FINDING(SMTP_INJECTION, "smtp-injection", WARNING, "RFC 3207 section 4.2", \
		"the server sends clear text after its answer to STARTTLS", \
		"Update the mail server.") \
	FINDING(SMTP_HANDSHAKE, "smtp-handshake", WARNING, "RFC 3207 section 4.1", \
		"the TLS handshake fails", \
		"Check the certificate, the key and the TLS versions of the server.") \
	FINDING(SMTP_CERT_EXPIRED, "smtp-cert-expired", WARNING, "RFC 8461 section 4.2", \
		"the certificate of an MX host is not valid now, or expires soon", \
		"Renew it and reload the service.") \
	FINDING(SMTP_CERT_CHAIN, "smtp-cert-chain", NOTICE, "RFC 8461 section 4.2", \
		"the certificate of an MX host does not lead to a public CA", \
		"Send the full chain of a certificate of a public CA.") \
	FINDING(SMTP_CERT_NAME, "smtp-cert-name", NOTICE, "RFC 8461 section 4.2", \
		"the certificate of an MX host is for another name", \
		"Issue a certificate for the name of the MX host.") \
	FINDING(SMTP_CERT_KEY, "smtp-cert-key", WARNING, "RFC 8996 section 1", \
		"the certificate of an MX host has a key that senders do not process", \
		"Use an ECDSA key, or RSA with 2048 to 4096 bits.") \
	FINDING(SMTP_SNI, "smtp-sni", NOTICE, "RFC 7672 section 8.1", \
		"without a server name in the handshake the server presents another certificate", \
		"Make the certificate of the MX host the default.") \
	FINDING(SMTP_TLS_OLD, "smtp-tls-old", WARNING, "RFC 8996 section 1", \
		"the best TLS version of the server is older than 1.2", \
		"Enable TLS 1.2 and 1.3.") \
	FINDING(SMTP_ADDRESSES_DIFFER, "smtp-addresses-differ", WARNING, "RFC 7672 section 2.2", \
		"the addresses of an MX host behave differently", \
		"Configure them alike.")

#define OTHER_FINDINGS(FINDING) \
	FINDING(BIMI_POLICY, "bimi-policy", NOTICE, "RFC 9989 section 4.7", \
		"a BIMI record without an enforcing DMARC policy has no effect", \
		"Use p=quarantine or p=reject, without pct below 100 and without t=y.") \
	FINDING(BIMI_RECORD, "bimi-record", OK, "RFC 9989 section 4.7", \
		"the domain publishes a BIMI record", \
		"No action needed.") \
	FINDING(CAA_ISSUER, "caa-issuer", WARNING, "RFC 8659 section 3", \
		"the CAA record does not list the CA of a mail server's certificate, so that CA cannot renew it", \
		"Add the CA to the CAA record, or take the next certificate from a CA that it lists.") \
	FINDING(CAA_RECORD, "caa-record", OK, "RFC 8659 section 3", \
		"a CAA record limits which CAs may issue certificates for a mail server", \
		"No action needed.")

/* Findings from comparing reports with records. */
#define REPORTED_FINDINGS(FINDING) \
	FINDING(REPORTED_POLICY, "reported-policy", NOTICE, "RFC 9989 section 4.10", \
		"reporters applied a different DMARC policy from the one published now", \
		"Wait until caches have expired; then look for a second record or another name server.") \
	FINDING(REPORTED_METHOD, "reported-method", NOTICE, "RFC 9990 section 3.1.1.5", \
		"reporters that walk the tree and those that use the public suffix list find different policies", \
		"Publish a record at the domain itself.") \
	FINDING(REPORTED_REJECT, "reported-reject", NOTICE, "RFC 9989 section 7.4", \
		"mail that p=reject would affect, according to reports", \
		"Authenticate these sources first; forwarded mail and lists need DKIM.") \
	FINDING(REPORTED_RAISE, "reported-raise", NOTICE, "RFC 9989 section 5.1.7", \
		"nearly all mail of known senders passes: the policy can be raised", \
		"Publish the next policy.") \
	FINDING(REPORTED_SPF_ONLY, "reported-spf-only", NOTICE, "RFC 9989 section 7.4", \
		"mail passes only by SPF, which forwarding breaks", \
		"Sign this mail with DKIM before you raise the policy.") \
	FINDING(REPORTED_DKIM_ONLY, "reported-dkim-only", OK, "RFC 9989 section 4.4", \
		"mail passes only by DKIM: the service uses its own bounce domain", \
		"No action needed; a return path in the domain would make SPF pass too.") \
	FINDING(REPORTED_NOT_IN_SPF, "reported-not-in-spf", NOTICE, "RFC 7208 section 2.4", \
		"sources whose DKIM is aligned fail SPF for the domain", \
		"Add them to the SPF record if lookups allow it, or rely on DKIM.") \
	FINDING(REPORTED_SPF_UNUSED, "reported-spf-unused", NOTICE, "RFC 7208 section 4.6.4", \
		"no reported mail came from the addresses that an include of the SPF record covers", \
		"Drop the include once no sender needs it; that saves lookups.") \
	FINDING(REPORTED_SPF_ERROR, "reported-spf-error", WARNING, "RFC 7208 section 2.6.7", \
		"reporters see a permanent error in the SPF record", \
		"Correct the record; if none of the SPF findings names a fault, it has been corrected since.") \
	FINDING(REPORTED_KEY_GONE, "reported-key-gone", CRITICAL, "RFC 6376 section 6.1.2", \
		"the key of a selector that passed in reports is gone: mail signed with it fails now", \
		"Publish the key again, or make the sender use another selector.") \
	FINDING(REPORTED_KEY_UNUSED, "reported-key-unused", NOTICE, "RFC 6376 section 3.6.1", \
		"a key is published, but no report shows mail signed with it", \
		"Revoke the key once no sender needs it.") \
	FINDING(REPORTED_DKIM_FAILS, "reported-dkim-fails", WARNING, "RFC 6376 section 6.1.3", \
		"signatures fail although the key is valid: the mail is changed in transit or signed with an old key", \
		"Check the sender's signing key, and what changes the mail after signing.") \
	FINDING(REPORTED_KEY_CHANGED, "reported-key-changed", WARNING, "RFC 6376 section 6.1.2", \
		"signatures fail since the published keys were changed", \
		"Publish the key that the sender signs with, or make the sender use the new one.") \
	FINDING(REPORTED_SUBDOMAIN, "reported-subdomain", WARNING, "RFC 9989 section 4.7", \
		"unauthenticated mail uses a subdomain for which the policy is none", \
		"Set sp=reject, and np=reject for names that do not exist.") \
	FINDING(REPORTED_SILENCE, "reported-silence", WARNING, "RFC 9990 section 4", \
		"no aggregate report has arrived for a week, although the record requests them", \
		"Check rua, its authorization record and the mailbox.") \
	FINDING(REPORTED_UNASKED, "reported-unasked", NOTICE, "RFC 9990 section 4", \
		"reports arrive, but the record does not name the report mailbox", \
		"Add the mailbox to rua, or the reports will stop when caches expire.") \
	FINDING(REPORTED_TLS_POLICY, "reported-tls-policy", NOTICE, "RFC 8461 section 5.1", \
		"senders applied a different MTA-STS policy from the one served now", \
		"Wait until their cache expires; make sure that the id changed with the policy.") \
	FINDING(REPORTED_CERTIFICATE, "reported-certificate", CRITICAL, "RFC 8460 section 4.3", \
		"senders report certificate failures at an MX host", \
		"Correct the certificate of that host.") \
	FINDING(REPORTED_MX_OUTSIDE, "reported-mx-outside", CRITICAL, "RFC 8461 section 4.1", \
		"senders report an MX host that no pattern of the MTA-STS policy matches", \
		"Add an mx line for the host and change the id.") \
	FINDING(REPORTED_STS_FETCH, "reported-sts-fetch", WARNING, "RFC 8461 section 3.3", \
		"senders could not fetch the MTA-STS policy", \
		"Check the policy host and its certificate.") \
	FINDING(REPORTED_TLSA, "reported-tlsa", CRITICAL, "RFC 7672 section 3.2", \
		"senders report that the TLSA records do not match", \
		"Publish the record of the current key.") \
	FINDING(REPORTED_STARTTLS, "reported-starttls", WARNING, "RFC 3207 section 4", \
		"senders report that a server offers no STARTTLS", \
		"Look for a firewall that removes it, or a single address without it.") \
	FINDING(REPORTED_ENFORCE, "reported-enforce", NOTICE, "RFC 8461 section 5", \
		"no failure was reported for 60 days in mode testing: the policy can be enforced", \
		"Set mode: enforce and change the id.") \
	FINDING(REPORTED_NO_SESSIONS, "reported-no-sessions", OK, "RFC 8460 section 3", \
		"the TLSRPT record is valid, but no TLS report has arrived", \
		"No action needed: few senders report, and only where there is mail.")
