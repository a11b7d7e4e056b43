/* fuzz_mmdb.c - any bytes as a database of addresses
 *
 * SPDX-License-Identifier: MIT
 */
#include <sys/mman.h>
#include <stdio.h>
#include <unistd.h>

#include "enrich/mmdb.h"
#include "tests/fuzz/fuzz.h"

static void look_up(const struct mmdb *mmdb, const char *text)
{
	struct mmdb_facts facts = { .as_number = 0 };
	struct ip_address address;
	unsigned sum = 0;

	check(ip_address_parse(slice_of(text), &address));
	mmdb_look_up(mmdb, &address, &facts);
	check(strlen(facts.country) == 0 || strlen(facts.country) == 2);
	/* All of it can be read. */
	for (size_t i = 0; i < facts.as_name.size; i++)
		sum += (unsigned char)facts.as_name.data[i];
	for (size_t i = 0; i < facts.as_domain.size; i++)
		sum += (unsigned char)facts.as_domain.data[i];
	for (size_t i = 0; i < facts.city.size; i++)
		sum += (unsigned char)facts.city.data[i];
	check(sum < UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int memory = memfd_create("fuzz", MFD_CLOEXEC);
	struct mmdb *mmdb;
	struct error err;
	char path[32];

	check(memory >= 0 && write(memory, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	mmdb = mmdb_open(path, &err);
	close(memory);
	if (!mmdb)
		return 0;
	look_up(mmdb, "1.1.1.1");
	look_up(mmdb, "8.8.8.8");
	look_up(mmdb, "2a00::1");
	mmdb_close(mmdb);
	return 0;
}
