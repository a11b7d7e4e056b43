/* elastic_setup.c - what is made once on a search server and its Kibana
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_setup.h"

#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "output/elastic_answer.h"

#define PATH_LIMIT 4096
#define BODY_LIMIT (4 * MIB)

struct elastic_setup {
	const struct elastic_settings *settings;
	struct http *http;
};

/* How each kind is written and read: where it lives, where the answer to GET
 * holds it, the member that takes our note, whether that takes text only, and
 * the member of the request it is wrapped into. */
static const struct kind {
	const char *label, *path, *place, *meta;
	bool meta_is_text;
	const char *wrap, *privilege;
} kinds[] = {
	[SETUP_TEMPLATE] = { "index template", "/_index_template/", "index_templates/0/index_template",
			     "_meta", false, NULL, "manage_index_templates" },
	[SETUP_ILM_POLICY] = { "lifecycle policy", "/_ilm/policy/", "*/policy", "_meta", false,
			       "policy", "manage_ilm" },
	[SETUP_ISM_POLICY] = { "lifecycle policy", "/_plugins/_ism/policies/", "policy",
			       "description", true, "policy",
			       "cluster:admin/opendistro/ism/policy/write" },
	[SETUP_ROLE] = { "role", "/_security/role/", "*", "metadata", false, NULL,
			 "manage_security" },
	[SETUP_OPENSEARCH_ROLE] = { "role", "/_plugins/_security/api/roles/", "*", "description",
				    true, NULL, "restapi:admin/roles" },
	[SETUP_OPENSEARCH_TENANT] = { "tenant", "/_plugins/_security/api/tenants/", "*",
				      "description", true, NULL, "restapi:admin/tenants" },
};

struct elastic_setup *elastic_setup_new(const struct elastic_settings *settings)
{
	struct elastic_setup *setup = xcalloc(1, sizeof(*setup));

	setup->settings = settings;
	setup->http = http_new(settings);
	return setup;
}

void elastic_setup_free(struct elastic_setup *setup)
{
	if (!setup)
		return;
	http_free(setup->http);
	free(setup);
}

bool elastic_setup_product(struct elastic_setup *setup, enum elastic_flavour given,
			   struct elastic_product *product, struct error *err)
{
	return elastic_product_detect(setup->http, setup->settings->urls[0], given, product, err);
}

const char *setup_object_label(enum setup_object object)
{
	return kinds[object].label;
}

struct http *elastic_setup_http(struct elastic_setup *setup)
{
	return setup->http;
}

const char *setup_outcome_text(enum setup_outcome outcome)
{
	static const char *const texts[] = {
		[SETUP_CREATED] = "created",
		[SETUP_UPDATED] = "updated",
		[SETUP_CURRENT] = "up to date",
		[SETUP_KEPT_NEWER] = "kept: a newer version wrote it (--force overwrites)",
		[SETUP_KEPT_FOREIGN] = "kept: it was written by somebody else (--force overwrites)",
		[SETUP_KEPT_CHANGED] = "kept: it has been changed since (--force overwrites)",
	};

	return texts[outcome];
}

static bool send(struct elastic_setup *setup, const char *method, const char *path,
		 struct slice body, struct http_answer *answer, struct error *err)
{
	const struct http_request request = {
		.method = method,
		.url = setup->settings->urls[0],
		.path = path,
		.content_type = body.data ? "application/json" : NULL,
		.body = body,
	};

	return http_send(setup->http, &request, answer, err);
}

static bool unexpected(const struct elastic_setup *setup, const char *url, const char *method,
		       const char *path, const struct http_answer *answer, const char *privilege,
		       struct error *err)
{
	const char *cure = http_login_cure(setup->http, answer->status);
	const bool lacks = !cure && answer->status == 403 && privilege;
	char reason[256];

	elastic_answer_reason(answer->body, reason, sizeof(reason));
	return error_set(err, answer->status >= 500 || answer->status == 429 ? ERROR_RETRY
									      : ERROR_FATAL,
			 "%s: %s %s: HTTP status %u%s%s%s%s", url, method, path, answer->status,
			 reason[0] ? ": " : "", reason,
			 cure	 ? "; "
			 : lacks ? "; setup needs the privilege "
				 : "",
			 cure	 ? cure
			 : lacks ? privilege
				 : "");
}

bool elastic_setup_ask(struct elastic_setup *setup, const char *method, const char *path,
		       struct slice body, struct http_answer *answer, struct error *err)
{
	if (!send(setup, method, path, body, answer, err))
		return false;
	if (answer->status == 200 || (answer->status == 404 && strcmp(method, "GET") == 0))
		return true;
	return unexpected(setup, setup->settings->urls[0], method, path, answer, NULL, err);
}

