/* finding_table.h - FINDING(id, code, rank, verdict, was, title, title_then, amount, why, effect, advice)
 *
 * SPDX-License-Identifier: MIT
 *
 * All sentences about reports. verdict is the headline if this is the first finding and it is
 * current; was is the headline if it lasted until the end of old reports. title_then is the
 * title of a finding that has ended. finding_fill() fills the templates. NULL: no text.
 */

/* --- mail in the customer's name --------------------------------------------- */
FINDING(PASSED_STOPPED, "passed-mail-stopped", RANK_LOST,
	"Mail is being lost.", "Mail was being lost, last seen on {day}.",
	"Mail from {subject} passes DMARC and is {fate} all the same",
	"Mail from {subject} passed DMARC and was {fate} all the same",
	"{messages}[, {#quarantined} quarantined][, {#rejected} rejected][, {share} of all mail from {subject}]",
	"SPF or DKIM passed and was aligned, so the DMARC policy is not the reason: the receiver's own "
	"filter decided. [The reporter says: {reason}.]",
	NULL,
	"Look the sending addresses up on blocklists, read the rejections in your mail server's log for "
	"these days, and ask the postmaster of {reporters}. Leave SPF, DKIM and DMARC as they are: "
	"they are right.")
FINDING(SERVICE_BROKE, "service-broke", RANK_LOST,
	"Mail is being lost.", "Mail was being lost, last seen on {day}.",
	"Mail from {subject} sent by {service} no longer passes DMARC and is {fate}",
	"Mail from {subject} sent by {service} did not pass DMARC and was {fate}",
	"{messages} {fate}[, where {#daily_before} a day passed before]",
	"Until then the mail of {service} passed DMARC. Since then [the DKIM signature of "
	"{signing_domain} (selector {selector}) fails and ]SPF does not pass for {subject}.",
	NULL,
	"[Compare the key at {selector}._domainkey.{signing_domain} with the one that {service} signs "
	"with. ]Check that {service} signs with DKIM and d={subject}, and that the SPF record of "
	"{subject} names its addresses. Until that is repaired, publish p=none for {subject} so that "
	"the mail is delivered.")
FINDING(SIGNATURE_BROKE, "dkim-broke", RANK_RISK,
	NULL, NULL,
	"DKIM signatures of {subject} from {service} no longer verify",
	"DKIM signatures of {subject} from {service} did not verify",
	"{messages} with a failing signature[, where {#daily_before} a day verified before]",
	"The signatures verified before[; selector {selector} of {signing_domain} fails now]. SPF still "
	"passes for most of the mail; forwarded mail is lost under p=quarantine and p=reject.",
	NULL,
	"[Compare the key at {selector}._domainkey.{signing_domain} with the one that {service} signs "
	"with. ]After a change of keys, publish the new key before the server uses it.")
FINDING(FORGED_DELIVERED, "forged-mail-delivered", RANK_FORGED,
	NULL, NULL,
	"Unauthenticated mail from {subject} is delivered",
	"Unauthenticated mail from {subject} was delivered",
	"{messages}, {#delivered} delivered[, {#quarantined} quarantined][, {#rejected} rejected]"
	"[, {share} of all mail]",
	"Neither SPF nor DKIM passes, for any domain. Most such mail is forged; some may come from a "
	"forgotten printer or server of your own. {policy_words}",
	NULL,
	"Check the addresses, and set up SPF and DKIM for those that are yours. When only mail of "
	"strangers fails, a stricter policy stops it.")
FINDING(FORGED_STOPPED, "forged-mail-stopped", RANK_INFO,
	NULL, NULL,
	"Unauthenticated mail from {subject} is {fate}",
	"Unauthenticated mail from {subject} was {fate}",
	"{messages}[, {#quarantined} quarantined][, {#rejected} rejected][, {share} of all mail]",
	"Neither SPF nor DKIM passes, for any domain, and the DMARC policy was applied.",
	NULL,
	"No action needed, unless one of the addresses is yours: then set up SPF and DKIM for it.")
FINDING(UNALIGNED, "unaligned-service", RANK_FORGED,
	NULL, NULL,
	"{service} sends {share} of all mail from {subject}, and none of it is aligned",
	"{service} sent {share} of all mail from {subject}, and none of it was aligned",
	"{messages}[, {#delivered} delivered][, {#quarantined} quarantined][, {#rejected} rejected]",
	"[{service} is a {type}. ]The mail passes SPF or DKIM for {identity}, not for {subject}, so DMARC "
	"fails. {policy_words}",
	NULL,
	"If {service} sends on your behalf, set up DKIM there with d={subject} (most services call it "
	"\"authenticate your domain\"), or a return path below {subject}. If it does not, somebody else "
	"uses your domain there: leave your records as they are. Decide this before you make the policy "
	"stricter.")
