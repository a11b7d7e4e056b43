/* setup_lifecycle.c - lifecycle policies: ILM on Elasticsearch, ISM on OpenSearch
 *
 * SPDX-License-Identifier: MIT
 *
 * Tenants of the same retention share a policy.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/setup/setup.h"
#include "output/elastic_answer.h"

#define NAME_LIMIT 512
#define MONTH_DAYS 31
#define YEAR_DAYS 366

bool setup_has_ism(const struct setup *setup)
{
	return setup->product.flavour == FLAVOUR_OPENSEARCH;
}

void setup_policy_name(const struct setup *setup, unsigned days, struct strbuf *name)
{
	strbuf_reset(name);
	strbuf_add_format(name, "%s-%ud", setup->output->naming.prefix, days);
}

/* The age of an index counts from its creation; its last document is younger by up to one
 * period. */
static void add_age(const struct setup *setup, unsigned days, struct json_writer *jw,
		    const char *key)
{
	const bool yearly = setup->output->naming.period == INDEX_YEAR;
	char age[32];

	snprintf(age, sizeof(age), "%ud", days + (yearly ? YEAR_DAYS : MONTH_DAYS));
	jw_text(jw, key, age);
}

static void ilm_policy(const struct setup *setup, unsigned days, struct json_writer *jw)
{
	jw_object(jw, "phases");
	jw_object(jw, "delete");
	add_age(setup, days, jw, "min_age");
	jw_object(jw, "actions");
	jw_object(jw, "delete");
	for (unsigned i = 0; i < 4; i++)
		jw_end(jw);
}

unsigned setup_output_days(const struct setup *setup)
{
	return setup_days(setup->output->retention_ms);
}

/* Adds the patterns of tenants with this retention; for the output's own retention one
 * pattern per kind is enough. */
static void add_patterns(const struct setup *setup, unsigned days, struct json_writer *jw)
{
	struct strbuf pattern;

	strbuf_init(&pattern, NAME_LIMIT);
	for (size_t i = 0; i < setup->tenant_count; i++) {
		const bool of_all = days == setup_output_days(setup);

		if (!of_all && setup->tenants[i].days != days)
			continue;
		for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
			strbuf_reset(&pattern);
			index_pattern_add(&pattern, &setup->output->naming, kind,
					  of_all ? NULL : setup->tenants[i].name);
			jw_string(jw, NULL, strbuf_slice(&pattern));
		}
		if (of_all)
			break;
	}
	strbuf_release(&pattern);
}

static void ism_policy(const struct setup *setup, unsigned days, struct json_writer *jw)
{
	jw_text(jw, "default_state", "kept");
	jw_array(jw, "states");
	jw_object(jw, NULL);
	jw_text(jw, "name", "kept");
	jw_array(jw, "transitions");
	jw_object(jw, NULL);
	jw_text(jw, "state_name", "deleted");
	jw_object(jw, "conditions");
	add_age(setup, days, jw, "min_index_age");
	for (unsigned i = 0; i < 4; i++)
		jw_end(jw);
	jw_object(jw, NULL);
	jw_text(jw, "name", "deleted");
	jw_array(jw, "actions");
	jw_object(jw, NULL);
	jw_object(jw, "delete");
	for (unsigned i = 0; i < 5; i++)
		jw_end(jw);
	jw_array(jw, "ism_template");
	jw_object(jw, NULL);
	jw_array(jw, "index_patterns");
	add_patterns(setup, days, jw);
	jw_end(jw);
	jw_uint(jw, "priority", days == setup_output_days(setup) ? 1 : 2 + days);
	jw_end(jw);
	jw_end(jw);
}

static bool put_policy(struct setup *setup, unsigned days, struct error *err)
{
	struct strbuf name, content;
	struct json_writer jw;
	bool good;

	strbuf_init(&name, NAME_LIMIT);
	strbuf_init(&content, 4 * MIB);
	setup_policy_name(setup, days, &name);
	jw_init(&jw, &content);
	jw_object(&jw, NULL);
	if (setup_has_ism(setup))
		ism_policy(setup, days, &jw);
	else
		ilm_policy(setup, days, &jw);
	jw_end(&jw);
	good = setup_put(setup, setup_has_ism(setup) ? SETUP_ISM_POLICY : SETUP_ILM_POLICY,
			 name.buf, &content, NULL, err);
	strbuf_release(&name);
	strbuf_release(&content);
	return good;
}

