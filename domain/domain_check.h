/* domain_check.h - checks the mail records of a domain
 *
 * SPDX-License-Identifier: MIT
 *
 * Checks DMARC, SPF, DKIM, MTA-STS, TLSRPT, MX, DANE and, on request, the
 * certificates of the mail servers.  Each check has a budget of queries and of
 * time.  What cannot be looked up is unknown and never a fault.
 */
#ifndef DOMAIN_DOMAIN_CHECK_H
#define DOMAIN_DOMAIN_CHECK_H

#include "domain/address_set.h"
#include "domain/dmarc_record.h"
#include "domain/dns.h"
#include "domain/finding.h"

#define DOMAIN_CHECK_ARENA_BYTES ((size_t)16 << 20)
#define DOMAIN_MX_MAX 10
#define DOMAIN_ADDRESSES_MAX 4 /* per host and family */
#define DOMAIN_TLSA_MAX 24
#define DOMAIN_SELECTORS_MAX 50
#define DOMAIN_PATTERNS_MAX 50
#define DOMAIN_INCLUDES_MAX 20

struct probe_memory;

struct domain_settings {
	struct dns *dns;
	const char *report_address; /* for suggested records; NULL: unknown */
	const char *ca_file;        /* PEM; NULL: the system's trust store */
	const char *helo;           /* our EHLO name */
	bool probe;
	struct probe_memory *probes; /* shared by all checks of a run; NULL unless probe is set */
	int64_t now;                 /* Unix seconds */
	int64_t time_ms;             /* per domain */
	unsigned questions;          /* per domain */
	/* For tests: servers on loopback and on other ports. */
	bool allow_private;
	uint16_t https_port, smtp_port;
	int64_t step_ms; /* timeout for one reply of a server; 0: default */
};

struct domain_selector {
	struct slice name;
	bool used; /* recent mail signed with it passed */
};

struct domain_subject {
	struct slice name; /* normalised */
	const struct domain_selector *selectors;
	size_t selector_count;
};

/* --- published records ---------------------------------------------------------- */

struct domain_key {
	struct slice selector, record, alias;
	unsigned bits;   /* of an RSA key; 256: Ed25519; 0: unreadable */
	char digest[65]; /* SHA-256 of p, in hex; "": no key */
};

struct domain_certificate {
	bool seen;
	struct slice tls; /* "TLS1.3" */
	struct slice issuer;
	int64_t not_after;
	char digest[65];     /* SHA-256 of the certificate, in hex */
	char key_digest[65]; /* SHA-256 of its public key, as for TLSA 3 1 1 */
};

/* An include term of the SPF record with all networks that its records pass. */
struct domain_include {
	struct slice target;
	struct network *networks;
	bool open; /* they also pass by a, mx, exists, ptr, all or macros, or are not fully known */
};

struct domain_host {
	struct slice name;
	uint16_t preference;
	bool secure; /* its addresses are DNSSEC-validated */
	struct slice addresses[2 * DOMAIN_ADDRESSES_MAX];
	size_t address_count;
	struct slice tlsa[DOMAIN_TLSA_MAX]; /* in text form */
	size_t tlsa_count, tlsa_usable;
	struct domain_certificate certificate; /* of the first address that answered */
};

enum domain_security { SECURITY_UNKNOWN, SECURITY_SIGNED, SECURITY_UNSIGNED, SECURITY_BOGUS };

/* Parts that could not be looked up are not known; the history keeps their last value. */
struct domain_state {
	struct slice name, organizational;
	enum domain_security dnssec;
	bool dmarc_known, spf_known, mx_known, sts_known, tlsrpt_known;
	/* DMARC */
	struct slice dmarc_text, dmarc_location; /* location: owner name of that record */
	struct dmarc_record dmarc;
	enum dmarc_policy dmarc_effective; /* for this domain */
	struct slice dmarc_external[10];   /* external rua hosts without an authorization record */
	size_t dmarc_external_count;
	/* SPF */
	struct slice spf_text, spf_all; /* "~all" */
	unsigned spf_lookups, spf_void;
	struct domain_include spf_includes[DOMAIN_INCLUDES_MAX];
	size_t spf_include_count;
	/* DKIM */
	struct domain_key *keys;
	size_t key_count;
	/* MX */
	bool null_mx;
	struct domain_host *hosts;
	size_t host_count;
	/* MTA-STS */
	struct slice sts_text, sts_id, sts_policy; /* sts_policy: the file */
	struct slice sts_mode;
	uint64_t sts_max_age;
	struct slice sts_patterns[DOMAIN_PATTERNS_MAX];
	size_t sts_pattern_count;
	/* TLSRPT */
	struct slice tlsrpt_text, tlsrpt_rua;
};

struct domain_report {
	struct domain_state state;
	struct domain_findings findings;
};

/* The result lives in the arena; NULL: the arena is full.  Errors become findings. */
struct domain_report *domain_check(const struct domain_settings *settings,
				   const struct domain_subject *subject, struct arena *arena);

#endif