static void add_note(struct json_writer *jw, const char *key, int64_t version, const char *source,
		     const char *stored)
{
	jw_object(jw, key);
	jw_text(jw, "managed_by", "reportbridge");
	jw_int(jw, "version", version);
	jw_text(jw, "source", source);
	jw_text(jw, "stored", stored);
	jw_end(jw);
}

static void source_digest(struct slice content, char id[static HASH_ID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, content);
	hash_end(&hash, digest);
	hash_id(digest, id);
}

/* The content with our note as its first member, wrapped as the kind wants. */
static void write_body(const struct kind *kind, struct slice content, int64_t version,
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
		add_note(&text, NULL, version, source, stored);
		jw_string(&jw, kind->meta, strbuf_slice(&note));
	} else {
		add_note(&jw, kind->meta, version, source, stored);
	}
	if (content.size > 2) {
		strbuf_add_byte(body, ',');
		strbuf_add(body, content.data + 1, content.size - 2);
	}
	if (kind->wrap)
		jw_end(&jw);
	jw_end(&jw);
	strbuf_release(&note);
}

void elastic_setup_print(enum setup_object object, const char *name, struct slice content,
			 int64_t version, struct strbuf *out)
{
	char source[HASH_ID_SIZE];

	source_digest(content, source);
	strbuf_add_format(out, "PUT %s%s\n", kinds[object].path, name);
	write_body(&kinds[object], content, version, source, "", out);
	strbuf_add_text(out, "\n\n");
}

/* An interface that this product, or this build of it, does not have. */
static bool is_no_interface(const struct http_answer *answer)
{
	char reason[256];

	elastic_answer_reason(answer->body, reason, sizeof(reason));
	switch (answer->status) {
	case 400: return strstr(reason, "no handler found") != NULL;
	case 404: return strstr(reason, "no such index [_") != NULL; /* 7.17 takes it for a document */
	case 405:
	case 410:
	case 501: return true;
	default: return strstr(reason, "Security must be explicitly enabled") != NULL;
	}
}

bool elastic_setup_has(struct elastic_setup *setup, enum setup_object object, bool *has,
		       struct error *err)
{
	struct strbuf path;
	struct http_answer answer;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "%sreportbridge", kinds[object].path);
	good = send(setup, "GET", path.buf, (struct slice){ NULL, 0 }, &answer, err);
	strbuf_release(&path);
	if (good)
		*has = !is_no_interface(&answer);
	return good;
}

/* One object on its way: what is asked and answered about it. */
struct exchange {
	struct elastic_setup *setup;
	const struct kind *kind;
	const char *name;
	struct strbuf path, body;
	bool there;
	struct elastic_object found;
};

static void exchange_init(struct exchange *x, struct elastic_setup *setup,
			  enum setup_object object, const char *name)
{
	*x = (struct exchange){ .setup = setup, .kind = &kinds[object], .name = name };
	strbuf_init(&x->path, PATH_LIMIT);
	strbuf_init(&x->body, BODY_LIMIT);
}

static void exchange_release(struct exchange *x)
{
	strbuf_release(&x->path);
	strbuf_release(&x->body);
}

static bool find(struct exchange *x, struct error *err)
{
	const bool by_name = x->kind->place[0] == '*';
	struct elastic_object_place place = { .meta = x->kind->meta };
	struct http_answer answer;

	strbuf_reset(&x->path);
	strbuf_add_format(&x->path, "%s%s", x->kind->path, x->name);
	if (!send(x->setup, "GET", x->path.buf, (struct slice){ NULL, 0 }, &answer, err))
		return false;
	x->there = answer.status == 200;
	if (answer.status == 404)
		return true;
	if (answer.status != 200)
		return unexpected(x->setup, x->setup->settings->urls[0], "GET", x->path.buf, &answer,
				  x->kind->privilege, err);
	strbuf_reset(&x->body);
	strbuf_add_format(&x->body, "%s%s", by_name ? x->name : "", x->kind->place + by_name);
	place.path = x->body.buf;
	if (elastic_answer_object(answer.body, &place, &x->found, err))
		return true;
	return error_context(err, "%s: GET %s", x->setup->settings->urls[0], x->path.buf);
}

