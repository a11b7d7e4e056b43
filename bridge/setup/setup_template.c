/* setup_template.c - index templates
 *
 * SPDX-License-Identifier: MIT
 *
 * Tenants with the same retention share a template of higher priority per kind; tenants with
 * the output's retention need none.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/setup/parsedmarc_template.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"

#define NAME_LIMIT 512

/* The list for a template; NULL: the template is for all tenants. The caller frees. */
static const char **tenants_of(const struct setup *setup, unsigned days)
{
	const char **list = xcalloc(setup->tenant_count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < setup->tenant_count; i++)
		if (setup->tenants[i].days == days)
			list[count++] = setup->tenants[i].name;
	return list;
}

static enum mapping_form form_for(const struct elastic_product *product)
{
	if (elastic_product_takes_flat_fields(product))
		return MAPPING_FLAT;
	return elastic_product_searches_values(product) ? MAPPING_LEAN : MAPPING_FULL;
}

static bool put_template(struct setup *setup, enum document_kind kind, unsigned days,
			 const char *const *tenants, struct error *err)
{
	struct template template = {
		.kind = kind,
		.naming = &setup->output->naming,
		.flavour = setup->product.flavour,
		.form = form_for(&setup->product),
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

/* Whether the name is "<prefix>-<kind>-<days>d" for a retention that no tenant has any
 * more. */
static bool is_leftover(const struct setup *setup, const char *name, enum document_kind kind,
			const unsigned *days, size_t count)
{
	struct slice digits;
	struct strbuf front;
	uint64_t of_name;
	bool is_ours;

	strbuf_init(&front, NAME_LIMIT);
	strbuf_add_format(&front, "%s-%s-", setup->output->naming.prefix, document_kind_name(kind));
	is_ours = slice_starts_with(slice_of(name), front.buf);
	digits = slice_of(is_ours ? name + front.len : "");
	strbuf_release(&front);
	if (digits.size < 2 || digits.data[--digits.size] != 'd' ||
	    !slice_to_uint(digits, UINT32_MAX, &of_name))
		return false;
	for (size_t i = 0; i < count; i++)
		if (days[i] == of_name && of_name != setup_output_days(setup))
			return false;
	return true;
}

static bool drop_leftovers(struct setup *setup, const unsigned *days, size_t count,
			   enum document_kind kind, struct error *err)
{
	const struct setup_listing *listing;
	enum setup_outcome outcome;

	if (!setup->server)
		return true;
	if (!setup_objects_list(setup->objects, SETUP_TEMPLATE, &listing, err))
		return false;
	for (size_t i = 0; i < setup_listing_count(listing); i++) {
		const struct setup_listed *listed = setup_listing_at(listing, i);
		struct strbuf name;
		bool good;

		if (!listed || !is_leftover(setup, listed->name, kind, days, count))
			continue;
		strbuf_init(&name, NAME_LIMIT);
		strbuf_add_text(&name, listed->name); /* the list may free its copy */
		good = setup_object_delete(setup->objects, SETUP_TEMPLATE, name.buf, setup->force,
					   &outcome, err);
		if (good)
			printf("index template %s: %s\n", name.buf,
			       outcome == SETUP_UPDATED ? "deleted, no longer needed"
							: setup_outcome_text(outcome));
		strbuf_release(&name);
		if (!good)
			return false;
	}
	return true;
}

static bool put_templates(struct setup *setup, const unsigned *days, size_t count,
			  enum document_kind kind, struct error *err)
{
	bool good = put_template(setup, kind, setup_output_days(setup), NULL, err) &&
		    (setup->only || drop_leftovers(setup, days, count, kind, err));

	for (size_t i = 0; i < count && good; i++) {
		const char **tenants;

		if (days[i] == setup_output_days(setup) || !setup_concerns_days(setup, days[i]))
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
