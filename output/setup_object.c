/* setup_object.c - templates, policies and roles that setup writes to a search server
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/setup_object.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "output/setup_kind.h"

#define PATH_LIMIT 4096
#define BODY_LIMIT (4 * MIB)

struct setup_objects {
	struct elastic_setup *server;
	struct setup_listing *listings[SETUP_KINDS]; /* NULL: not read yet */
	bool missing[SETUP_KINDS];                   /* the server does not support the kind */
};

const char *setup_outcome_text(enum setup_outcome outcome)
{
	static const char *const texts[] = {
		[SETUP_CREATED] = "created",
		[SETUP_UPDATED] = "updated",
		[SETUP_CURRENT] = "up to date",
		[SETUP_KEPT_NEWER] = "kept: a newer version wrote it (--force overwrites)",
		[SETUP_KEPT_FOREIGN] = "kept: reportbridge did not write it (--force overwrites)",
		[SETUP_KEPT_CHANGED] = "kept: it has been changed since (--force overwrites)",
	};

	return texts[outcome];
}

/* Whether this product or build does not have the API. */
static bool is_no_interface(const struct http_answer *answer)
{
	char reason[256];

	elastic_answer_reason(answer->body, reason, sizeof(reason));
	switch (answer->status) {
	case 400: return strstr(reason, "no handler found") != NULL;
	/* 7.17 parses the path as a document */
	case 404: return strstr(reason, "no such index [_") != NULL;
	case 405:
	case 410:
	case 501: return true;
	default: return strstr(reason, "Security must be explicitly enabled") != NULL;
	}
}

struct setup_objects *setup_objects_new(struct elastic_setup *server)
{
	struct setup_objects *objects = xcalloc(1, sizeof(*objects));

	objects->server = server;
	return objects;
}

void setup_objects_free(struct setup_objects *objects)
{
	if (!objects)
		return;
	for (size_t i = 0; i < SETUP_KINDS; i++)
		setup_listing_free(objects->listings[i]);
	free(objects);
}

static bool unexpected(const struct setup_objects *objects, const struct setup_kind *kind,
		       const char *method, const char *path, const struct http_answer *answer,
		       struct error *err)
{
	return elastic_setup_unexpected(objects->server, elastic_setup_url(objects->server), method,
					path, answer, kind->privilege, err);
}

/* Requests all objects of the kind, once. */
static bool read_all(struct setup_objects *objects, enum setup_object object, struct error *err)
{
	const struct setup_kind *kind = &setup_kinds[object];
	struct setup_listing *listing;
	struct http_answer answer;

	if (objects->listings[object])
		return true;
	if (!elastic_setup_send(objects->server, "GET", kind->all, (struct slice){ NULL, 0 },
				&answer, err))
		return false;
	objects->missing[object] = is_no_interface(&answer);
	/* 404: none has been created yet */
	if (!objects->missing[object] && answer.status != 200 && answer.status != 404)
		return unexpected(objects, kind, "GET", kind->all, &answer, err);
	listing = setup_listing_new();
	if (answer.status == 200 && !setup_listing_read(listing, answer.body, &kind->list, err)) {
		setup_listing_free(listing);
		return error_context(err, "%s: GET %s", elastic_setup_url(objects->server),
				     kind->all);
	}
	objects->listings[object] = listing;
	return true;
}

bool setup_object_known(struct setup_objects *objects, enum setup_object object, bool *has,
			struct error *err)
{
	if (!read_all(objects, object, err))
		return false;
	*has = !objects->missing[object];
	return true;
}

bool setup_objects_list(struct setup_objects *objects, enum setup_object object,
			const struct setup_listing **listing, struct error *err)
{
	if (!read_all(objects, object, err))
		return false;
	*listing = objects->listings[object];
	return true;
}

/* State of writing or deleting one object. */
struct exchange {
	struct setup_objects *objects;
	enum setup_object object;
	const struct setup_kind *kind;
	const char *name;
	struct strbuf path, body;
	bool there;
	struct elastic_object found;
};

