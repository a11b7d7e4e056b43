/* tenant_map.c - parsedmarc's map of tenants and domains, in YAML
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/import/tenant_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <yaml.h>

static struct slice text_of(const yaml_node_t *node)
{
	if (!node || node->type != YAML_SCALAR_NODE)
		return (struct slice){ NULL, 0 };
	return (struct slice){ (const char *)node->data.scalar.value, node->data.scalar.length };
}

static bool read_domains(yaml_document_t *document, struct slice tenant, const yaml_node_t *list,
			 tenant_map_fn *each, void *context)
{
	if (!list || list->type != YAML_SEQUENCE_NODE)
		return false;
	for (const yaml_node_item_t *item = list->data.sequence.items.start;
	     item < list->data.sequence.items.top; item++) {
		const struct slice domain = text_of(yaml_document_get_node(document, *item));

		if (!domain.data)
			return false;
		each(context, tenant, domain);
	}
	return true;
}

static bool read_map(yaml_document_t *document, tenant_map_fn *each, void *context)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);

	if (!root || root->type != YAML_MAPPING_NODE)
		return false;
	for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		const struct slice tenant = text_of(yaml_document_get_node(document, pair->key));

		if (!tenant.data ||
		    !read_domains(document, tenant, yaml_document_get_node(document, pair->value),
				  each, context))
			return false;
	}
	return true;
}

bool tenant_map_read(const char *path, tenant_map_fn *each, void *context, struct error *err)
{
	FILE *file = fopen(path, "re");
	yaml_document_t document;
	yaml_parser_t parser;
	bool good;

	if (!file)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	if (!yaml_parser_initialize(&parser))
		abort(); /* out of memory */
	yaml_parser_set_input_file(&parser, file);
	good = yaml_parser_load(&parser, &document);
	if (good) {
		good = read_map(&document, each, context) ||
		       error_set(err, ERROR_FATAL, "%s: not a map of lists of domains", path);
		yaml_document_delete(&document);
	} else {
		error_set(err, ERROR_FATAL, "%s:%zu: %s", path, parser.problem_mark.line + 1,
			  parser.problem ? parser.problem : "not YAML");
	}
	yaml_parser_delete(&parser);
	fclose(file);
	return good;
}
