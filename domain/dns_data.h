/* dns_data.h - parses record data in wire format
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_DNS_DATA_H
#define DOMAIN_DNS_DATA_H

#include "base/arena.h"

/* Joins the strings of a TXT record without a blank (RFC 7208 section 3.3).  The first
 * `*borders` entries of `border` are the offsets where a string ended.  false: malformed,
 * or the arena is full. */
#define TXT_BORDERS_MAX 16
struct txt {
	struct slice text;
	size_t border[TXT_BORDERS_MAX], borders;
};
bool txt_read(struct arena *arena, struct slice data, struct txt *txt);

/* Preference and host in lower case, without a final dot; "" is the root (RFC 7505). */
struct mx {
	uint16_t preference;
	struct slice host;
};
bool mx_read(struct arena *arena, struct slice data, struct mx *mx);

/* RFC 6698 section 2.1 */
struct tlsa {
	uint8_t usage, selector, matching;
	struct slice data;
};
bool tlsa_read(struct slice data, struct tlsa *tlsa);

/* RFC 8659 section 4.1 */
struct caa {
	struct slice tag, value;
};
bool caa_read(struct slice data, struct caa *caa);

/* "3 1 1 0123abcd...", as in the policy strings of TLS reports. */
const char *tlsa_text(struct arena *arena, const struct tlsa *tlsa);

/* Returns NULL if a sender may use it for SMTP (RFC 7672 section 3.1), else the reason. */
const char *tlsa_unusable(const struct tlsa *tlsa);

/* Returns the times of the signature that expires first; false: no signature, or the packet
 * is malformed. */
bool signature_times(struct slice packet, int64_t *from, int64_t *until);

/* Returns the algorithm of a DNSKEY or DS record, and the digest type of a DS (RFC 4034). */
bool dnskey_algorithm(struct slice data, uint8_t *algorithm);
bool ds_algorithm(struct slice data, uint8_t *algorithm, uint8_t *digest_type);

#endif
