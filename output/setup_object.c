/* setup_object.c - templates, policies, roles: what setup leaves on a search server
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/setup_object.h"

#include "base/json_writer.h"
#include "base/limits.h"
#include "output/elastic_answer.h"

#define PATH_LIMIT 4096
#define BODY_LIMIT (4 * MIB)

/* How each kind is written and read: where it lives, where the answer to GET
 * holds it, the member that takes our note, whether that takes text only, the
 * member of the request it is wrapped into, the privilege for it, and whether
 * servers keep it as it is sent, defaults that are empty apart. */
static const struct kind {
	const char *label, *path, *place, *meta;
	bool meta_is_text;
	const char *wrap, *privilege;
	bool as_sent;
} kinds[] = {
	[SETUP_TEMPLATE] = { "index template", "/_index_template/", "index_templates/0/index_template",
			     "_meta", false, NULL, "manage_index_templates", false },
	[SETUP_ILM_POLICY] = { "lifecycle policy", "/_ilm/policy/", "*/policy", "_meta", false,
			       "policy", "manage_ilm", false },
	[SETUP_ISM_POLICY] = { "lifecycle policy", "/_plugins/_ism/policies/", "policy",
			       "description", true, "policy",
			       "cluster:admin/opendistro/ism/policy/write", false },
	[SETUP_ROLE] = { "role", "/_security/role/", "*", "metadata", false, NULL,
			 "manage_security", true },
	[SETUP_OPENSEARCH_ROLE] = { "role", "/_plugins/_security/api/roles/", "*", "description",
				    true, NULL, "restapi:admin/roles", true },
	[SETUP_OPENSEARCH_TENANT] = { "tenant", "/_plugins/_security/api/tenants/", "*",
				      "description", true, NULL, "restapi:admin/tenants", true },
};

