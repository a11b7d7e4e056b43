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
	bool opensearch; /* the latter */
};

/* Is it there, and may we ask?  Changes nothing.  false: RETRY or FATAL. */
bool kibana_is_there(const struct kibana *kibana, struct error *err);

/* With all saved objects in it. */
bool kibana_delete_space(const struct kibana *kibana, const char *space, struct error *err);

/* All spaces, by their ids. */
bool kibana_spaces(const struct kibana *kibana, struct setup_listing *spaces, struct error *err);
/* Makes one that is not there yet. */
bool kibana_make_space(const struct kibana *kibana, struct slice body, struct error *err);

/* Where the saved objects of a space (of OpenSearch Dashboards: a tenant) are
 * sent to. */
void kibana_import_path(const struct kibana *kibana, const char *space, struct strbuf *path);

/* Sends saved objects, one per line.  Those with the same id are replaced, all
 * others are left alone.  count is how many there were. */
bool kibana_import(const struct kibana *kibana, const char *space, struct slice objects,
		   uint64_t *count, struct error *err);

/* Days in UTC, for all who look at the space.  CREATED; CURRENT: a zone is set
 * already, and stays; KEPT_FOREIGN: this login or version may not. */
#define KIBANA_UTC "{\"changes\":{\"dateFormat:tz\":\"UTC\"}}"
void kibana_settings_path(const struct kibana *kibana, const char *space, struct strbuf *path);
bool kibana_set_utc(const struct kibana *kibana, const char *space, enum setup_outcome *outcome,
		    struct error *err);

/* An alert rule of Kibana, or a monitor of OpenSearch. */
struct kibana_rule {
	const char *space;
	const char *id;		      /* Kibana: a UUID, which it insists on */
	struct slice name;	      /* OpenSearch: by which it is found; JSON, with its quotes */
	struct slice create, replace; /* bodies of the two requests */
};

/* Can rules be kept there at all?  A Kibana without a key of its own cannot,
 * nor can an OpenSearch (search_url) without the plugin. */
bool kibana_keeps_rules(const struct kibana *kibana, const char *space, const char *search_url,
			bool *keeps, struct error *err);

/* CREATED, KEPT_CHANGED (it is there; people change thresholds and add what is
 * to be done, so it is theirs now) or, with force, UPDATED. */
bool kibana_put_rule(const struct kibana *kibana, const struct kibana_rule *rule, bool force,
		     enum setup_outcome *outcome, struct error *err);
bool kibana_put_monitor(const struct kibana *kibana, const char *search_url,
			const struct kibana_rule *rule, bool force, enum setup_outcome *outcome,
			struct error *err);

/* Deletes it, or (only_look) looks for it; found: it was there. */
bool kibana_delete_rule(const struct kibana *kibana, const char *search_url,
			const struct kibana_rule *rule, bool only_look, bool *found,
			struct error *err);

#endif
