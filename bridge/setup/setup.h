/* setup.h - the steps of the command "setup"
 *
 * SPDX-License-Identifier: MIT
 *
 * Each step writes one kind of thing to the search server or to Kibana, or
 * shows what it would write.  A new step is a function and a row in
 * bridge/commands/setup_command.c.
 */
#ifndef BRIDGE_SETUP_SETUP_H
#define BRIDGE_SETUP_SETUP_H

#include "bridge/config/config.h"
#include "output/setup_object.h"

/* Of each tenant, "unclaimed" included; "default" alone where none is
 * configured. */
struct setup_tenant {
	const char *name; /* NULL: the operator, who sees all tenants */
	unsigned days; /* retention; 0: for ever */
	bool space_is_new;
	/* Digests of what was imported in this run; "": nothing. */
	char dashboards[HASH_ID_SIZE], rules[HASH_ID_SIZE];
};

struct setup {
	const struct config *config;
	const struct output_config *output;
	struct elastic_setup *server; /* NULL: only shown, nobody is contacted */
	struct setup_objects *objects; /* of the server */
	const char *only; /* the one tenant that is set up; NULL: all */
	struct elastic_product product;
	const struct elastic_settings *settings; /* of the server; NULL as it is */
	bool force, yes, has_lifecycles;
	struct setup_tenant *tenants, operator;
	size_t tenant_count;
};

struct setup_step {
	bool (*run)(struct setup *setup, struct error *err);
	bool essential; /* the steps behind it make no sense without */
};

void setup_init(struct setup *setup, const struct config *config,
		const struct output_config *output);
void setup_release(struct setup *setup);
/* Logs in at the server; false: it does not say what it is. */
bool setup_connect(struct setup *setup, const struct elastic_settings *settings,
		   struct error *err);

/* The tenant of that name; NULL: there is none. */
const struct setup_tenant *setup_tenant_named(const struct setup *setup, const char *name);
/* Is this one to be set up? */
bool setup_concerns(const struct setup *setup, const char *tenant);
/* The same of those that keep their documents for so long. */
bool setup_concerns_days(const struct setup *setup, unsigned days);

/* Days of a retention, rounded up. */
unsigned setup_days(int64_t retention_ms);

/* Writes or shows the object, and says what became of it.  written (NULL: not
 * wanted): it is there as we want it, and not kept as somebody else's. */
bool setup_put(struct setup *setup, enum setup_object object, const char *name,
	       const struct strbuf *content, bool *written, struct error *err);

/* Sends or shows a request that is the same each time. */
bool setup_send(struct setup *setup, const char *method, const char *path, struct slice body,
		struct error *err);

/* Whether the server has this kind of object; where it is only shown, whether
 * the product usually has.  "lifecycle: ..." is said when it has not. */
bool setup_has(struct setup *setup, enum setup_object object, bool *has, struct error *err);

/* setup_period.c */
/* false: REJECT when it is another one than at the last setup; or the server
 * does not tell. */
bool setup_period_is_kept(struct setup_objects *objects, const struct output_config *output,
			  struct error *err);
bool setup_index_period(struct setup *setup, struct error *err);

/* setup_lifecycle.c */
bool setup_has_ism(const struct setup *setup);
void setup_policy_name(const struct setup *setup, unsigned days, struct strbuf *name);
/* The output's own retention. */
unsigned setup_output_days(const struct setup *setup);
/* The different retentions, 0 excepted, in order; the caller frees. */
unsigned *setup_retentions(const struct setup *setup, size_t *count);
bool setup_lifecycle_policies(struct setup *setup, struct error *err);
bool setup_existing_lifecycles(struct setup *setup, struct error *err);

/* setup_template.c */
bool setup_templates(struct setup *setup, struct error *err);
bool setup_existing_mappings(struct setup *setup, struct error *err);

/* setup_empty.c */
/* Whether data views name them: those of Kibana do. */
bool setup_has_empty_indices(const struct setup *setup);
void setup_empty_index(const struct setup *setup, enum document_kind kind, struct strbuf *name);
bool setup_empty_indices(struct setup *setup, struct error *err);

/* setup_rebuild.c */
bool setup_dynamic_indices(struct setup *setup, struct error *err);

/* setup_roles.c */
/* Of those who may read the tenant's documents; NULL: of run. */
void setup_role_name(const struct setup *setup, const char *tenant, struct strbuf *name);
void setup_role_json(const struct setup *setup, const char *tenant, struct strbuf *content);
bool setup_roles(struct setup *setup, struct error *err);
/* The digests that the note of the role of its readers has (of the operator: of
 * the role of run); "": none. */
bool setup_imported(struct setup *setup, const struct setup_tenant *tenant,
		    char dashboards[static HASH_ID_SIZE], char rules[static HASH_ID_SIZE],
		    struct error *err);
/* Writes there what was imported in this run. */
bool setup_note_imports(struct setup *setup, struct error *err);

/* setup_dashboards.c */
/* Before anything is changed: is Kibana there? */
bool setup_kibana_answers(struct setup *setup, struct error *err);
bool setup_kibana_spaces(struct setup *setup, struct error *err);
bool setup_dashboards(struct setup *setup, struct error *err);
bool setup_alert_rules(struct setup *setup, struct error *err);

#endif
