/* setup.c - code shared by the steps of setup
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/setup/setup.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/setup/template.h"

#define DAY_MS (INT64_C(86400) * 1000)

unsigned setup_days(int64_t retention_ms)
{
	return (unsigned)((retention_ms + DAY_MS - 1) / DAY_MS);
}

static void add_tenant(struct setup *setup, const char *name, int64_t retention_ms)
{
	if (retention_ms == 0)
		retention_ms = setup->output->retention_ms;
	setup->tenants[setup->tenant_count++] = (struct setup_tenant){
		.name = name, .days = setup_days(retention_ms)
	};
}

void setup_init(struct setup *setup, const struct config *config,
		const struct output_config *output)
{
	const struct tenant_config *t;
	bool unclaimed = false;
	size_t count = 1;

	*setup = (struct setup){ .config = config, .output = output };
	for (t = config->tenants; t; t = t->next)
		count++;
	setup->tenants = xcalloc(count, sizeof(*setup->tenants));
	for (t = config->tenants; t; t = t->next) {
		add_tenant(setup, t->name, t->retention_ms);
		unclaimed |= strcmp(t->name, TENANT_UNCLAIMED) == 0;
	}
	if (!unclaimed)
		add_tenant(setup, config->tenants ? TENANT_UNCLAIMED : TENANT_DEFAULT, 0);
}

void setup_release(struct setup *setup)
{
	setup_objects_free(setup->objects);
	elastic_setup_free(setup->server);
	free(setup->tenants);
}

bool setup_connect(struct setup *setup, const struct elastic_settings *settings, struct error *err)
{
	const char *cure;

	setup->server = elastic_setup_new(settings);
	setup->objects = setup_objects_new(setup->server);
	setup->settings = settings;
	if (!elastic_setup_product(setup->server, setup->output->product, &setup->product, err))
		return false;
	if (setup->product.flavour != FLAVOUR_UNKNOWN)
		return true;
	cure = http_login_hint(elastic_setup_http(setup->server), setup->product.status);
	return error_set(err, ERROR_FATAL, "%s does not tell what it is: HTTP status %u; %s",
			 settings->urls[0], setup->product.status,
			 cure ? cure : "set product = elasticsearch, opensearch or serverless");
}

const struct setup_tenant *setup_tenant_named(const struct setup *setup, const char *name)
{
	for (size_t i = 0; i < setup->tenant_count; i++)
		if (strcmp(setup->tenants[i].name, name) == 0)
			return &setup->tenants[i];
	return NULL;
}

bool setup_concerns(const struct setup *setup, const char *tenant)
{
	return !setup->only || (tenant && strcmp(setup->only, tenant) == 0);
}

bool setup_concerns_days(const struct setup *setup, unsigned days)
{
	return !setup->only || setup_tenant_named(setup, setup->only)->days == days;
}

static void show(enum setup_object object, const char *name, const struct setup_content *content)
{
	struct strbuf text;

	strbuf_init(&text, 8 * MIB);
	setup_object_print(object, name, content, &text);
	fwrite(text.buf, 1, text.len, stdout);
	strbuf_release(&text);
}

bool setup_put(struct setup *setup, enum setup_object object, const char *name,
	       const struct strbuf *content, bool *written, struct error *err)
{
	const struct setup_content whole = {
		.json = strbuf_slice(content),
		.version = TEMPLATE_VERSION,
		.period = object == SETUP_TEMPLATE ? index_period_name(&setup->output->naming)
						   : NULL,
	};
	enum setup_outcome outcome = SETUP_CREATED;

	if (!setup->server)
		show(object, name, &whole);
	else if (!setup_object_put(setup->objects, object, name, &whole, setup->force, &outcome,
				   err))
		return false;
	else
		printf("%s %s: %s\n", setup_object_label(object), name,
		       setup_outcome_text(outcome));
	if (written)
		*written = outcome == SETUP_CREATED || outcome == SETUP_UPDATED ||
			   outcome == SETUP_CURRENT;
	return true;
}

bool setup_send(struct setup *setup, const char *method, const char *path, struct slice body,
		struct error *err)
{
	struct http_answer answer;

	if (setup->server)
		return elastic_setup_ask(setup->server, method, path, body, &answer, err);
	printf("%s %s\n%.*s\n\n", method, path, (int)body.size, body.data ? body.data : "");
	return true;
}

bool setup_has(struct setup *setup, enum setup_object object, bool *has, struct error *err)
{
	if (setup->server)
		return setup_object_known(setup->objects, object, has, err);
	*has = object != SETUP_ILM_POLICY || setup->product.flavour != FLAVOUR_SERVERLESS;
	return true;
}
