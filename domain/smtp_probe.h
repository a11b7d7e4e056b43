/* smtp_probe.h - STARTTLS of one address of a mail server
 *
 * SPDX-License-Identifier: MIT
 *
 * Greeting, EHLO, STARTTLS, handshake, end: no mail command is ever sent.  Each
 * address is probed once in a run, whatever number of domains use it.
 */
#ifndef DOMAIN_SMTP_PROBE_H
#define DOMAIN_SMTP_PROBE_H

#include "domain/certificate.h"

enum probe_status {
	PROBE_TLS,	     /* the handshake ended well: the rest is filled in */
	PROBE_NOT_CONNECTED, /* refused, unreachable or silent */
	PROBE_NO_GREETING,   /* refused in words, or no greeting in time */
	PROBE_NO_STARTTLS,   /* not offered, or refused */
	PROBE_HANDSHAKE,     /* it fails */
	PROBE_KEY,	     /* the key of the certificate costs too much */
	PROBE_SKIPPED,	     /* no time left, or told to stop */
};

struct probe_result {
	enum probe_status status;
	const char *detail; /* printable; what the server or the system said */
	bool injected;	    /* clear text behind the answer to STARTTLS */
	bool old;	    /* TLS below 1.2 */
	const char *version;
	struct certificate_chain chain;
	struct certificate_facts facts;
	bool readable;	/* facts are filled in */
	bool other_without_name; /* another certificate without SNI */
	bool no_name_tried;
};

struct probe_settings {
	const char *helo, *ca_file;
	uint16_t port;	 /* 0: 25 */
	int64_t step_ms; /* 0: the usual one */
};

struct probe_memory;

struct probe_memory *probe_memory_new(const struct probe_settings *settings);
void probe_memory_free(struct probe_memory *memory);

/* Did any address of this run answer, of IPv4 or of IPv6? */
bool probe_any_answered(const struct probe_memory *memory, bool ipv6);

/* The result for a host's address, made now unless there is one.  It lives as
 * long as the memory.  without_name: the handshake is tried without SNI too. */
const struct probe_result *probe_address(struct probe_memory *memory, const char *host,
					 const char *address, bool without_name,
					 int64_t deadline);

#endif
