/* setup_template.c - index templates, and new fields for the indices that are there
 *
 * SPDX-License-Identifier: MIT
 *
 * Tenants of the same retention share, per kind, a template of higher
 * priority; those of the output's retention need none of their own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/setup/parsedmarc_template.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"
#include "output/elastic_answer.h"

#define NAME_LIMIT 512

/* The list for a template; NULL: it is for all.  The caller frees. */
static const char **tenants_of(const struct setup *setup, unsigned days)
{
	const char **list = xcalloc(setup->tenant_count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < setup->tenant_count; i++)
		if (setup->tenants[i].days == days)
			list[count++] = setup->tenants[i].name;
	return list;
}

static bool put_template(struct setup *setup, enum document_kind kind, unsigned days,
			 const char *const *tenants, struct error *err)
{
	struct template template = {
		.kind = kind,
		.naming = &setup->output->naming,
		.flavour = setup->product.flavour,
		.tenants = tenants,
		.days = days,
	};
	struct strbuf name, policy, content;
	bool good;

	strbuf_init(&name, NAME_LIMIT);
	strbuf_init(&policy, NAME_LIMIT);
	strbuf_init(&content, 4 * MIB);
	setup_policy_name(setup, days, &policy);
	if (days > 0 && setup->has_lifecycles && !setup_has_ism(setup))
		template.policy = policy.buf;
	template_name(&template, &name);
	template_json(&template, &content);
	good = setup_put(setup, SETUP_TEMPLATE, name.buf, &content, NULL, err);
	strbuf_release(&name);
	strbuf_release(&policy);
	strbuf_release(&content);
	return good;
}

/* "<prefix>-<kind>-<days>d": of a retention that nobody has any more. */
struct leftover {
	struct setup *setup;
	const unsigned *days;
	size_t count;
};

static bool drop_leftover(void *context, const char *name, const char *text, struct error *err)
{
	struct leftover *l = context;
	const char *dash = strrchr(name, '-');
	struct slice digits = slice_of(dash ? dash + 1 : "");
	enum setup_outcome outcome;
	uint64_t days;

	(void)text;
	if (digits.size < 2 || digits.data[--digits.size] != 'd' ||
	    !slice_to_uint(digits, UINT32_MAX, &days))
		return true;
	for (size_t i = 0; i < l->count; i++)
		if (l->days[i] == days && days != setup_output_days(l->setup))
			return true;
	if (!setup_object_delete(l->setup->server, SETUP_TEMPLATE, name, l->setup->force, &outcome,
				 err))
		return false;
	printf("index template %s: %s\n", name,
	       outcome == SETUP_UPDATED ? "deleted, nobody needs it now"
					: setup_outcome_text(outcome));
	return true;
}

static bool drop_leftovers(struct setup *setup, const unsigned *days, size_t count,
			   enum document_kind kind, struct error *err)
{
	struct leftover leftover = { setup, days, count };
	struct http_answer answer;
	struct strbuf path;
	bool good;

	if (!setup->server)
		return true;
	strbuf_init(&path, NAME_LIMIT);
	strbuf_add_format(&path, "/_index_template/%s-%s-*?filter_path=index_templates.name",
			  setup->output->naming.prefix, document_kind_name(kind));
	good = elastic_setup_ask(setup->server, "GET", path.buf, (struct slice){ NULL, 0 }, &answer,
				 err);
	/* An empty answer: there are none. */
	if (good && answer.status == 200 && answer.body.size > 2)
		good = elastic_answer_templates(answer.body, drop_leftover, &leftover, err);
	strbuf_release(&path);
	return good;
}

static bool put_templates(struct setup *setup, const unsigned *days, size_t count,
			  enum document_kind kind, struct error *err)
{
	bool good = put_template(setup, kind, setup_output_days(setup), NULL, err) &&
		    drop_leftovers(setup, days, count, kind, err);

	for (size_t i = 0; i < count && good; i++) {
		const char **tenants;

		if (days[i] == setup_output_days(setup))
			continue;
		tenants = tenants_of(setup, days[i]);
		good = put_template(setup, kind, days[i], tenants, err);
		free(tenants);
	}
	return good;
}

static bool put_own_templates(struct setup *setup, struct error *err)
{
	size_t count;
	unsigned *days = setup_retentions(setup, &count);
	bool good = true;

	for (unsigned kind = 0; kind < DOCUMENT_KINDS && good; kind++)
		good = put_templates(setup, days, count, kind, err);
	free(days);
	return good;
}

static bool put_parsedmarc_templates(struct setup *setup, struct error *err)
{
	struct strbuf name, content;
	bool good = true;

	strbuf_init(&name, NAME_LIMIT);
	strbuf_init(&content, 4 * MIB);
	for (unsigned i = 0; good && parsedmarc_template(i, &setup->output->naming,
							 setup->config->tenants, &name, &content);
	     i++) {
		good = setup_put(setup, SETUP_TEMPLATE, name.buf, &content, NULL, err);
		strbuf_reset(&name);
		strbuf_reset(&content);
	}
	strbuf_release(&name);
	strbuf_release(&content);
	return good;
}

bool setup_templates(struct setup *setup, struct error *err)
{
	if (setup->output->naming.schema == SCHEMA_PARSEDMARC)
		return put_parsedmarc_templates(setup, err);
	return put_own_templates(setup, err);
}

/* New fields for the indices that are there.  A field whose type has changed
 * is refused with all the others: such indices stay as they are. */
bool setup_existing_mappings(struct setup *setup, struct error *err)
{
	struct strbuf path, mapping;
	bool good = true;

	if (setup->output->naming.schema != SCHEMA_ECS)
		return true;
	strbuf_init(&path, NAME_LIMIT);
	strbuf_init(&mapping, LIMIT_DOCUMENT_BYTES);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS && good; kind++) {
		strbuf_reset(&path);
		strbuf_reset(&mapping);
		strbuf_add_byte(&path, '/');
		index_pattern_add(&path, &setup->output->naming, kind, NULL);
		strbuf_add_text(&path, "/_mapping?allow_no_indices=true&ignore_unavailable=true");
		template_mapping_json(kind, &mapping);
		good = setup_send(setup, "PUT", path.buf, strbuf_slice(&mapping), err);
	}
	strbuf_release(&path);
	strbuf_release(&mapping);
	return good || error_context(err, "fields of existing indices");
}
