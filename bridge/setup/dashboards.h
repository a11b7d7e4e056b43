/* dashboards.h - the dashboards and alert rules that are part of the program
 *
 * SPDX-License-Identifier: MIT
 *
 * kibana/generate.py generates them; they are compiled in, so that the program needs no other
 * files.
 */
#ifndef BRIDGE_SETUP_DASHBOARDS_H
#define BRIDGE_SETUP_DASHBOARDS_H

#include "base/hash.h"
#include "base/strbuf.h"

enum dashboards_product { DASHBOARDS_KIBANA, DASHBOARDS_OPENSEARCH };

/* Saved objects, one per line. tenant NULL: the objects of the operator, over all tenants. */
void dashboards_objects(enum dashboards_product product, const char *prefix, const char *tenant,
			struct strbuf *out);

/* Alert rules: four lines for each, see struct dashboards_rule. */
void dashboards_rules(enum dashboards_product product, const char *prefix, const char *tenant,
		      struct strbuf *out);

#define DASHBOARDS_UUID_SIZE 37

struct dashboards_rule {
	struct slice word;   /* the short name used here */
	struct slice name;   /* JSON, with quotes */
	struct slice create; /* body of the request that creates it */
	struct slice replace;
	char uuid[DASHBOARDS_UUID_SIZE]; /* the same at each import */
};

/* Takes the first rule off rest; false: there is none left. */
bool dashboards_next_rule(struct slice *rest, const char *prefix, const char *tenant,
			  struct dashboards_rule *rule);

#endif
