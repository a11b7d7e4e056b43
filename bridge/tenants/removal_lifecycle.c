/* removal_lifecycle.c - deletes lifecycle policies that are no longer needed
 *
 * SPDX-License-Identifier: MIT
 *
 * Tenants of the same retention share a policy. It is deleted with the last of them: no
 * configured retention needs it, and no index and no template uses it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bridge/setup/setup.h"
#include "bridge/tenants/removal.h"
#include "output/elastic_answer.h"

#define NAME_LIMIT 512

struct usage {
	const struct removal *removal;
	const struct setup *setup;
	const struct setup_listing *templates;
	const char *policy;
	bool used;
};

/* If nothing is deleted yet, indices of the tenant and our own templates do not count. */
static bool is_index_of_tenant(const struct usage *u, const char *index)
{
	const struct index_naming *naming = &u->setup->output->naming;
	struct index_name parts;

	return index_name_read(slice_of(index), naming, &parts) &&
	       index_tenant_is(naming, parts.tenant, u->removal->tenant);
}

static bool on_index(void *context, const char *index, const char *policy, struct error *err)
{
	struct usage *u = context;

	(void)err;
	u->used |= policy && strcmp(policy, u->policy) == 0 &&
		   !(u->removal->only_show && is_index_of_tenant(u, index));
	return true;
}

static bool on_user(void *context, const char *index, const char *text, struct error *err)
{
	(void)text;
	return on_index(context, index, ((struct usage *)context)->policy, err);
}

static bool on_template(void *context, const char *name, const char *text, struct error *err)
{
	struct usage *u = context;
	const struct setup_listed *listed = setup_listing_find(u->templates, name);

	(void)text;
	(void)err;
	u->used |= !(u->removal->only_show && listed && listed->object.ours);
	return true;
}

/* Elasticsearch says what uses a policy; an answer that does not say it keeps the policy. */
static void find_ilm_users(struct usage *u, struct slice body)
{
	static const struct {
		const char *list;
		elastic_answer_name_fn *take;
	} users[] = { { "indices", on_user },
		      { "data_streams", on_user },
		      { "composable_templates", on_template } };
	struct error ignored;
	struct strbuf path;

	strbuf_init(&path, NAME_LIMIT);
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		strbuf_reset(&path);
		strbuf_add_format(&path, "%s/in_use_by/%s", u->policy, users[i].list);
		u->used |= !elastic_answer_names(body, path.buf, users[i].take, u, &ignored);
	}
	strbuf_release(&path);
}

/* Our templates never name a policy of OpenSearch; those of others may. */
static void find_templates_by_text(struct usage *u)
{
	struct strbuf quoted;

	strbuf_init(&quoted, NAME_LIMIT);
	strbuf_add_format(&quoted, "\"%s\"", u->policy);
	for (size_t i = 0; i < setup_listing_count(u->templates); i++) {
		const struct setup_listed *listed = setup_listing_at(u->templates, i);

		u->used |= listed && !listed->object.ours && strstr(listed->text, quoted.buf);
	}
	strbuf_release(&quoted);
}

static bool find_users(struct usage *u, struct error *err)
{
	const bool ism = setup_has_ism(u->setup);
	struct http_answer answer;
	struct strbuf path;
	bool good;

	if (!setup_objects_list(u->setup->objects, SETUP_TEMPLATE, &u->templates, err))
		return false;
	strbuf_init(&path, NAME_LIMIT);
	strbuf_add_format(&path, "%s%s", ism ? "/_plugins/_ism/explain/*" : "/_ilm/policy/",
			  ism ? "" : u->policy);
	good = elastic_setup_ask(u->setup->server, "GET", path.buf, (struct slice){ NULL, 0 },
				 &answer, err);
	strbuf_release(&path);
	if (!good || answer.status != 200)
		return good; /* 404: no index exists */
	if (!ism) {
		find_ilm_users(u, answer.body);
		return true;
	}
	find_templates_by_text(u);
	return elastic_answer_indices(answer.body, "index.plugins.index_state_management.policy_id",
				      on_index, u, err);
}

static bool remove_policy(struct removal *removal, struct setup *setup, enum setup_object object,
			  const struct setup_listed *listed, struct error *err)
{
	struct usage usage = { .removal = removal, .setup = setup };
	enum setup_outcome outcome;
	struct strbuf name;
	bool good;

	if (listed->object.stored[0] &&
	    strcmp(listed->object.stored, listed->object.content) != 0) {
		printf("%s %s: stays, since somebody changed it\n", setup_object_label(object),
		       listed->name);
		return true;
	}
	strbuf_init(&name, NAME_LIMIT);
	strbuf_add_text(&name, listed->name); /* deletion frees the listing's copy */
	usage.policy = name.buf;
	good = find_users(&usage, err) &&
	       (usage.used || removal->only_show ||
		setup_object_delete(setup->objects, object, name.buf, false, &outcome, err));
	if (good && !usage.used)
		removal_say(removal, "%s %s, no longer needed", setup_object_label(object),
			    name.buf);
	strbuf_release(&name);
	return good;
}

static bool is_needed(const struct setup *setup, const char *policy)
{
	struct strbuf name;
	bool needed = false;
	size_t count;
	unsigned *days = setup_retentions(setup, &count);

	strbuf_init(&name, NAME_LIMIT);
	for (size_t i = 0; i < count && !needed; i++) {
		setup_policy_name(setup, days[i], &name);
		needed = strcmp(name.buf, policy) == 0;
	}
	strbuf_release(&name);
	free(days);
	return needed;
}

bool removal_of_policies(struct removal *removal, struct setup *setup, struct error *err)
{
	const enum setup_object object = setup_has_ism(setup) ? SETUP_ISM_POLICY : SETUP_ILM_POLICY;
	const struct setup_listing *listing;
	bool has;

	/* A mistyped tenant must not delete anything. */
	if (removal->found == 0 || setup->output->naming.schema != SCHEMA_ECS)
		return true;
	if (!setup_object_known(setup->objects, object, &has, err))
		return false;
	if (!has)
		return true;
	if (!setup_objects_list(setup->objects, object, &listing, err))
		return false;
	for (size_t i = 0; i < setup_listing_count(listing); i++) {
		const struct setup_listed *listed = setup_listing_at(listing, i);

		if (listed && listed->object.ours && setup_is_policy_name(setup, listed->name) &&
		    !is_needed(setup, listed->name) &&
		    !remove_policy(removal, setup, object, listed, err))
			return false;
	}
	return true;
}