FINDING(UNKNOWN_SOURCE, "unknown-source", RANK_FORGED,
	NULL, NULL,
	"{service}, which is not one of your senders, sends {share} of all mail from {subject}",
	"{service}, which is not one of your senders, sent {share} of all mail from {subject}",
	"{messages}[, {#delivered} delivered][, {#quarantined} quarantined][, {#rejected} rejected]",
	"The source is neither approved nor a known service. Its mail passes SPF or DKIM for {identity}, "
	"not for {subject}, so DMARC fails. {policy_words}",
	NULL,
	"Leave your records as they are, and do not add the source to your SPF record. If it does send on "
	"your behalf, have it added to the approved senders, and have it sign with DKIM and d={subject}.")
FINDING(APPROVED_FAILS, "approved-sender-fails", RANK_RISK,
	NULL, NULL,
	"Mail from {subject} sent by {service}, an approved sender, no longer passes DMARC",
	"Mail from {subject} sent by {service}, an approved sender, did not pass DMARC",
	"{messages} failed[, where {#daily_before} a day passed before]",
	"Until then its mail passed DMARC. Since then [the DKIM signature of {signing_domain} (selector "
	"{selector}) fails and ]SPF does not pass for {subject}.",
	"A stricter policy would stop this mail.",
	"[Compare the key at {selector}._domainkey.{signing_domain} with the one that {service} signs "
	"with. ]Check that {service} signs with DKIM and d={subject}, before you make the policy stricter.")
FINDING(NEW_SERVICE, "new-service", RANK_INFO,
	NULL, NULL,
	"{service} began to send mail from {subject}",
	"{service} began to send mail from {subject}",
	"{messages}[, {share} of all mail from {subject}]",
	"[{service} is a {type}. ]Its mail passes DMARC and was not seen before.",
	NULL,
	"If you set it up, have it added to the approved senders. If not, find out why a "
	"DKIM key or the SPF record of {subject} allows it.")
FINDING(MIS_SIGNED, "signature-fails", RANK_FORGED,
	NULL, NULL,
	"Mail from {subject} arrives with a DKIM signature that fails",
	"Mail from {subject} arrived with a DKIM signature that failed",
	"{messages}[, {#delivered} delivered][, {#quarantined} quarantined][, {#rejected} rejected]"
	"[, {share} of all mail]",
	"The mail carries a signature of {subject} that does not verify, and SPF does not pass for "
	"{subject}. Either a mailing list or gateway changed the messages, or the key in DNS is not "
	"the one that the server signs with.",
	NULL,
	"If one of the sources sends on your behalf, compare its DKIM key with the one in DNS. If it is a "
	"mailing list, ask its operator to rewrite From; nothing in your DNS helps.")
FINDING(MISALIGNED, "strict-alignment", RANK_FORGED,
	NULL, NULL,
	"Mail from {subject} authenticates as another of your names and is not aligned",
	"Mail from {subject} authenticated as another of your names and was not aligned",
	"{messages}[, {#delivered} delivered][, {#quarantined} quarantined][, {#rejected} rejected]"
	"[, {share} of all mail]",
	"SPF or DKIM passes for a name of your own domain that does not count as aligned: the alignment "
	"mode is strict, or the reporter compares the names exactly.",
	NULL,
	"Sign with d= the exact domain of From, or publish adkim=r and aspf=r.")
FINDING(SPF_ONLY, "no-dkim", RANK_RISK,
	NULL, NULL,
	"Mail from {subject} passes DMARC by SPF alone, without a valid DKIM signature",
	"Mail from {subject} passed DMARC by SPF alone, without a valid DKIM signature",
	"{messages}[, {share} of all mail]",
	"A DKIM signature of {subject} is missing or fails. The mail passes DMARC until somebody "
	"forwards it.",
	NULL,
	"Have these servers sign with DKIM and d={subject}. Where they sign already, compare the key in "
	"DNS with the one they use.")
