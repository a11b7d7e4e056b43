/* setup_kind.c - API paths and formats of the objects of setup
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/setup_kind.h"

#include "base/json_writer.h"
#include "base/limits.h"

/* clang-format off */
const struct setup_kind setup_kinds[SETUP_KINDS] = {
	[SETUP_TEMPLATE] = { "index template", "/_index_template/", "/_index_template",
			     { "index_templates", "name", "index_template", "_meta" },
			     "index_templates/0/index_template", false, NULL,
			     "manage_index_templates", false },
	[SETUP_ILM_POLICY] = { "lifecycle policy", "/_ilm/policy/", "/_ilm/policy",
			       { "", NULL, "policy", "_meta" }, "*/policy", false, "policy",
			       "manage_ilm", false },
	/* The default size is 20. */
	[SETUP_ISM_POLICY] = { "lifecycle policy", "/_plugins/_ism/policies/",
			       "/_plugins/_ism/policies?size=9999",
			       { "policies", "_id", "policy", "description" }, "policy", true,
			       "policy", "cluster:admin/opendistro/ism/policy/write", false },
	[SETUP_ROLE] = { "role", "/_security/role/", "/_security/role",
			 { "", NULL, "", "metadata" }, "*", false, NULL, "manage_security", true },
	[SETUP_OPENSEARCH_ROLE] = { "role", "/_plugins/_security/api/roles/",
				    "/_plugins/_security/api/roles",
				    { "", NULL, "", "description" }, "*", true, NULL,
				    "restapi:admin/roles", true },
	[SETUP_OPENSEARCH_TENANT] = { "tenant", "/_plugins/_security/api/tenants/",
				      "/_plugins/_security/api/tenants",
				      { "", NULL, "", "description" }, "*", true, NULL,
				      "restapi:admin/tenants", true },
	[SETUP_USER] = { "user", "/_security/user/", "/_security/user",
			 { "", NULL, "", "metadata" }, "*", false, NULL, "manage_security", true },
	[SETUP_OPENSEARCH_USER] = { "user", "/_plugins/_security/api/internalusers/",
				    "/_plugins/_security/api/internalusers",
				    { "", NULL, "", "description" }, "*", true, NULL,
				    "restapi:admin/internalusers", true },
};
/* clang-format on */

const char *setup_object_label(enum setup_object object)
{
	return setup_kinds[object].label;
}

static void add_note(struct json_writer *jw, const char *key, const struct setup_content *content,
		     const char *source, const char *stored)
{
	jw_object(jw, key);
	jw_text(jw, "managed_by", "reportbridge");
	jw_int(jw, "version", content->version);
	if (content->period)
		jw_text(jw, "index_period", content->period);
	jw_text(jw, "dashboards", content->dashboards);
	jw_text(jw, "rules", content->rules);
	jw_text(jw, "source", source);
	jw_text(jw, "stored", stored);
	jw_end(jw);
}

void setup_source_digest(struct slice content, char id[static HASH_ID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, content);
	hash_end(&hash, digest);
	hash_id(digest, id);
}

/* Writes the content with our metadata as its first member, wrapped as the kind
 * requires. */
void setup_kind_body(const struct setup_kind *kind, const struct setup_content *content,
		     const char *source, const char *stored, struct strbuf *body)
{
	struct json_writer jw;
	struct strbuf note;

	strbuf_init(&note, KIB);
	jw_init(&jw, body);
	jw_object(&jw, NULL);
	if (kind->wrap)
		jw_object(&jw, kind->wrap);
	if (kind->meta_is_text) {
		struct json_writer text;

		jw_init(&text, &note);
		add_note(&text, NULL, content, source, stored);
		jw_string(&jw, kind->list.meta, strbuf_slice(&note));
	} else {
		add_note(&jw, kind->list.meta, content, source, stored);
	}
	if (content->json.size > 2) {
		strbuf_add_byte(body, ',');
		strbuf_add(body, content->json.data + 1, content->json.size - 2);
	}
	if (kind->wrap)
		jw_end(&jw);
	jw_end(&jw);
	strbuf_release(&note);
}

void setup_object_print(enum setup_object object, const char *name,
			const struct setup_content *content, struct strbuf *out)
{
	char source[HASH_ID_SIZE];

	setup_source_digest(content->json, source);
	strbuf_add_format(out, "PUT %s%s\n", setup_kinds[object].path, name);
	setup_kind_body(&setup_kinds[object], content, source, "", out);
	strbuf_add_text(out, "\n\n");
}