static bool exchange_begin(struct exchange *x, struct setup_objects *objects,
			   enum setup_object object, const char *name, struct error *err)
{
	const struct setup_listed *listed;

	if (!read_all(objects, object, err))
		return false;
	*x = (struct exchange){
		.objects = objects, .object = object, .kind = &setup_kinds[object], .name = name
	};
	strbuf_init(&x->path, PATH_LIMIT);
	strbuf_init(&x->body, BODY_LIMIT);
	listed = setup_listing_find(objects->listings[object], name);
	x->there = listed != NULL;
	if (listed)
		x->found = listed->object;
	return true;
}

static void exchange_end(struct exchange *x)
{
	strbuf_release(&x->path);
	strbuf_release(&x->body);
}

static bool send(struct exchange *x, const char *method, const char *query, struct slice body,
		 struct http_answer *answer, struct error *err)
{
	strbuf_reset(&x->path);
	strbuf_add_format(&x->path, "%s%s%s", x->kind->path, x->name, query);
	if (!elastic_setup_send(x->objects->server, method, x->path.buf, body, answer, err))
		return false;
	return answer->status == 200 || answer->status == 201 ||
	       unexpected(x->objects, x->kind, method, x->path.buf, answer, err);
}

/* Reads the server's form of the object written. */
static bool read_back(struct exchange *x, struct error *err)
{
	const bool by_name = x->kind->place[0] == '*';
	struct elastic_object_place place = { .meta = x->kind->list.meta };
	struct http_answer answer;

	if (!send(x, "GET", "", (struct slice){ NULL, 0 }, &answer, err))
		return false;
	strbuf_reset(&x->body);
	strbuf_add_format(&x->body, "%s%s", by_name ? x->name : "", x->kind->place + by_name);
	place.path = x->body.buf;
	if (!elastic_answer_object(answer.body, &place, &x->found, err))
		return error_context(err, "%s: GET %s", elastic_setup_url(x->objects->server),
				     x->path.buf);
	x->there = true;
	return true;
}

static bool write(struct exchange *x, const struct setup_content *content, const char *source,
		  const char *stored, struct error *err)
{
	struct http_answer answer;
	char query[128] = "";

	/* OpenSearch replaces a policy only if the request names the version it
	 * replaces. */
	if (x->object == SETUP_ISM_POLICY && x->there)
		snprintf(query, sizeof(query), "?if_seq_no=%lld&if_primary_term=%lld",
			 (long long)x->found.seq_no, (long long)x->found.primary_term);
	strbuf_reset(&x->body);
	setup_kind_body(x->kind, content, source, stored, &x->body);
	return send(x, "PUT", query, strbuf_slice(&x->body), &answer, err);
}

static bool is_as_noted(const struct elastic_object *found, const struct setup_content *content)
{
	return strcmp(found->dashboards, content->dashboards) == 0 &&
	       strcmp(found->rules, content->rules) == 0 &&
	       strcmp(found->period, content->period ? content->period : "") == 0;
}

static enum setup_outcome outcome_of(const struct exchange *x, const struct setup_content *content,
				     const char *source)
{
	const struct elastic_object *found = &x->found;

	if (!x->there)
		return SETUP_CREATED;
	if (!found->ours)
		return SETUP_KEPT_FOREIGN;
	if (found->version > content->version)
		return SETUP_KEPT_NEWER;
	if (found->stored[0] && strcmp(found->stored, found->content) != 0)
		return SETUP_KEPT_CHANGED;
	return found->stored[0] && strcmp(found->source, source) == 0 && is_as_noted(found, content)
		       ? SETUP_CURRENT
		       : SETUP_UPDATED;
}

static bool is_kept(enum setup_outcome outcome)
{
	return outcome == SETUP_KEPT_CHANGED || outcome == SETUP_KEPT_FOREIGN ||
	       outcome == SETUP_KEPT_NEWER;
}

