/* fuzz_senders.c - any text as a file of rules that name sending services
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/utf8.h"
#include "enrich/service_file.h"
#include "tests/fuzz/fuzz.h"

typedef bool text_reader(struct service_table *table, const char *file, struct slice text,
			 struct error *err);

static void check_service(const struct service *service)
{
	if (!service)
		return;
	check(service->type < SERVICE_TYPES && *service->name);
	check(utf8_valid(slice_of(service->name)));
}

static void read_as(text_reader *reader, struct slice text)
{
	static const char *const names[] = { "mail.a.example", "com", "amazonses.com" };
	struct service_table *table = service_table_new(NULL);
	const struct ip_address address = { .bytes = { 1, 1, 0, 1 }, .is_v4 = true };
	struct error err = { 0 };

	if (!reader(table, "f", text, &err))
		check(err.class == ERROR_FATAL && slice_starts_with(slice_of(err.text), "f:"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (int key = KEY_DKIM; key <= KEY_PTR; key++)
			check_service(service_of_domain(table, (enum service_key)key,
							slice_of(names[i])));
	check_service(service_of_network(table, &address));
	check_service(service_of_asn(table, 1));
	service_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = { (const char *)data, size };

	read_as(service_text_read, text);
	read_as(service_text_read_map, text);
	return 0;
}