static bool write(struct exchange *x, struct slice content, int64_t version, const char *source,
		  const char *stored, struct error *err)
{
	struct http_answer answer;

	strbuf_reset(&x->path);
	strbuf_add_format(&x->path, "%s%s", x->kind->path, x->name);
	/* OpenSearch takes a new policy in place of one that is named exactly. */
	if (x->kind == &kinds[SETUP_ISM_POLICY] && x->there)
		strbuf_add_format(&x->path, "?if_seq_no=%lld&if_primary_term=%lld",
				  (long long)x->found.seq_no, (long long)x->found.primary_term);
	strbuf_reset(&x->body);
	write_body(x->kind, content, version, source, stored, &x->body);
	if (!send(x->setup, "PUT", x->path.buf, strbuf_slice(&x->body), &answer, err))
		return false;
	if (answer.status == 200 || answer.status == 201)
		return true;
	return unexpected(x->setup, x->setup->settings->urls[0], "PUT", x->path.buf, &answer,
			  x->kind->privilege, err);
}

static enum setup_outcome outcome_of(const struct exchange *x, int64_t version, const char *source)
{
	const struct elastic_object *found = &x->found;

	if (!x->there)
		return SETUP_CREATED;
	if (!found->ours)
		return SETUP_KEPT_FOREIGN;
	if (found->version > version)
		return SETUP_KEPT_NEWER;
	if (found->stored[0] && strcmp(found->stored, found->content) != 0)
		return SETUP_KEPT_CHANGED;
	return found->stored[0] && strcmp(found->source, source) == 0 ? SETUP_CURRENT
								       : SETUP_UPDATED;
}

static bool is_kept(enum setup_outcome outcome)
{
	return outcome == SETUP_KEPT_CHANGED || outcome == SETUP_KEPT_FOREIGN ||
	       outcome == SETUP_KEPT_NEWER;
}

/* Twice: only after the first time can it be asked what the server makes of
 * it.  The note is no part of what is compared. */
static bool write_and_note(struct exchange *x, struct slice content, int64_t version,
			   const char *source, struct error *err)
{
	if (!write(x, content, version, source, "", err) || !find(x, err))
		return false;
	if (!x->there)
		return error_set(err, ERROR_RETRY, "%s: %s %s is not there after it was written",
				 x->setup->settings->urls[0], x->kind->label, x->name);
	return write(x, content, version, source, x->found.content, err);
}

bool elastic_setup_put(struct elastic_setup *setup, enum setup_object object, const char *name,
		       struct slice content, int64_t version, bool force,
		       enum setup_outcome *outcome, struct error *err)
{
	char source[HASH_ID_SIZE];
	struct exchange x;
	bool good;

	exchange_init(&x, setup, object, name);
	source_digest(content, source);
	good = find(&x, err);
	if (good) {
		enum setup_outcome found = outcome_of(&x, version, source);

		if (force && is_kept(found))
			found = SETUP_UPDATED;
		if (found == SETUP_CREATED || found == SETUP_UPDATED)
			good = write_and_note(&x, content, version, source, err);
		if (good)
			*outcome = found;
	}
	exchange_release(&x);
	return good;
}

bool elastic_setup_delete(struct elastic_setup *setup, enum setup_object object, const char *name,
			  bool force, enum setup_outcome *outcome, struct error *err)
{
	struct http_answer answer;
	struct exchange x;
	bool good;

	exchange_init(&x, setup, object, name);
	good = find(&x, err);
	if (good) {
		enum setup_outcome found = outcome_of(&x, INT64_MAX, "");

		if (found == SETUP_CREATED)
			found = SETUP_CURRENT; /* not there */
		else if (!is_kept(found) || force)
			found = SETUP_UPDATED;
		if (found == SETUP_UPDATED)
			good = elastic_setup_ask(setup, "DELETE", x.path.buf,
						 (struct slice){ NULL, 0 }, &answer, err);
		if (good)
			*outcome = found;
	}
	exchange_release(&x);
	return good;
}

bool elastic_setup_space(struct elastic_setup *setup, const char *kibana_url, const char *id,
			 struct slice body, bool *created, struct error *err)
{
	static const char *const headers[] = { "kbn-xsrf: true", NULL };
	struct http_request request = { .url = kibana_url, .headers = headers };
	struct http_answer answer;
	struct strbuf path;
	bool good, missing;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "/api/spaces/space/%s", id);
	request.method = "GET";
	request.path = path.buf;
	good = http_send(setup->http, &request, &answer, err);
	missing = good && answer.status == 404;
	if (missing) {
		request.method = "POST";
		request.path = "/api/spaces/space";
		request.content_type = "application/json";
		request.body = body;
		good = http_send(setup->http, &request, &answer, err);
	}
	if (good && answer.status != 200)
		good = unexpected(setup, kibana_url, request.method, request.path, &answer,
				  "kibana: manage spaces", err);
	if (good)
		*created = missing;
	strbuf_release(&path);
	return good;
}
