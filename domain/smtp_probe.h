/* smtp_probe.h - probes STARTTLS at one address of a mail server
 *
 * SPDX-License-Identifier: MIT
 *
 * Reads the greeting and sends EHLO and STARTTLS, but never a mail command.  A run
 * probes each address once, however many domains use it.
 */
#ifndef DOMAIN_SMTP_PROBE_H
#define DOMAIN_SMTP_PROBE_H

#include "domain/certificate.h"

enum probe_status {
	PROBE_TLS,           /* handshake complete; the other members are set */
	PROBE_NOT_CONNECTED, /* refused, unreachable or timed out */
	PROBE_NO_GREETING,   /* a refusal in place of a greeting, or no greeting in time */
	PROBE_NO_STARTTLS,   /* not offered, or refused */
	PROBE_HANDSHAKE,     /* handshake failed */
	PROBE_KEY,           /* the certificate's key is too expensive to process */
	PROBE_SKIPPED,       /* no time left, or the program is stopping */
};

struct probe_result {
	enum probe_status status;
	const char *detail; /* printable text of the server or the system */
	bool injected;      /* clear text after the reply to STARTTLS */
	bool old;           /* TLS below 1.2 */
	const char *version;
	struct certificate_chain chain;
	struct certificate_facts facts;
	bool readable;           /* facts are set */
	bool other_without_name; /* presents another certificate without SNI */
	bool no_name_tried;
};

struct probe_settings {
	const char *helo, *ca_file;
	uint16_t port;   /* 0: 25 */
	int64_t step_ms; /* 0: default */
};

struct probe_memory;

struct probe_memory *probe_memory_new(const struct probe_settings *settings);
void probe_memory_free(struct probe_memory *memory);

/* Did any IPv4 (or IPv6) address answer in this run? */
bool probe_any_answered(const struct probe_memory *memory, bool ipv6);

/* Returns the result for a host's address and probes it first if necessary.  It lives as
 * long as the memory.  without_name: also try without SNI. */
const struct probe_result *probe_address(struct probe_memory *memory, const char *host,
					 const char *address, bool without_name, int64_t deadline);

#endif
