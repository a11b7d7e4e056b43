/* hosts.c - hosts of one cluster, and the choice of one
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/hosts.h"

#include <stdlib.h>

#include "base/backoff.h"
#include "base/xalloc.h"

#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 60000

void hosts_init(struct hosts *hosts, const char *const *urls)
{
	*hosts = (struct hosts){ .urls = urls };
	while (urls[hosts->count])
		hosts->count++;
	hosts->hosts = xcalloc(hosts->count, sizeof(*hosts->hosts));
}

void hosts_release(struct hosts *hosts)
{
	free(hosts->hosts);
	*hosts = (struct hosts){ .count = 0 };
}

bool hosts_choose(struct hosts *hosts, int64_t now, size_t *chosen)
{
	for (size_t i = 0; i < hosts->count; i++) {
		struct host *host = &hosts->hosts[i];

		if (host->failures > 0 && (host->probing || now < host->retry_at))
			continue;
		host->probing = host->failures > 0;
		*chosen = i;
		return true;
	}
	return false;
}

int64_t hosts_due(const struct hosts *hosts)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < hosts->count; i++)
		if (!hosts->hosts[i].probing && hosts->hosts[i].retry_at < due)
			due = hosts->hosts[i].retry_at;
	return due;
}

void hosts_report(struct hosts *hosts, size_t number, enum host_outcome outcome, int64_t now,
		  uint32_t random)
{
	struct host *host = &hosts->hosts[number];

	if (outcome == HOST_HEALTHY) {
		*host = (struct host){ .echoes = host->echoes };
		return;
	}
	/* Count a failure once: other requests in flight fail for the same
	 * reason. */
	if (host->failures == 0 || host->probing) {
		host->retry_at = now + backoff_ms(host->failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS,
						  random);
		host->failures++;
	}
	host->probing = false;
	host->unusable = outcome == HOST_UNUSABLE;
}

bool hosts_all_unusable(const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (!hosts->hosts[i].unusable)
			return false;
	return true;
}