const char *setup_object_label(enum setup_object object)
{
	return kinds[object].label;
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

static void add_note(struct json_writer *jw, const char *key, const struct setup_content *content,
		     const char *source, const char *stored)
{
	jw_object(jw, key);
	jw_text(jw, "managed_by", "reportbridge");
	jw_int(jw, "version", content->version);
	if (content->period)
		jw_text(jw, "index_period", content->period);
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
static void write_body(const struct kind *kind, const struct setup_content *content,
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
		jw_string(&jw, kind->meta, strbuf_slice(&note));
	} else {
		add_note(&jw, kind->meta, content, source, stored);
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

	source_digest(content->json, source);
	strbuf_add_format(out, "PUT %s%s\n", kinds[object].path, name);
	write_body(&kinds[object], content, source, "", out);
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

bool setup_object_known(struct elastic_setup *setup, enum setup_object object, bool *has,
			struct error *err)
{
	struct strbuf path;
	struct http_answer answer;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_format(&path, "%sreportbridge", kinds[object].path);
	good = elastic_setup_send(setup, "GET", path.buf, (struct slice){ NULL, 0 }, &answer, err);
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

static bool unexpected(const struct exchange *x, const char *method,
		       const struct http_answer *answer, struct error *err)
{
	return elastic_setup_unexpected(x->setup, elastic_setup_url(x->setup), method, x->path.buf,
					answer, x->kind->privilege, err);
}

static bool find(struct exchange *x, struct error *err)
{
	const bool by_name = x->kind->place[0] == '*';
	struct elastic_object_place place = { .meta = x->kind->meta };
	struct http_answer answer;

	strbuf_reset(&x->path);
	strbuf_add_format(&x->path, "%s%s", x->kind->path, x->name);
	if (!elastic_setup_send(x->setup, "GET", x->path.buf, (struct slice){ NULL, 0 }, &answer, err))
		return false;
	x->there = answer.status == 200;
	if (answer.status == 404)
		return true;
	if (answer.status != 200)
		return unexpected(x, "GET", &answer, err);
	strbuf_reset(&x->body);
	strbuf_add_format(&x->body, "%s%s", by_name ? x->name : "", x->kind->place + by_name);
	place.path = x->body.buf;
	if (elastic_answer_object(answer.body, &place, &x->found, err))
		return true;
	return error_context(err, "%s: GET %s", elastic_setup_url(x->setup), x->path.buf);
}

static bool write(struct exchange *x, const struct setup_content *content, const char *source,
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
	write_body(x->kind, content, source, stored, &x->body);
	if (!elastic_setup_send(x->setup, "PUT", x->path.buf, strbuf_slice(&x->body), &answer, err))
		return false;
	if (answer.status == 200 || answer.status == 201)
		return true;
	return unexpected(x, "PUT", &answer, err);
}

static enum setup_outcome outcome_of(const struct exchange *x, const struct setup_content *content,
				     const char *source)
{
	const struct elastic_object *found = &x->found;
	const char *period = content->period ? content->period : "";

	if (!x->there)
		return SETUP_CREATED;
	if (!found->ours)
		return SETUP_KEPT_FOREIGN;
	if (found->version > content->version)
		return SETUP_KEPT_NEWER;
	if (found->stored[0] && strcmp(found->stored, found->content) != 0)
		return SETUP_KEPT_CHANGED;
	return found->stored[0] && strcmp(found->source, source) == 0 &&
			       strcmp(found->period, period) == 0
		       ? SETUP_CURRENT
		       : SETUP_UPDATED;
}

static bool is_kept(enum setup_outcome outcome)
{
	return outcome == SETUP_KEPT_CHANGED || outcome == SETUP_KEPT_FOREIGN ||
	       outcome == SETUP_KEPT_NEWER;
}

/* The digest that the server's answer will have, if it keeps the kind as it is
 * sent; else "". */
static bool foresee(const struct exchange *x, struct slice json, char stored[static HASH_ID_SIZE],
		    struct error *err)
{
	const struct elastic_object_place place = { "", x->kind->meta };
	struct elastic_object sent = { .content = "" };

	if (x->kind->as_sent && !elastic_answer_object(json, &place, &sent, err))
		return false;
	memcpy(stored, sent.content, HASH_ID_SIZE);
	return true;
}

/* Only after it is written it can be asked what the server makes of it; what
 * was not foreseen is written once more, for the note.  That is no part of what
 * is compared. */
static bool write_and_note(struct exchange *x, const struct setup_content *content,
			   const char *source, struct error *err)
{
	char stored[HASH_ID_SIZE];

	if (!foresee(x, content->json, stored, err) || !write(x, content, source, stored, err) ||
	    !find(x, err))
		return false;
	if (!x->there)
		return error_set(err, ERROR_RETRY, "%s: %s %s is not there after it was written",
				 elastic_setup_url(x->setup), x->kind->label, x->name);
	return strcmp(stored, x->found.content) == 0 ||
	       write(x, content, source, x->found.content, err);
}

bool setup_object_put(struct elastic_setup *setup, enum setup_object object, const char *name,
		      const struct setup_content *content, bool force,
		      enum setup_outcome *outcome, struct error *err)
{
	char source[HASH_ID_SIZE];
	struct exchange x;
	bool good;

	exchange_init(&x, setup, object, name);
	source_digest(content->json, source);
	good = find(&x, err);
	if (good) {
		enum setup_outcome found = outcome_of(&x, content, source);

		if (force && is_kept(found))
			found = SETUP_UPDATED;
		if (found == SETUP_CREATED || found == SETUP_UPDATED)
			good = write_and_note(&x, content, source, err);
		if (good)
			*outcome = found;
	}
	exchange_release(&x);
	return good;
}

bool setup_object_delete(struct elastic_setup *setup, enum setup_object object, const char *name,
			 bool force, enum setup_outcome *outcome, struct error *err)
{
	struct http_answer answer;
	struct exchange x;
	bool good;

	exchange_init(&x, setup, object, name);
	good = find(&x, err);
	if (good) {
		enum setup_outcome found = outcome_of(&x, &(struct setup_content){ .version = INT64_MAX }, "");

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

bool setup_object_period(struct elastic_setup *setup, const char *name,
			 char period[static SETUP_PERIOD_SIZE], struct error *err)
{
	struct exchange x;
	bool good;

	exchange_init(&x, setup, SETUP_TEMPLATE, name);
	good = find(&x, err);
	if (good)
		memcpy(period, x.found.period, SETUP_PERIOD_SIZE);
	exchange_release(&x);
	return good;
}
