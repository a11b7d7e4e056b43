/* enrich_rate.c - names of many addresses: enrich_rate RESOLVER COUNT AT_ONCE [CACHE_FILE]
 *
 * SPDX-License-Identifier: MIT
 *
 * Looks up COUNT different addresses, AT_ONCE of them together, without a bound
 * on time but that of each batch of 500, and prints what came of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "enrich/enricher.h"

#define BATCH 500
#define BUDGET_MS 5000

struct tally {
	size_t confirmed, partial;
	int64_t longest_ms; /* of a batch */
};

static struct ip_address address_number(size_t i)
{
	return (struct ip_address){
		.bytes = { 45, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i },
		.is_v4 = true,
	};
}

static void look_up_batch(struct enrich_session *session, size_t first, size_t count,
			  size_t at_once, struct tally *tally)
{
	struct ip_address addresses[BATCH];
	struct address_facts facts[BATCH];
	const int64_t start = clock_ms();

	for (size_t i = 0; i < count; i++)
		addresses[i] = address_number(first + i);
	enrich_session_begin_batch(session);
	for (size_t i = 0; i < count; i += at_once) {
		const size_t some = count - i < at_once ? count - i : at_once;

		enrich_addresses(session, addresses + i, some, facts + i);
		for (size_t j = i; j < i + some; j++) {
			tally->confirmed += facts[j].name.size > 0;
			tally->partial += facts[j].partial;
		}
	}
	if (clock_ms() - start > tally->longest_ms)
		tally->longest_ms = clock_ms() - start;
}

static int fail(const struct error *err)
{
	fprintf(stderr, "%s\n", err->text);
	return 1;
}

int main(int argc, char **argv)
{
	struct enrich_settings settings = { .reverse_dns = true, .budget_ms = BUDGET_MS };
	struct tally tally = { .confirmed = 0 };
	struct enrich_session *session;
	struct enrich_counts counts;
	struct enricher *enricher;
	uint64_t count, at_once;
	struct rusage usage;
	struct error err;
	int64_t start;

	if (argc < 4 || !slice_to_uint(slice_of(argv[2]), 1 << 24, &count) ||
	    !slice_to_uint(slice_of(argv[3]), BATCH, &at_once) || at_once == 0) {
		fprintf(stderr, "usage: enrich_rate RESOLVER COUNT AT_ONCE [CACHE_FILE]\n");
		return 64;
	}
	settings.resolvers = argv[1];
	settings.cache_file = argc > 4 ? argv[4] : NULL;
	enricher = enricher_open(&settings, &err);
	if (!enricher || !enricher_start(enricher, &err))
		return fail(&err);
	session = enrich_session_new(enricher);
	start = clock_ms();
	for (size_t i = 0; i < count; i += BATCH)
		look_up_batch(session, i, count - i < BATCH ? count - i : BATCH, at_once, &tally);
	counts = enricher_counts(enricher);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"addresses\": %zu, \"ms\": %lld, \"longest_batch_ms\": %lld, \"confirmed\": %zu, "
	       "\"partial\": %zu, \"questions\": %llu, \"cpu_ms\": %lld, \"kib\": %ld}\n",
	       (size_t)count, (long long)(clock_ms() - start), (long long)tally.longest_ms,
	       tally.confirmed, tally.partial, (unsigned long long)counts.questions,
	       (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000,
	       usage.ru_maxrss);
	enrich_session_free(session);
	if (!enricher_save(enricher, true, &err))
		return fail(&err);
	enricher_close(enricher);
	return 0;
}
