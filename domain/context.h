/* context.h - one check of one domain, as its parts see it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_CONTEXT_H
#define DOMAIN_CONTEXT_H

#include "domain/dns_data.h"
#include "domain/domain_check.h"

#define EVIDENCE_OCTETS 300

struct probe_result;

/* What the addresses of one host answered. */
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
	const char *name; /* the same, with a NUL */
	struct probed_host *probed; /* as many as hosts; NULL: not probed */
};

/* "label.domain" in the arena; NULL: longer than a name can be. */
const char *context_name(struct context *c, const char *label, struct slice domain);

/* Asks, and says so where no answer came: bogus data as dnssec-bogus, all else
 * as the code given.  NULL: there is nothing to go on with. */
const struct dns_answer *context_ask(struct context *c, const char *name, enum dns_type type,
				     enum domain_code unknown);

/* The TXT records of an answer; those that are malformed are left out. */
size_t context_texts(struct context *c, const struct dns_answer *answer, struct txt **texts);

/* Where mail for a host goes: enough to say that an address cannot work. */
enum mail_host { HOST_TAKES_MAIL, HOST_NONE, HOST_NULL_MX, HOST_NO_ADDRESS, HOST_UNKNOWN };
enum mail_host context_mail_host(struct context *c, struct slice host);
/* "it does not exist", for what does not take mail. */
const char *context_mail_host_text(enum mail_host kind);

void check_dmarc(struct context *c);
void check_spf(struct context *c);
void check_dkim(struct context *c);
void check_mx(struct context *c);
void check_dane(struct context *c);
void check_sts(struct context *c);
void check_tlsrpt(struct context *c);
void check_dnssec(struct context *c);
/* Connects to the MX hosts; check_servers() judges what they presented. */
void probe_servers(struct context *c);
void check_servers(struct context *c);

#endif
