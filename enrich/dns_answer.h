/* dns_answer.h - what a DNS packet says about names and addresses
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure, over hostile bytes: names with control characters, loops in their
 * compression and lies about lengths cost the record or the packet, no more.
 * A reader of our own, since c-ares 1.18 gives no TTL and drops a whole packet
 * for one odd name.
 */
#ifndef ENRICH_DNS_ANSWER_H
#define ENRICH_DNS_ANSWER_H

#include "base/dns_queue.h"
#include "enrich/ip_address.h"

#define DNS_NAME_SIZE 254 /* 253 octets (RFC 1035) and a NUL */

/* Names that are worth a look; of more the same ones are kept, whatever their
 * order: the shortest first, then by the alphabet. */
#define DNS_NAMES_MAX 4

enum dns_verdict {
	DNS_FOUND,  /* there are records of the type asked for */
	DNS_NOTHING, /* there is no such name, or no such record */
	DNS_FAILED, /* the server could not tell, or the packet is no answer to the question */
};

/* Names of hosts in PTR records: lower case, letters, digits, hyphen and
 * underscore, at least two labels, the last one not a number.  Other names are
 * skipped.  *ttl: of the records, or of the negative answer (RFC 2308); 0 where
 * it does not say. */
enum dns_verdict dns_answer_names(struct slice packet, const char *question,
				  char names[static DNS_NAMES_MAX][DNS_NAME_SIZE], size_t *count,
				  uint32_t *ttl);

/* Is the address among the A or AAAA records?  *ttl as above. */
enum dns_verdict dns_answer_has_address(struct slice packet, const char *question,
					const struct ip_address *address, bool *has,
					uint32_t *ttl);

#endif
