/* cloud_id.h - decodes an Elastic Cloud id into URLs
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_CLOUD_ID_H
#define BRIDGE_CONFIG_CLOUD_ID_H

#include "base/arena.h"
#include "base/error.h"

/* "label:base64(host[:port]$elasticsearch$kibana)" -> a list of one URL. FATAL if the id
 * is malformed. */
bool cloud_id_urls(const char *cloud_id, struct arena *arena, const char *const **urls,
		   struct error *err);

/* The URL of its Kibana; NULL: the id has none. */
const char *cloud_id_kibana(const char *cloud_id, struct arena *arena);

#endif
