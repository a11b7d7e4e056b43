/* ip.h - normalises IP addresses
 *
 * SPDX-License-Identifier: MIT
 *
 * Text that is not an address must never reach a field of type ip: the search
 * server would refuse the whole document.
 */
#ifndef INGEST_REPORT_IP_H
#define INGEST_REPORT_IP_H

#include <netinet/in.h>

#include "base/slice.h"

/* IPv4 in dotted form, IPv6 as in RFC 5952.  Tolerates surrounding blanks, brackets and the
 * "IPv6:" of an address literal (RFC 5321).  false: not an address; out is unchanged. */
bool ip_normalise(struct slice text, char out[static INET6_ADDRSTRLEN]);

#endif
