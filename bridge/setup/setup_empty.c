/* setup_empty.c - an empty index for each kind of document
 *
 * SPDX-License-Identifier: MIT
 *
 * Kibana learns the fields of a data view only from existing indices: while a kind of
 * document has none (no failure report yet, a new tenant), each of its panels and filters
 * reports an error. So every data view of Kibana includes one more index, which all tenants
 * share and which stays empty. This also works when the dashboards are imported by hand. No
 * template and no lifecycle policy matches its name.
 */
#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"
#include "output/elastic_answer.h"
#include "output/id_set.h"

#define PATH_LIMIT 512

void setup_empty_index(const struct setup *setup, enum document_kind kind, struct strbuf *name)
{
	strbuf_add_format(name, "%s-empty-%s", setup->output->naming.prefix,
			  document_kind_name(kind));
}

bool setup_has_empty_indices(const struct setup *setup)
{
	return setup->output->naming.schema == SCHEMA_ECS &&
	       setup->product.flavour != FLAVOUR_OPENSEARCH;
}

static void index_json(const struct setup *setup, enum document_kind kind, struct strbuf *json)
{
	struct json_writer jw;
	struct strbuf mapping;

	strbuf_init(&mapping, LIMIT_DOCUMENT_BYTES);
	template_mapping_json(kind, MAPPING_FULL, &mapping);
	jw_init(&jw, json);
	jw_object(&jw, NULL);
	if (setup->product.flavour != FLAVOUR_SERVERLESS) {
		jw_object(&jw, "settings");
		jw_uint(&jw, "index.number_of_shards", 1);
		jw_text(&jw, "index.auto_expand_replicas", "0-1");
		jw_end(&jw);
	}
	jw_raw(&jw, "mappings", strbuf_slice(&mapping));
	jw_end(&jw);
	strbuf_release(&mapping);
}

struct found {
	struct id_set there, current; /* names */
};

static bool note(void *context, const char *name, const char *version, struct error *err)
{
	struct found *found = context;

	(void)err;
	id_set_add(&found->there, slice_of(name));
	if (template_is_current(version))
		id_set_add(&found->current, slice_of(name));
	return true;
}

static bool look(struct setup *setup, struct found *found, struct error *err)
{
	struct http_answer answer;
	struct strbuf path;
	bool good;

	if (!setup->server)
		return true;
	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "/%s-empty-*/_mapping?filter_path=%%2A.mappings._meta",
			  setup->output->naming.prefix);
	good = elastic_setup_ask(setup->server, "GET", path.buf, (struct slice){ NULL, 0 }, &answer,
				 err) &&
	       (answer.status != 200 ||
		elastic_answer_indices(answer.body, "mappings/" TEMPLATE_VERSION_PATH, note, found,
				       err));
	strbuf_release(&path);
	return good;
}

/* Creates the index, or adds the fields of this version. */
static bool put_index(struct setup *setup, enum document_kind kind, const struct found *found,
		      struct error *err)
{
	struct strbuf name, path, json;
	bool good = true;

	strbuf_init(&name, PATH_LIMIT);
	strbuf_init(&path, PATH_LIMIT);
	strbuf_init(&json, LIMIT_DOCUMENT_BYTES);
	setup_empty_index(setup, kind, &name);
	strbuf_add_format(&path, "/%s", name.buf);
	if (!id_set_has(&found->there, strbuf_slice(&name))) {
		index_json(setup, kind, &json);
		good = setup_send(setup, "PUT", path.buf, strbuf_slice(&json), err);
	} else if (!id_set_has(&found->current, strbuf_slice(&name))) {
		strbuf_add_text(&path, "/_mapping");
		template_mapping_json(kind, MAPPING_FULL, &json);
		good = setup_send(setup, "PUT", path.buf, strbuf_slice(&json), err);
	}
	strbuf_release(&name);
	strbuf_release(&path);
	strbuf_release(&json);
	return good;
}

bool setup_empty_indices(struct setup *setup, struct error *err)
{
	struct found found = { .there = { 0 } };
	bool good;

	if (!setup_has_empty_indices(setup) || setup->only)
		return true;
	good = look(setup, &found, err);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS && good; kind++)
		good = put_index(setup, kind, &found, err);
	id_set_release(&found.there);
	id_set_release(&found.current);
	return good || error_context(err, "empty indices");
}