FINDING(LIST, "mailing-list", RANK_INFO,
	NULL, NULL,
	"Mailing lists and forwarders change mail from {subject}",
	"Mailing lists and forwarders changed mail from {subject}",
	"{messages}[, {#delivered} delivered][, {#quarantined} quarantined][, {#rejected} rejected]",
	"The reporter knows the source as a list or forwarder and says why it did not apply your policy.",
	NULL,
	"No action needed. Receivers that do not know the list may reject its mail under p=reject; a "
	"list that rewrites From avoids that.")
FINDING(FORWARDER, "forwarder", RANK_INFO,
	NULL, NULL,
	"Forwarders break SPF of mail from {subject}; DKIM passes",
	"Forwarders broke SPF of mail from {subject}; DKIM passed",
	"{messages}",
	"A forwarder's server is not in your SPF record. Your DKIM signature arrives intact, so DMARC "
	"passes.",
	NULL,
	"No action needed. Do not add forwarders to your SPF record.")
FINDING(GONE, "sender-stopped", RANK_INFO,
	NULL, NULL,
	"{service} no longer sends mail from {subject}",
	"{service} no longer sends mail from {subject}",
	"[{#daily_before} messages a day before, ]none since",
	"Its mail passed DMARC and stopped; no mail of it fails instead.",
	NULL,
	"If you turned the service off, remove it from your SPF record and remove its DKIM key. If not, "
	"find out why it does not send.")
FINDING(NO_POLICY, "policy-none", RANK_INFO,
	NULL, NULL,
	"The policy of {subject} is p=none and does not stop forged mail",
	"The policy of {subject} was p=none and did not stop forged mail",
	"with p=reject, {#failing} of {messages} would have been rejected[ ({share})]",
	"Receivers report about mail that fails DMARC and deliver it.",
	NULL,
	"First set up SPF and DKIM for your own services. When only mail of strangers fails, publish "
	"p=quarantine, and later p=reject.")
FINDING(NO_DMARC, "no-dmarc-reports", RANK_INFO,
	NULL, NULL,
	"There are no DMARC reports", "There were no DMARC reports", NULL,
	"Nobody reports who sends mail from your domains.",
	NULL,
	"Publish a TXT record at _dmarc.<your domain>: v=DMARC1; p=none; rua=mailto:<this mailbox>. If "
	"the mailbox is in another domain, that domain has to allow it: TXT v=DMARC1 at "
	"<your domain>._report._dmarc.<its domain>.")

/* --- mail to the customer ------------------------------------------------------ */
FINDING(TLS_REFUSED, "tls-not-delivered", RANK_DELAYED,
	"Mail is being lost or delayed.", "Mail was being lost or delayed, last seen on {day}.",
	"Mail to {subject} is not delivered[ over {host}]",
	"Mail to {subject} was not always delivered[ over {host}]",
	"{failed_sessions} ({result}) under {policy}",
	NULL, NULL, NULL)
FINDING(TLS_RARE, "tls-sometimes-fails", RANK_RISK,
	NULL, NULL,
	"A few sessions fail for mail to {subject}[ over {host}]",
	"A few sessions failed for mail to {subject}[ over {host}]",
	"{failed_sessions} ({result}) under {policy}",
	NULL, NULL, NULL)
FINDING(TLS_UNKNOWN, "tls-may-be-delayed", RANK_RISK,
	NULL, NULL,
	"Mail to {subject} may be delayed[ over {host}]",
	"Mail to {subject} may have been delayed[ over {host}]",
	"{failed_sessions} ({result}) under {policy}",
	NULL, NULL, NULL)
FINDING(TLS_TESTING, "tls-would-fail", RANK_RISK,
	NULL, NULL,
	"Mail to {subject} would not be delivered in mode enforce[ over {host}]",
	"Mail to {subject} would not have been delivered in mode enforce[ over {host}]",
	"{failed_sessions} ({result}) under {policy}",
	NULL, NULL, NULL)
FINDING(TLS_POLICY, "tls-policy-unavailable", RANK_RISK,
	NULL, NULL,
	"Senders cannot use the MTA-STS policy of {subject}",
	"Senders could not use the MTA-STS policy of {subject}",
	"{failed_sessions} ({result})",
	NULL,
	"The mail is delivered: under a policy that the sender fetched earlier, or unprotected where it "
	"has none.",
	NULL)
FINDING(TLS_CLEAR, "tls-unprotected-failure", RANK_INFO,
	NULL, NULL,
	"Mail to {subject} cannot be encrypted as it should be[ over {host}]",
	"Mail to {subject} could not be encrypted as it should have been[ over {host}]",
	"{failed_sessions} ({result}) under {policy}",
	NULL, NULL, NULL)