/* Computes the digest of the server's answer, if it keeps the kind unchanged; else
 * "". */
static bool predict_digest(const struct exchange *x, struct slice json,
			   char stored[static HASH_ID_SIZE], struct error *err)
{
	const struct elastic_object_place place = { "", x->kind->list.meta };
	struct elastic_object sent = { .content = "" };

	if (x->kind->as_sent && !elastic_answer_object(json, &place, &sent, err))
		return false;
	memcpy(stored, sent.content, HASH_ID_SIZE);
	return true;
}

/* The server's form is known only after writing.  If its digest differs from the
 * predicted one, the object is written again with the right digest, which is not
 * part of the comparison. */
static bool write_and_note(struct exchange *x, const struct setup_content *content,
			   const char *source, struct error *err)
{
	char stored[HASH_ID_SIZE];

	if (!predict_digest(x, content->json, stored, err) ||
	    !write(x, content, source, stored, err) || !read_back(x, err))
		return false;
	if (strcmp(stored, x->found.content) == 0)
		return true;
	memcpy(stored, x->found.content, HASH_ID_SIZE);
	if (!write(x, content, source, stored, err))
		return false;
	memcpy(x->found.stored, stored, HASH_ID_SIZE);
	return true;
}

bool setup_object_put(struct setup_objects *objects, enum setup_object object, const char *name,
		      const struct setup_content *content, bool force, enum setup_outcome *outcome,
		      struct error *err)
{
	struct setup_content noted = *content;
	char source[HASH_ID_SIZE], dashboards[HASH_ID_SIZE], rules[HASH_ID_SIZE];
	struct exchange x;
	bool good = true;

	if (!exchange_begin(&x, objects, object, name, err))
		return false;
	memcpy(dashboards, x.found.dashboards, HASH_ID_SIZE);
	memcpy(rules, x.found.rules, HASH_ID_SIZE);
	noted.dashboards = noted.dashboards ? noted.dashboards : dashboards;
	noted.rules = noted.rules ? noted.rules : rules;
	setup_source_digest(content->json, source);
	*outcome = outcome_of(&x, &noted, source);
	if (force && is_kept(*outcome))
		*outcome = SETUP_UPDATED;
	if (*outcome == SETUP_CREATED || *outcome == SETUP_UPDATED) {
		good = write_and_note(&x, &noted, source, err);
		if (good)
			setup_listing_note(objects->listings[object], name, &x.found);
	}
	exchange_end(&x);
	return good;
}

bool setup_object_delete(struct setup_objects *objects, enum setup_object object, const char *name,
			 bool force, enum setup_outcome *outcome, struct error *err)
{
	const struct setup_content any = { .version = INT64_MAX, .dashboards = "", .rules = "" };
	struct http_answer answer;
	struct exchange x;
	bool good = true;

	if (!exchange_begin(&x, objects, object, name, err))
		return false;
	*outcome = outcome_of(&x, &any, "");
	if (*outcome == SETUP_CREATED)
		*outcome = SETUP_CURRENT; /* it does not exist */
	else if (!is_kept(*outcome) || force)
		*outcome = SETUP_UPDATED;
	if (*outcome == SETUP_UPDATED) {
		good = send(&x, "DELETE", "", (struct slice){ NULL, 0 }, &answer, err);
		if (good)
			setup_listing_note(objects->listings[object], name, NULL);
	}
	exchange_end(&x);
	return good;
}

bool setup_object_period(struct setup_objects *objects, const char *name,
			 char period[static SETUP_PERIOD_SIZE], struct error *err)
{
	const struct setup_listed *listed;

	if (!read_all(objects, SETUP_TEMPLATE, err))
		return false;
	listed = setup_listing_find(objects->listings[SETUP_TEMPLATE], name);
	snprintf(period, SETUP_PERIOD_SIZE, "%s", listed ? listed->object.period : "");
	return true;
}
