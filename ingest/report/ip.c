/* ip.c - one spelling for each IP address
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/report/ip.h"

#include <arpa/inet.h>

static struct slice without_literal(struct slice text)
{
	static const char prefix[] = "ipv6:";
	const size_t size = sizeof(prefix) - 1;

	text = slice_trim(text);
	if (text.size >= 2 && text.data[0] == '[' && text.data[text.size - 1] == ']')
		text = slice_trim((struct slice){ text.data + 1, text.size - 2 });
	if (text.size > size && slice_is_nocase((struct slice){ text.data, size }, prefix))
		text = (struct slice){ text.data + size, text.size - size };
	return text;
}

bool ip_normalise(struct slice text, char out[static INET6_ADDRSTRLEN])
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	text = without_literal(text);
	if (text.size == 0 || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size))
		return false;
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	if (strchr(copy, ':'))
		return inet_pton(AF_INET6, copy, address) == 1 &&
		       inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
	if (inet_pton(AF_INET, copy, address) != 1)
		return false;
	memcpy(out, copy, text.size + 1); /* leading zeros refused, there is one spelling */
	return true;
}
