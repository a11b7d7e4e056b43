/* removal_kibana.c - deletes the space of a tenant, its dashboards and rules
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "base/limits.h"
#include "bridge/setup/dashboards.h"
#include "bridge/setup/setup.h"
#include "bridge/tenants/removal.h"
#include "output/elastic_answer.h"
#include "output/kibana.h"

#define FILE_LIMIT (8 * MIB)

static struct kibana kibana_of(const struct setup *setup)
{
	return (struct kibana){
		.http = elastic_setup_http(setup->server),
		.url = setup->output->kibana_url,
		.opensearch = setup->product.flavour == FLAVOUR_OPENSEARCH,
	};
}

/* Deleting a space deletes its saved objects, but the background tasks of a rule end only
 * with the rule; monitors of OpenSearch are not in a space. */
static bool remove_rules(struct removal *removal, struct setup *setup, size_t *count,
			 struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	const char *prefix = setup->output->naming.prefix;
	struct dashboards_rule rule;
	struct strbuf text;
	struct slice rest;
	bool good = true;

	*count = 0;
	strbuf_init(&text, FILE_LIMIT);
	dashboards_rules(kibana.opensearch ? DASHBOARDS_OPENSEARCH : DASHBOARDS_KIBANA, prefix,
			 removal->tenant, &text);
	rest = strbuf_slice(&text);
	while (good && dashboards_next_rule(&rest, prefix, removal->tenant, &rule)) {
		const struct kibana_rule sent = { .space = removal->tenant,
						  .id = rule.uuid,
						  .name = rule.name };
		bool found = false;

		good = kibana_delete_rule(&kibana, setup->output->elastic.urls[0], &sent,
					  removal->only_show, &found, err);
		*count += found;
	}
	strbuf_release(&text);
	return good;
}

static bool remove_space(struct removal *removal, struct setup *setup, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	struct setup_listing *spaces = setup_listing_new();
	size_t rules = 0;
	bool good = kibana_spaces(&kibana, spaces, err);

	if (good && setup_listing_find(spaces, removal->tenant)) {
		good = remove_rules(removal, setup, &rules, err) &&
		       (removal->only_show || kibana_delete_space(&kibana, removal->tenant, err));
		if (good)
			removal_say(removal,
				    "Kibana space %s, with %zu alert rules and everything in it",
				    removal->tenant, rules);
	}
	setup_listing_free(spaces);
	return good;
}

/* --- OpenSearch Dashboards ---------------------------------------------------------------- */

/* ".kibana_<hash>_<name>_<number>" stores the saved objects of a tenant: the hash is
 * Java's String.hashCode() of the name, and the name keeps only letters and digits. */
static void object_index(const char *tenant, struct strbuf *name)
{
	uint32_t hash = 0;

	for (const char *c = tenant; *c; c++)
		hash = hash * 31 + (unsigned char)*c;
	strbuf_add_format(name, ".kibana_%d_", (int32_t)hash);
	for (const char *c = tenant; *c; c++)
		if (*c != '_')
			strbuf_add_byte(name, *c);
}

struct object_indices {
	struct removal *removal;
	struct setup *setup;
	size_t front; /* length of a name without its number */
};

static bool on_object_index(void *context, const char *name, const char *text, struct error *err)
{
	struct object_indices *o = context;
	struct http_answer answer;
	struct strbuf path;
	uint64_t number;
	bool good = true;

	(void)text;
	if (strlen(name) < o->front + 2 || name[o->front] != '_' ||
	    !slice_to_uint(slice_of(name + o->front + 1), UINT32_MAX, &number))
		return true;
	strbuf_init(&path, KIB);
	strbuf_add_format(&path, "/%s", name);
	if (!o->removal->only_show)
		good = elastic_setup_send(o->setup->server, "DELETE", path.buf,
					  (struct slice){ NULL, 0 }, &answer, err);
	if (good && !o->removal->only_show && answer.status != 200)
		printf("index %s with the dashboards: HTTP status %u, so it stays: delete it by hand\n",
		       name, answer.status);
	else if (good)
		removal_say(o->removal, "index %s with the dashboards", name);
	strbuf_release(&path);
	return good;
}

static bool remove_objects(struct removal *removal, struct setup *setup, struct error *err)
{
	struct object_indices o = { removal, setup, 0 };
	struct http_answer answer;
	struct strbuf path, name, body;
	bool good;

	strbuf_init(&path, KIB);
	strbuf_init(&name, KIB);
	object_index(removal->tenant, &name);
	o.front = name.len;
	strbuf_add_format(&path, "/_cat/indices/%s_*?format=json&h=index&expand_wildcards=all",
			  name.buf);
	good = elastic_setup_ask(setup->server, "GET", path.buf, (struct slice){ NULL, 0 }, &answer,
				 err);
	if (good && answer.status == 200) {
		/* The callback sends requests to the same server, which overwrite the
		 * answer. */
		strbuf_init(&body, answer.body.size + 1);
		strbuf_add_slice(&body, answer.body);
		good = elastic_answer_rows(strbuf_slice(&body), "index", "index", on_object_index,
					   &o, err);
		strbuf_release(&body);
	}
	strbuf_release(&path);
	strbuf_release(&name);
	return good;
}

bool removal_of_kibana(struct removal *removal, struct setup *setup, struct error *err)
{
	const struct kibana kibana = kibana_of(setup);
	size_t rules = 0;
	bool keeps = false;

	if (!kibana.url)
		return true;
	if (!kibana.opensearch)
		return remove_space(removal, setup, err);
	if (!kibana_keeps_rules(&kibana, removal->tenant, setup->output->elastic.urls[0], &keeps,
				err) ||
	    (keeps && !remove_rules(removal, setup, &rules, err)))
		return false;
	if (rules > 0)
		removal_say(removal, "%zu alert monitors", rules);
	return remove_objects(removal, setup, err);
}
