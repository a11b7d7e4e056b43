/* removal.c - deletes or lists what a search server stores of a tenant
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/removal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "bridge/setup/setup_login.h"
#include "bridge/tenants/stored.h"
#include "bridge/wiring/wiring.h"

#define NAME_LIMIT 512

void removal_say(struct removal *removal, const char *format, ...)
{
	va_list arguments;

	removal->found++;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	puts(removal->only_show ? ": to be deleted" : ": deleted");
}

/* Context of the callbacks. */
struct removing {
	struct removal *removal;
	struct setup *setup;
};

static bool ask(struct setup *setup, const char *method, const char *path, struct error *err)
{
	struct http_answer answer;

	return elastic_setup_ask(setup->server, method, path, (struct slice){ NULL, 0 }, &answer,
				 err);
}

static bool on_index(void *context, const struct stored_index *index, struct error *err)
{
	struct removing *r = context;
	struct strbuf path;
	bool good = true;

	if (!index_tenant_is(&r->setup->output->naming, index->parts.tenant, r->removal->tenant))
		return true;
	if (!r->removal->only_show) {
		strbuf_init(&path, NAME_LIMIT);
		strbuf_add_format(&path, "/%s", index->name);
		good = ask(r->setup, "DELETE", path.buf, err);
		strbuf_release(&path);
	}
	if (good)
		removal_say(r->removal, "index %s, %ju documents", index->name,
			    (uintmax_t)index->documents);
	return good;
}

/* --- objects of setup -------------------------------------------------------------------- */

/* Also deletes objects that a user has changed, since they belong to the tenant. */
static bool remove_object(struct removing *r, enum setup_object object, const char *name,
			  struct error *err)
{
	const struct setup_listing *listing;
	const struct setup_listed *listed;
	enum setup_outcome outcome;

	if (!setup_objects_list(r->setup->objects, object, &listing, err))
		return false;
	listed = setup_listing_find(listing, name);
	if (!listed)
		return true;
	if (!listed->object.ours) {
		printf("%s %s: stays, since somebody else created it\n", setup_object_label(object),
		       name);
		return true;
	}
	if (!r->removal->only_show &&
	    !setup_object_delete(r->setup->objects, object, name, true, &outcome, err))
		return false;
	removal_say(r->removal, "%s %s", setup_object_label(object), name);
	return true;
}

static bool names_tenant(const struct setup *setup, const char *tenant, const char *text)
{
	const struct index_naming *naming = &setup->output->naming;
	struct strbuf pattern;
	size_t count;
	const enum document_kind *kinds = index_kinds(naming, &count);
	bool found = false;

	strbuf_init(&pattern, NAME_LIMIT);
	for (size_t i = 0; i < count && !found; i++) {
		strbuf_reset(&pattern);
		strbuf_add_byte(&pattern, '"');
		index_pattern_add(&pattern, naming, kinds[i], tenant);
		strbuf_add_byte(&pattern, '"');
		found = strstr(text, pattern.buf) != NULL;
	}
	strbuf_release(&pattern);
	return found;
}

/* With a separate retention a template names the tenant. The tenant is no longer
 * configured, so setup writes the template without it, or deletes it if no other tenant
 * needs it. */
static bool remove_from_templates(struct removing *r, struct error *err)
{
	const struct setup_listing *listing;
	size_t found = 0;

	if (!setup_objects_list(r->setup->objects, SETUP_TEMPLATE, &listing, err))
		return false;
	for (size_t i = 0; i < setup_listing_count(listing); i++) {
		const struct setup_listed *listed = setup_listing_at(listing, i);

		if (!listed || !listed->object.ours ||
		    !names_tenant(r->setup, r->removal->tenant, listed->text))
			continue;
		removal_say(r->removal, "index template %s: patterns of the tenant", listed->name);
		found++;
	}
	return found == 0 || r->removal->only_show ||
	       (setup_lifecycle_policies(r->setup, err) && setup_templates(r->setup, err));
}

/* --- logins --------------------------------------------------------------------------------- */

static bool on_key(void *context, const char *id, struct error *err)
{
	struct removing *r = context;
	struct setup_login_names names;
	bool good;

	setup_login_names(r->setup, r->removal->tenant, &names);
	good = r->removal->only_show || elastic_key_invalidate(&names.login, id, err);
	if (good)
		removal_say(r->removal, "API key %s, id %s", names.name.buf, id);
	setup_login_names_release(&names);
	return good;
}