static int by_days(const void *a, const void *b)
{
	const unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

unsigned *setup_retentions(const struct setup *setup, size_t *count)
{
	unsigned *days = xcalloc(setup->tenant_count + 1, sizeof(*days));
	size_t n = 0, different = 0;

	days[n++] = setup_output_days(setup);
	for (size_t i = 0; i < setup->tenant_count; i++)
		days[n++] = setup->tenants[i].days;
	qsort(days, n, sizeof(*days), by_days);
	for (size_t i = 0; i < n; i++)
		if (days[i] > 0 && (different == 0 || days[different - 1] != days[i]))
			days[different++] = days[i];
	*count = different;
	return days;
}

bool setup_lifecycle_policies(struct setup *setup, struct error *err)
{
	size_t count;
	unsigned *days;
	bool good;

	/* The names of parsedmarc's schema do not identify the owner: see
	 * index_name_read(). */
	setup->has_lifecycles = false;
	if (setup->output->naming.schema != SCHEMA_ECS) {
		puts("lifecycle: none with schema = parsedmarc; run 'reportbridge retention' from "
		     "time to time");
		return true;
	}
	days = setup_retentions(setup, &count);
	good = setup_has(setup, setup_has_ism(setup) ? SETUP_ISM_POLICY : SETUP_ILM_POLICY,
			 &setup->has_lifecycles, err);
	if (good && count > 0 && !setup->has_lifecycles)
		puts("lifecycle: not managed by this server; run 'reportbridge retention' from time "
		     "to time");
	for (size_t i = 0; i < count && good && setup->has_lifecycles; i++)
		if (setup_concerns_days(setup, days[i]))
			good = put_policy(setup, days[i], err);
	free(days);
	return good;
}

static unsigned days_of(const struct setup *setup, struct slice tenant)
{
	for (size_t i = 0; i < setup->tenant_count; i++)
		if (slice_is(tenant, setup->tenants[i].name))
			return setup->tenants[i].days;
	return setup_output_days(setup);
}

/* Our names have the form "<prefix>-<days>d". */
bool setup_is_policy_name(const struct setup *setup, const char *policy)
{
	const size_t prefix = strlen(setup->output->naming.prefix);
	struct slice digits = slice_of(policy);
	uint64_t days;

	if (!slice_starts_with(digits, setup->output->naming.prefix) || digits.size < prefix + 3 ||
	    policy[prefix] != '-' || policy[digits.size - 1] != 'd')
		return false;
	digits = (struct slice){ policy + prefix + 1, digits.size - prefix - 2 };
	return slice_to_uint(digits, UINT32_MAX, &days);
}

static bool set_ilm(struct setup *setup, const char *index, const char *policy, struct error *err)
{
	struct strbuf path, body;
	bool good;

	strbuf_init(&path, NAME_LIMIT);
	strbuf_init(&body, NAME_LIMIT);
	strbuf_add_format(&path, "/%s/_settings", index);
	strbuf_add_text(&body, "{\"index.lifecycle.name\":");
	if (policy)
		strbuf_add_format(&body, "\"%s\"}", policy);
	else
		strbuf_add_text(&body, "null}");
	good = setup_send(setup, "PUT", path.buf, strbuf_slice(&body), err);
	strbuf_release(&path);
	strbuf_release(&body);
	return good;
}

static bool set_ism(struct setup *setup, const char *index, const char *has, const char *policy,
		    struct error *err)
{
	struct strbuf path, body;
	bool good;

	strbuf_init(&path, NAME_LIMIT);
	strbuf_init(&body, NAME_LIMIT);
	strbuf_add_format(&path, "/_plugins/_ism/%s/%s",
			  !policy ? "remove"
			  : has   ? "change_policy"
				  : "add",
			  index);
	strbuf_add_format(&body, "{\"policy_id\":\"%s\"}", policy ? policy : "");
	good = setup_send(setup, "POST", path.buf, policy ? strbuf_slice(&body) : slice_of(""),
			  err);
	strbuf_release(&path);
	strbuf_release(&body);
	return good;
}

static bool on_index(void *context, const char *index, const char *has, struct error *err)
{
	struct setup *setup = context;
	struct index_name parts;
	struct strbuf name;
	const char *want;
	unsigned days;
	bool good = true;

	if (!index_name_read(slice_of(index), &setup->output->naming, &parts) ||
	    (setup->only && !slice_is(parts.tenant, setup->only)))
		return true;
	strbuf_init(&name, NAME_LIMIT);
	days = days_of(setup, parts.tenant);
	setup_policy_name(setup, days, &name);
	want = days > 0 ? name.buf : NULL;
	if (has && !setup_is_policy_name(setup, has) && !setup->force)
		printf("index %s: keeps the lifecycle policy %s\n", index, has);
	else if ((has || want) && !(has && want && strcmp(has, want) == 0))
		good = setup_has_ism(setup) ? set_ism(setup, index, has, want, err)
					    : set_ilm(setup, index, want, err);
	strbuf_release(&name);
	return good;
}

/* Selects each index with its policy; uuid is included so that indices without a policy
 * appear in the answer too. */
#define ILM_QUERY \
	"/_settings?filter_path=%2A.settings.index.lifecycle.name%2C%2A.settings.index.uuid"

bool setup_existing_lifecycles(struct setup *setup, struct error *err)
{
	const char *prefix = setup->output->naming.prefix;
	struct http_answer answer;
	struct strbuf path;
	bool good;

	if (!setup->has_lifecycles || !setup->server)
		return true; /* the requests depend on the existing indices */
	strbuf_init(&path, NAME_LIMIT);
	if (setup_has_ism(setup))
		strbuf_add_format(&path, "/_plugins/_ism/explain/%s-*", prefix);
	else
		strbuf_add_format(&path, "/%s-*%s", prefix, ILM_QUERY);
	good = elastic_setup_ask(setup->server, "GET", path.buf, (struct slice){ NULL, 0 }, &answer,
				 err);
	if (good && answer.status == 200)
		good = elastic_answer_indices(
			answer.body,
			setup_has_ism(setup) ? "index.plugins.index_state_management.policy_id"
					     : "settings/index/lifecycle/name",
			on_index, setup, err);
	strbuf_release(&path);
	return good || error_context(err, "lifecycle of existing indices");
}
