/* context.h - the shared state of one check of one domain
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_CONTEXT_H
#define DOMAIN_CONTEXT_H

#include "domain/dns_data.h"
#include "domain/domain_check.h"

#define EVIDENCE_OCTETS 300

struct probe_result;

/* Probe results, one per address of a host. */
struct probed_host {
	const struct probe_result *results[2 * DOMAIN_ADDRESSES_MAX];
};

struct context {
	const struct domain_settings *settings;
	const struct domain_subject *subject;
	struct dns_session session;
	struct arena *arena;
	struct domain_findings *findings;
	struct domain_state *state;
	struct slice domain;
	const char *name;           /* domain, with a NUL */
	struct probed_host *probed; /* one per host; NULL: not probed */
};

/* Returns "label.domain" in the arena; NULL: longer than a DNS name may be. */
const char *context_name(struct context *c, const char *label, struct slice domain);

/* Queries the DNS.  Without an answer, adds the finding dnssec-bogus for bogus data, else
 * the given code, and returns NULL. */
const struct dns_answer *context_ask(struct context *c, const char *name, enum dns_type type,
				     enum domain_code unknown);

/* Returns the TXT records of an answer, without malformed ones. */
size_t context_texts(struct context *c, const struct dns_answer *answer, struct txt **texts);

/* Can a host receive mail?  Looks up its MX and address records. */
enum mail_host { HOST_TAKES_MAIL, HOST_NONE, HOST_NULL_MX, HOST_NO_ADDRESS, HOST_UNKNOWN };
enum mail_host context_mail_host(struct context *c, struct slice host);
/* Describes why the host does not receive mail, as in "the name does not exist". */
const char *context_mail_host_text(enum mail_host kind);

void check_dmarc(struct context *c);
void check_spf(struct context *c);
void check_dkim(struct context *c);
void check_mx(struct context *c);
void check_dane(struct context *c);
void check_sts(struct context *c);
void check_tlsrpt(struct context *c);
void check_dnssec(struct context *c);
/* Connects to the MX hosts; check_servers() then judges the results. */
void probe_servers(struct context *c);
void check_servers(struct context *c);
void check_caa(struct context *c);

#endif