/* Lists other users with the role, who lose it. */
static bool name_users(struct removing *r, const char *role, struct error *err)
{
	const struct setup_listing *users;
	struct strbuf quoted;

	if (!setup_objects_list(r->setup->objects, setup_user_object(r->setup), &users, err))
		return false;
	strbuf_init(&quoted, NAME_LIMIT);
	strbuf_add_format(&quoted, "\"%s\"", role);
	for (size_t i = 0; i < setup_listing_count(users); i++) {
		const struct setup_listed *user = setup_listing_at(users, i);

		if (user && strcmp(user->name, role) != 0 && strstr(user->text, quoted.buf))
			printf("user %s: stays, and has the role %s: delete it by hand\n",
			       user->name, role);
	}
	strbuf_release(&quoted);
	return true;
}

/* OpenSearch maps users to a role in an object with the role's name, other products by
 * rules of any name. */
static bool remove_mappings(struct removing *r, const char *role, struct error *err)
{
	const bool opensearch = r->setup->product.flavour == FLAVOUR_OPENSEARCH;
	struct http_answer answer;
	struct strbuf path, quoted;
	bool good;

	strbuf_init(&path, NAME_LIMIT);
	strbuf_init(&quoted, NAME_LIMIT);
	strbuf_add_format(&quoted, "\"%s\"", role);
	if (opensearch)
		strbuf_add_format(&path, "/_plugins/_security/api/rolesmapping/%s", role);
	else
		strbuf_add_text(&path, "/_security/role_mapping");
	good = elastic_setup_ask(r->setup->server, "GET", path.buf, (struct slice){ NULL, 0 },
				 &answer, err);
	if (good && answer.status == 200 && opensearch) {
		good = r->removal->only_show || ask(r->setup, "DELETE", path.buf, err);
		if (good)
			removal_say(r->removal, "role mapping %s", role);
	} else if (good && answer.status == 200 &&
		   slice_find_text(answer.body, quoted.buf) < answer.body.size) {
		printf("a role mapping names the role %s: take it out by hand\n", role);
	}
	strbuf_release(&path);
	strbuf_release(&quoted);
	return good;
}

static bool remove_logins(struct removing *r, struct error *err)
{
	const bool opensearch = r->setup->product.flavour == FLAVOUR_OPENSEARCH;
	const enum setup_object role = opensearch ? SETUP_OPENSEARCH_ROLE : SETUP_ROLE;
	struct setup_login_names names;
	bool has, good;

	if (!setup_has(r->setup, role, &has, err))
		return false;
	if (!has)
		return true;
	setup_login_names(r->setup, r->removal->tenant, &names);
	good = elastic_keys_each(&names.login, on_key, r, err) &&
	       (r->setup->product.flavour == FLAVOUR_SERVERLESS ||
		(remove_object(r, setup_user_object(r->setup), names.name.buf, err) &&
		 name_users(r, names.name.buf, err) && remove_mappings(r, names.name.buf, err))) &&
	       remove_object(r, role, names.name.buf, err) &&
	       (!opensearch || remove_object(r, SETUP_OPENSEARCH_TENANT, r->removal->tenant, err));
	setup_login_names_release(&names);
	return good;
}

bool removal_of_output(struct removal *removal, struct config *config,
		       const struct output_config *output, struct error *err)
{
	struct setup setup;
	struct removing r = { removal, &setup };
	bool good;

	if (output->type != OUTPUT_ELASTICSEARCH) {
		printf("output %s: not a search server, so what it holds of tenant %s stays there: "
		       "delete it by hand\n",
		       output->name, removal->tenant);
		return true;
	}
	setup_init(&setup, config, output);
	/* Logins last: as long as data exists, somebody must be able to read it. */
	good = setup_connect(&setup, wiring_elastic_setup(config, output), err) &&
	       stored_indices(&setup, true, on_index, &r, err) && remove_from_templates(&r, err) &&
	       removal_of_policies(removal, &setup, err) &&
	       removal_of_kibana(removal, &setup, err) && remove_logins(&r, err);
	setup_release(&setup);
	return good;
}
