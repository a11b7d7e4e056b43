/* elastic_product.h - detects the search server's product and version
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_PRODUCT_H
#define OUTPUT_ELASTIC_PRODUCT_H

#include "base/error.h"
#include "output/http.h"

enum elastic_flavour {
	FLAVOUR_UNKNOWN,
	FLAVOUR_ELASTICSEARCH,
	FLAVOUR_OPENSEARCH,
	FLAVOUR_SERVERLESS, /* Elasticsearch without node and lifecycle APIs */
};

#define PRODUCT_VERSION_SIZE 32

struct elastic_product {
	enum elastic_flavour flavour;
	char version[PRODUCT_VERSION_SIZE]; /* "": unknown */
	unsigned status;                    /* of the last answer: why the version may be unknown */
};

const char *elastic_flavour_name(enum elastic_flavour flavour);

/* Requests GET /, and GET /_nodes if that is forbidden; if both are, the version
 * stays unknown.  A given flavour is not verified.  false: the server cannot be
 * reached. */
bool elastic_product_detect(struct http *http, const char *url, enum elastic_flavour given,
			    struct elastic_product *product, struct error *err);

/* Whether unindexed fields can be searched by their doc values: Elasticsearch from
 * 8.1, OpenSearch from 2.19.  Older ones refuse such searches, or find nothing. */
bool elastic_product_searches_values(const struct elastic_product *product);

/* Whether a mapping can have names with dots instead of objects ("subobjects": false):
 * Elasticsearch from 8.3. */
bool elastic_product_takes_flat_fields(const struct elastic_product *product);

#endif
