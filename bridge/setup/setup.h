/* setup.h - the steps of the command "setup"
 *
 * SPDX-License-Identifier: MIT
 *
 * Each step writes one kind of object to the search server or to Kibana, or shows what it
 * would write. A new step is a function and a row in bridge/commands/setup_command.c.
 */
#ifndef BRIDGE_SETUP_SETUP_H
#define BRIDGE_SETUP_SETUP_H

#include "bridge/config/config.h"
#include "output/setup_object.h"

/* One for each tenant, including "unclaimed"; only "default" if no tenant is configured. */
struct setup_tenant {
	const char *name; /* NULL: the operator, who may read all tenants */
	unsigned days;    /* retention; 0: for ever */
	bool space_is_new;
	/* Digests of the objects imported in this run; "": none. */
	char dashboards[HASH_ID_SIZE], rules[HASH_ID_SIZE];
};

struct setup {
	const struct config *config;
	const struct output_config *output;
	struct elastic_setup *server;  /* NULL: only show, connect to no server */
	struct setup_objects *objects; /* of the server */
	const char *only;              /* set up only this tenant; NULL: all */
	struct elastic_product product;
	const struct elastic_settings *settings; /* of the server; NULL: same as server */
	bool force, yes, has_lifecycles;
	struct setup_tenant *tenants, operator;
	size_t tenant_count;
};

struct setup_step {
	bool (*run)(struct setup *setup, struct error *err);
	bool essential; /* the following steps need this one */
};

void setup_init(struct setup *setup, const struct config *config,
		const struct output_config *output);
void setup_release(struct setup *setup);
/* Logs in to the server. false: it does not identify itself. */
bool setup_connect(struct setup *setup, const struct elastic_settings *settings, struct error *err);

/* NULL: no tenant of that name. */
const struct setup_tenant *setup_tenant_named(const struct setup *setup, const char *name);
/* Whether this run sets up the tenant. */
bool setup_concerns(const struct setup *setup, const char *tenant);
/* Whether this run sets up a tenant with this retention. */
bool setup_concerns_days(const struct setup *setup, unsigned days);

/* Days of a retention, rounded up. */
unsigned setup_days(int64_t retention_ms);

/* Writes or shows the object and prints the result. written (may be NULL): the object is
 * now as wanted, not an object of somebody else that was kept. */
bool setup_put(struct setup *setup, enum setup_object object, const char *name,
	       const struct strbuf *content, bool *written, struct error *err);

/* Sends or shows an idempotent request. */
bool setup_send(struct setup *setup, const char *method, const char *path, struct slice body,
		struct error *err);

/* Whether the server has this kind of object; without a server, whether the product
 * usually has it. If not, prints "lifecycle: ...". */
bool setup_has(struct setup *setup, enum setup_object object, bool *has, struct error *err);

/* setup_period.c */
/* false: REJECT if the period differs from that of the last setup; otherwise the server
 * does not answer. */
bool setup_period_is_kept(struct setup_objects *objects, const struct output_config *output,
			  struct error *err);
bool setup_index_period(struct setup *setup, struct error *err);

/* setup_lifecycle.c */
bool setup_has_ism(const struct setup *setup);
void setup_policy_name(const struct setup *setup, unsigned days, struct strbuf *name);
/* Whether it is such a name, of any number of days. */
bool setup_is_policy_name(const struct setup *setup, const char *policy);
/* Retention of the output itself. */
unsigned setup_output_days(const struct setup *setup);
/* The different retentions in ascending order, without 0; the caller frees. */
unsigned *setup_retentions(const struct setup *setup, size_t *count);
bool setup_lifecycle_policies(struct setup *setup, struct error *err);
bool setup_existing_lifecycles(struct setup *setup, struct error *err);

/* setup_template.c */
bool setup_templates(struct setup *setup, struct error *err);
bool setup_existing_mappings(struct setup *setup, struct error *err);

/* setup_empty.c */
/* Whether data views include the empty indices: those of Kibana do. */
bool setup_has_empty_indices(const struct setup *setup);
void setup_empty_index(const struct setup *setup, enum document_kind kind, struct strbuf *name);
bool setup_empty_indices(struct setup *setup, struct error *err);

/* setup_rebuild.c */
bool setup_dynamic_indices(struct setup *setup, struct error *err);

/* setup_roles.c */
/* Name of the role that may read the tenant's documents; NULL: of the role of run. */
void setup_role_name(const struct setup *setup, const char *tenant, struct strbuf *name);
void setup_role_json(const struct setup *setup, const char *tenant, struct strbuf *content);
bool setup_roles(struct setup *setup, struct error *err);
/* Digests stored in the metadata of the reader role (for the operator: of the role of
 * run); "": none. */
bool setup_imported(struct setup *setup, const struct setup_tenant *tenant,
		    char dashboards[static HASH_ID_SIZE], char rules[static HASH_ID_SIZE],
		    struct error *err);
/* Stores the digests of the objects imported in this run there. */
bool setup_note_imports(struct setup *setup, struct error *err);

/* setup_dashboards.c */
/* Checks, before anything is changed, that Kibana answers. */
bool setup_kibana_answers(struct setup *setup, struct error *err);
bool setup_kibana_spaces(struct setup *setup, struct error *err);
bool setup_dashboards(struct setup *setup, struct error *err);
bool setup_alert_rules(struct setup *setup, struct error *err);

#endif
