/* elastic_product.c - detects the search server's product and version
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/elastic_product.h"

#include "output/elastic_answer.h"

/* Elasticsearch has had versions 5 and above since OpenSearch started at 1. */
#define FIRST_MAJOR_OF_ELASTICSEARCH '5'

const char *elastic_flavour_name(enum elastic_flavour flavour)
{
	static const char *const names[] = {
		[FLAVOUR_UNKNOWN] = "unknown",
		[FLAVOUR_ELASTICSEARCH] = "Elasticsearch",
		[FLAVOUR_OPENSEARCH] = "OpenSearch",
		[FLAVOUR_SERVERLESS] = "Elasticsearch serverless",
	};

	return names[flavour];
}

static bool get(struct http *http, const char *url, const char *path, struct http_answer *answer,
		struct error *err)
{
	return http_send(http, &(struct http_request){ .method = "GET", .url = url, .path = path },
			 answer, err);
}

/* OpenSearch 2 may report itself as Elasticsearch 7.10.2 in GET /, but not in
 * _nodes. */
static enum elastic_flavour flavour_of_nodes(const char *version)
{
	return version[1] == '.' && version[0] < FIRST_MAJOR_OF_ELASTICSEARCH
		       ? FLAVOUR_OPENSEARCH
		       : FLAVOUR_ELASTICSEARCH;
}

bool elastic_product_detect(struct http *http, const char *url, enum elastic_flavour given,
			    struct elastic_product *product, struct error *err)
{
	struct elastic_product found = { .flavour = FLAVOUR_UNKNOWN };
	struct http_answer answer;

	if (!get(http, url, "/", &answer, err))
		return false;
	if (answer.status == 200)
		elastic_answer_root(answer.body, &found);
	else if (answer.says_elasticsearch)
		found.flavour = FLAVOUR_ELASTICSEARCH;
	if (!found.version[0]) {
		if (!get(http, url, "/_nodes?filter_path=nodes.%2A.version", &answer, err))
			return false;
		if (answer.status == 200 && elastic_answer_nodes(answer.body, found.version))
			found.flavour = flavour_of_nodes(found.version);
		else if (elastic_answer_is_serverless(answer.body))
			found.flavour = FLAVOUR_SERVERLESS;
	}
	found.status = answer.status;
	if (given != FLAVOUR_UNKNOWN)
		found.flavour = given;
	*product = found;
	return true;
}

/* Whether the server is that flavour, of that version or a later one. */
static bool is_from(const struct elastic_product *product, enum elastic_flavour flavour,
		    uint64_t major, uint64_t minor)
{
	struct slice rest, part = slice_split(slice_of(product->version), '.', &rest);
	uint64_t numbers[2];

	if (product->flavour != flavour || !slice_to_uint(part, UINT16_MAX, &numbers[0]))
		return false;
	part = rest.data ? slice_split(rest, '.', &rest) : rest;
	if (!part.data || !slice_to_uint(part, UINT16_MAX, &numbers[1]))
		return false;
	return numbers[0] > major || (numbers[0] == major && numbers[1] >= minor);
}

bool elastic_product_searches_values(const struct elastic_product *product)
{
	return product->flavour == FLAVOUR_SERVERLESS ||
	       is_from(product, FLAVOUR_ELASTICSEARCH, 8, 1) ||
	       is_from(product, FLAVOUR_OPENSEARCH, 2, 19);
}

bool elastic_product_takes_flat_fields(const struct elastic_product *product)
{
	return product->flavour == FLAVOUR_SERVERLESS ||
	       is_from(product, FLAVOUR_ELASTICSEARCH, 8, 3);
}
