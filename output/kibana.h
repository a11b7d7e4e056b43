/* kibana.h - Kibana and OpenSearch Dashboards: saved objects and alert rules
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_KIBANA_H
#define OUTPUT_KIBANA_H

#include "output/setup_object.h"

struct kibana {
	struct http *http;
	const char *url; /* of Kibana or of OpenSearch Dashboards */
	bool opensearch; /* it is OpenSearch Dashboards */
};

/* Checks that it is reachable and accepts the login.  Changes nothing.  false: RETRY
 * or FATAL. */
bool kibana_is_there(const struct kibana *kibana, struct error *err);

/* Deletes a space with all its saved objects. */
bool kibana_delete_space(const struct kibana *kibana, const char *space, struct error *err);

/* Lists all spaces by their ids. */
bool kibana_spaces(const struct kibana *kibana, struct setup_listing *spaces, struct error *err);
/* Creates a space that does not exist yet. */
bool kibana_make_space(const struct kibana *kibana, struct slice body, struct error *err);

/* Appends the import path for the saved objects of a space (OpenSearch Dashboards:
 * a tenant). */
void kibana_import_path(const struct kibana *kibana, const char *space, struct strbuf *path);

/* Imports saved objects, one per line.  Replaces those with the same id and keeps
 * all others.  count: the number of objects. */
bool kibana_import(const struct kibana *kibana, const char *space, struct slice objects,
		   uint64_t *count, struct error *err);

/* Sets the time zone of a space to UTC for all its users.  CREATED; CURRENT: a zone
 * is already set and stays; KEPT_FOREIGN: not possible with this login or
 * version. */
#define KIBANA_UTC "{\"changes\":{\"dateFormat:tz\":\"UTC\"}}"
void kibana_settings_path(const struct kibana *kibana, const char *space, struct strbuf *path);
bool kibana_set_utc(const struct kibana *kibana, const char *space, enum setup_outcome *outcome,
		    struct error *err);

/* An alert rule of Kibana, or a monitor of OpenSearch. */
struct kibana_rule {
	const char *space;
	const char *id;               /* Kibana: must be a UUID */
	struct slice name;            /* OpenSearch finds a monitor by it; JSON, with its quotes */
	struct slice create, replace; /* bodies of the two requests */
};

/* Whether rules can be stored.  A Kibana without an encryption key cannot, nor can
 * an OpenSearch (search_url) without the alerting plugin. */
bool kibana_keeps_rules(const struct kibana *kibana, const char *space, const char *search_url,
			bool *keeps, struct error *err);

/* Creates a rule.  CREATED; KEPT_CHANGED: it exists and stays, because people
 * change thresholds and add actions; with force it is replaced: UPDATED. */
bool kibana_put_rule(const struct kibana *kibana, const struct kibana_rule *rule, bool force,
		     enum setup_outcome *outcome, struct error *err);
bool kibana_put_monitor(const struct kibana *kibana, const char *search_url,
			const struct kibana_rule *rule, bool force, enum setup_outcome *outcome,
			struct error *err);

/* Deletes the rule, or (only_look) only checks for it; found: it existed. */
bool kibana_delete_rule(const struct kibana *kibana, const char *search_url,
			const struct kibana_rule *rule, bool only_look, bool *found,
			struct error *err);

#endif
