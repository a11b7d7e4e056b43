/* ip.h - one spelling for each IP address
 *
 * SPDX-License-Identifier: MIT
 *
 * A text that is no address must never reach a field of type ip: the search
 * server would refuse the whole document.
 */
#ifndef INGEST_REPORT_IP_H
#define INGEST_REPORT_IP_H

#include <netinet/in.h>

#include "base/slice.h"

/* IPv4 dotted, IPv6 as in RFC 5952.  Tolerates blanks around, brackets and the
 * "IPv6:" of an address literal (RFC 5321).  False: not an address; out is
 * written on success only. */
bool ip_normalise(struct slice text, char out[static INET6_ADDRSTRLEN]);

#endif
