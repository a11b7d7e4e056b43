/* elastic_product.h - which search server is it
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
	FLAVOUR_SERVERLESS, /* Elasticsearch without nodes and lifecycles to see */
};

#define PRODUCT_VERSION_SIZE 32

struct elastic_product {
	enum elastic_flavour flavour;
	char version[PRODUCT_VERSION_SIZE]; /* "": not known */
	unsigned status; /* of the last answer: why it may not be known */
};

const char *elastic_flavour_name(enum elastic_flavour flavour);

/* Asks GET /, and GET /_nodes where that is closed; when both are, what is not
 * known stays so.  A flavour that is given is believed.  false: the server
 * cannot be reached. */
bool elastic_product_detect(struct http *http, const char *url, enum elastic_flavour given,
			    struct elastic_product *product, struct error *err);

/* Whether fields without an index are searched by their values: Elasticsearch from
 * 8.1, OpenSearch from 2.19.  Older ones refuse such searches, or find nothing. */
bool elastic_product_searches_values(const struct elastic_product *product);

#endif
