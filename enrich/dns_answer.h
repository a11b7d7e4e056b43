/* dns_answer.h - reads names and addresses from a DNS packet
 *
 * SPDX-License-Identifier: MIT
 *
 * The packets are hostile: a name with control characters, a compression loop or a
 * false length costs only the record or the packet.  c-ares 1.18 has no TTL in its
 * results and discards a whole packet for one malformed name, hence this parser.
 */
#ifndef ENRICH_DNS_ANSWER_H
#define ENRICH_DNS_ANSWER_H

#include "base/dns_queue.h"
#include "enrich/ip_address.h"

#define DNS_NAME_SIZE 254 /* 253 octets (RFC 1035) and a NUL */

/* Names kept per address.  Of more, the shortest ones are kept, then in alphabetical order,
 * so that the order of the answer does not matter. */
#define DNS_NAMES_MAX 4

enum dns_verdict {
	DNS_FOUND,   /* the answer has records of this type */
	DNS_NOTHING, /* the name or the record does not exist */
	DNS_FAILED,  /* server failure, or the packet does not answer the query */
};

/* Host names in PTR records: lower case, with letters, digits, hyphen and underscore, at
 * least two labels, the last one not a number.  Other names are skipped.  *ttl: of the
 * records, or of the negative answer (RFC 2308); 0 if unspecified. */
enum dns_verdict dns_answer_names(struct slice packet, const char *question,
				  char names[static DNS_NAMES_MAX][DNS_NAME_SIZE], size_t *count,
				  uint32_t *ttl);

/* Is the address among the A or AAAA records?  *ttl as above. */
enum dns_verdict dns_answer_has_address(struct slice packet, const char *question,
					const struct ip_address *address, bool *has, uint32_t *ttl);

#endif
