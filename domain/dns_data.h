/* dns_data.h - record data in wire form, read
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DOMAIN_DNS_DATA_H
#define DOMAIN_DNS_DATA_H

#include "base/arena.h"

/* The strings of a TXT record joined without a blank (RFC 7208 section 3.3);
 * the first `*borders` of `border` say where in the text a string ended.
 * false: malformed, or the arena is full. */
#define TXT_BORDERS_MAX 16
struct txt {
	struct slice text;
	size_t border[TXT_BORDERS_MAX], borders;
};
bool txt_read(struct arena *arena, struct slice data, struct txt *txt);

/* Preference and host, lower case, no final dot; "" for the root (RFC 7505). */
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

/* "3 1 1 0123abcd...": the form of policy strings in TLS reports. */
const char *tlsa_text(struct arena *arena, const struct tlsa *tlsa);

/* May a sender use it for SMTP (RFC 7672 section 3.1)?  NULL, or why not. */
const char *tlsa_unusable(const struct tlsa *tlsa);

/* The signature of an answer that ends first; false: there is none, or the
 * packet is malformed. */
bool signature_times(struct slice packet, int64_t *from, int64_t *until);

/* Algorithm of a DNSKEY or DS record, and digest type of a DS (RFC 4034). */
bool dnskey_algorithm(struct slice data, uint8_t *algorithm);
bool ds_algorithm(struct slice data, uint8_t *algorithm, uint8_t *digest_type);

#endif