FINDING(TLS_NO_POLICY, "tls-no-policy", RANK_INFO,
	NULL, NULL,
	"No policy protects mail to {subject}", "No policy protected mail to {subject}",
	NULL,
	"Senders find neither an MTA-STS policy nor TLSA records (DANE). They encrypt when they can, and "
	"an attacker on the way can make them send in the clear.",
	NULL,
	"Publish an MTA-STS policy, in mode testing first, and switch to enforce when the reports stay "
	"free of failures.")
FINDING(TLS_READY, "tls-ready-to-enforce", RANK_INFO,
	NULL, NULL,
	"{subject} is ready for mode enforce", "{subject} was ready for mode enforce",
	NULL,
	"The MTA-STS policy is in mode testing, which protects nothing, and no session has failed under "
	"it for two weeks or longer.",
	NULL,
	"Write \"mode: enforce\" into the policy, and change the id in the _mta-sts record.")
FINDING(NO_TLS, "no-tls-reports", RANK_INFO,
	NULL, NULL,
	"There are no SMTP TLS reports", "There were no SMTP TLS reports", NULL,
	"Nobody reports whether mail to you can be delivered encrypted.",
	NULL,
	"Publish a TXT record at _smtp._tls.<your domain>: v=TLSRPTv1; rua=mailto:<this mailbox>. The "
	"first reports come after a day or two.")

/* --- the reports themselves ------------------------------------------------------ */
FINDING(OLD, "reports-ended", RANK_INFO,
	NULL, NULL,
	"There have been no reports since {last_day}", "There have been no reports since {last_day}", NULL,
	"Reporters send daily. All findings on this page describe the time before.",
	NULL,
	"Check the rua in your records, and that mail to its address arrives.")
FINDING(SILENT, "reporter-silent", RANK_INFO,
	NULL, NULL,
	"{reporters} stopped reporting", "{reporters} stopped reporting", NULL,
	"Reports came regularly, and none has come for three days or longer.",
	NULL,
	"If all are silent, check the rua in your records, and that mail to its address arrives. A single "
	"reporter may have received no mail from you.")
FINDING(UNREADABLE, "unreadable-mail", RANK_INFO,
	NULL, NULL,
	"{pieces} of mail could not be read", "{pieces} of mail could not be read",
	NULL,
	"Mail that is not a report, is damaged or exceeds a limit is set aside with a reason.",
	NULL,
	"Look at the reasons. Ordinary mail in the mailbox needs no action.")
FINDING(REPEATED, "reports-repeated", RANK_INFO,
	NULL, NULL,
	"{reports} came more than once and are counted once",
	"{reports} came more than once and are counted once", NULL,
	"The same report of {reporters} was read again: a second copy, a forward or a resend.",
	NULL,
	"No action needed.")

FINDING(CONFLICT, "reports-conflict", RANK_INFO,
	NULL, NULL,
	"{reports} came again with the same id and different content",
	"{reports} came again with the same id and different content", NULL,
	"{reporters} sent different reports with the same id, period and domain. All of them count, since "
	"nothing shows which one is right.",
	"Messages or sessions may count twice.",
	"Compare the reports by report.id and report.digest. One that is truncated (partial in "
	"report.quirks) is part of the other; one that was not authenticated (report.dkim) may be forged. "
	"Otherwise ask the reporter.")

/* --- what domains publish, by the stored checks -------------------------------- */
FINDING(RECORD_BROKEN, "record-broken", RANK_RISK,
	"A published record is broken.", NULL,
	"{subject} publishes broken records: {codes}", "{subject} published broken records: {codes}",
	NULL,
	"The last check of the domain found a fault through which a record has no effect or mail is lost.",
	NULL,
	"Correct the records in the zone of {subject}, or its mail servers.")
FINDING(CERTIFICATE_EXPIRES, "mx-certificate-expires", RANK_RISK,
	NULL, NULL,
	"An MX certificate of {subject} expires in {days}", "An MX certificate of {subject} expires in {days}",
	NULL,
	"The certificate is good until {day}.",
	"After that day senders with MTA-STS or DANE-TA refuse to deliver.",
	"Renew the certificate, and publish the new TLSA record first where there is one.")
FINDING(RECORD_CHANGED, "record-changed", RANK_INFO,
	NULL, NULL,
	"{subject} publishes new records: {parts}", "{subject} published new records: {parts}",
	NULL,
	"A check found the change on {day}. Reports of earlier days refer to the previous records.",
	NULL,
	"If nobody changed them on purpose, check the zone.")
