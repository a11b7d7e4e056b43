/* cloud_id.c - decodes an Elastic Cloud id into URLs
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/cloud_id.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/strbuf.h"

#define CLOUD_ID_LIMIT 1024

struct cloud_id {
	char text[BASE64_DECODED_SIZE(CLOUD_ID_LIMIT)];
	struct slice host, elasticsearch, kibana; /* each with or without ":port" */
};

static bool is_host(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!ascii_is_digit(text.data[i]) && !ascii_is_alpha(text.data[i]) &&
		    !strchr(".-_:", text.data[i]))
			return false;
	return text.size > 0;
}

static bool decode(const char *cloud_id, struct cloud_id *id)
{
	struct slice code, rest, label = slice_split(slice_of(cloud_id), ':', &code);

	if (!code.data)
		code = label;
	if (code.size > CLOUD_ID_LIMIT)
		return false;
	rest = (struct slice){ id->text, base64_decode(code, id->text) };
	id->host = slice_split(rest, '$', &rest);
	id->elasticsearch = slice_split(rest, '$', &rest);
	id->kibana = slice_split(rest, '$', &rest);
	return is_host(id->host) && is_host(id->elasticsearch);
}

/* The port after the name overrides that of the host; without either it is 443. */
static const char *url_of(const struct cloud_id *id, struct slice name, struct arena *arena)
{
	struct slice port, host_port, host = slice_split(id->host, ':', &host_port);
	struct strbuf url;
	const char *text;

	name = slice_split(name, ':', &port);
	if (!port.data)
		port = host_port.data ? host_port : slice_of("443");
	strbuf_init(&url, 2 * CLOUD_ID_LIMIT);
	strbuf_add_text(&url, "https://");
	strbuf_add_slice(&url, name);
	strbuf_add_byte(&url, '.');
	strbuf_add_slice(&url, host);
	strbuf_add_byte(&url, ':');
	strbuf_add_slice(&url, port);
	text = arena_text(arena, strbuf_slice(&url));
	strbuf_release(&url);
	return text;
}

bool cloud_id_urls(const char *cloud_id, struct arena *arena, const char *const **urls,
		   struct error *err)
{
	const char **list = arena_array(arena, 2, sizeof(*list));
	struct cloud_id id;

	if (!decode(cloud_id, &id))
		return error_set(err, ERROR_FATAL,
				 "cloud_id: not NAME:CODE as the cloud console shows it");
	list[0] = url_of(&id, id.elasticsearch, arena);
	*urls = list;
	return true;
}

const char *cloud_id_kibana(const char *cloud_id, struct arena *arena)
{
	struct cloud_id id;

	return decode(cloud_id, &id) && is_host(id.kibana) ? url_of(&id, id.kibana, arena) : NULL;
}
