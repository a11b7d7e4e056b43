/* fuzz_dns_answer.c - any bytes as an answer of a name server
 *
 * SPDX-License-Identifier: MIT
 */
#include "enrich/dns_answer.h"
#include "tests/fuzz/fuzz.h"

#define QUESTION "1.0.1.1.in-addr.arpa"

static void check_name(const char *name)
{
	check(*name != '\0' && strlen(name) < DNS_NAME_SIZE);
	for (; *name; name++)
		check((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') ||
		      *name == '-' || *name == '_' || *name == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice packet = { (const char *)data, size };
	const struct ip_address address = { .bytes = { 1, 1, 0, 1 }, .is_v4 = true };
	char names[DNS_NAMES_MAX][DNS_NAME_SIZE];
	uint32_t ttl;
	size_t count;
	bool has;

	if (dns_answer_names(packet, QUESTION, names, &count, &ttl) == DNS_FOUND)
		check(count > 0 && count <= DNS_NAMES_MAX);
	for (size_t i = 0; i < count; i++)
		check_name(names[i]);
	if (dns_answer_has_address(packet, "mail.example.net", &address, &has, &ttl) != DNS_FOUND)
		check(!has);
	return 0;
}
