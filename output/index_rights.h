/* index_rights.h - checks the login's write privileges
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_INDEX_RIGHTS_H
#define OUTPUT_INDEX_RIGHTS_H

#include "output/http.h"

/* Asks Elasticsearch (_has_privileges) about all indices of a NULL-terminated list,
 * without writing.  false: FATAL with the first index that must not be written and
 * the privilege to grant; RETRY: no answer.  Returns true for a server without that
 * API, such as OpenSearch, where only writing shows it. */
bool index_rights_of(struct http *http, const char *url, const char *const *indices,
		     struct error *err);

#endif
