/* index_rights.h - may the login write the indices that documents go to?
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_INDEX_RIGHTS_H
#define OUTPUT_INDEX_RIGHTS_H

#include "output/http.h"

/* Asks Elasticsearch (_has_privileges) about all of the indices, a list that ends
 * in NULL, without writing anything.  false: FATAL, the first one that may not be
 * written and what to grant; RETRY, no answer.  A server without that question,
 * such as OpenSearch, is true: only writing tells there. */
bool index_rights_of(struct http *http, const char *url, const char *const *indices,
		     struct error *err);

#endif
