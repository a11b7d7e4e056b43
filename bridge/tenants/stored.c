/* stored.c - lists the indices of an output
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/stored.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/wiring/wiring.h"
#include "output/elastic_answer.h"

#define PATH_LIMIT (8 * KIB)

struct walk {
	const struct index_naming *naming;
	stored_index_fn *take;
	void *context;
};

/* Matches all indices that may be ours; their names are then checked one by one. */
static void add_patterns(const struct index_naming *naming, struct strbuf *path)
{
	size_t count;
	const enum document_kind *kinds = index_kinds(naming, &count);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			strbuf_add_byte(path, ',');
		if (naming->schema == SCHEMA_PARSEDMARC)
			strbuf_add_format(path, "%s*%s*", naming->prefix,
					  document_kind_name(kinds[i]));
		else
			index_pattern_add(path, naming, kinds[i], NULL);
	}
}

static bool on_index(void *context, const char *name, const char *documents, struct error *err)
{
	const struct walk *walk = context;
	struct stored_index index = { .name = name };

	if (!index_name_read(slice_of(name), walk->naming, &index.parts))
		return true;
	index.is_closed = !documents ||
			  !slice_to_uint(slice_of(documents), UINT64_MAX, &index.documents);
	return walk->take(walk->context, &index, err);
}

static bool list(const struct setup *setup, bool count, const char *path,
		 struct http_answer *answer, struct error *err)
{
	const char *url = elastic_setup_url(setup->server);

	if (!elastic_setup_send(setup->server, "GET", path, (struct slice){ NULL, 0 }, answer, err))
		return false;
	if (answer->status == 200 || answer->status == 404)
		return true;
	/* The server's reason names every pattern and would leave no room for the advice. */
	if (answer->status == 403)
		return error_set(
			err, ERROR_FATAL,
			"%s: HTTP status 403: the login may not list the indices; it needs the "
			"privilege view_index_metadata%s on them (setup_user or "
			"setup_api_key_file in [output %s] is a login for that)",
			url, count ? " and monitor" : "", setup->output->name);
	return elastic_setup_unexpected(setup->server, url, "GET", path, answer, NULL, err);
}

/* Makes documents stored just now count.  A login without the privilege counts them a second
 * later. */
static void refresh(const struct setup *setup, const struct index_naming *naming)
{
	struct http_answer answer;
	struct error ignored;
	struct strbuf path;

	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_byte(&path, '/');
	add_patterns(naming, &path);
	strbuf_add_text(&path, "/_refresh?ignore_unavailable=true&allow_no_indices=true");
	(void)elastic_setup_send(setup->server, "POST", path.buf, (struct slice){ "", 0 }, &answer,
				 &ignored);
	strbuf_release(&path);
}

bool stored_indices(const struct setup *setup, bool count, stored_index_fn *take, void *context,
		    struct error *err)
{
	struct walk walk = { &setup->output->naming, take, context };
	struct http_answer answer;
	struct strbuf path, body;
	bool good;

	if (count)
		refresh(setup, walk.naming);
	strbuf_init(&path, PATH_LIMIT);
	strbuf_add_text(&path, count ? "/_cat/indices/" : "/");
	add_patterns(walk.naming, &path);
	strbuf_add_text(&path, count ? "?format=json&h=index,docs.count&expand_wildcards=all"
				     : "/_settings?filter_path=%2A.settings.index.uuid");
	good = list(setup, count, path.buf, &answer, err);
	strbuf_release(&path);
	if (!good || answer.status != 200)
		return good;
	/* The callback sends requests to the same server, which overwrite the answer. */
	strbuf_init(&body, answer.body.size + 1);
	strbuf_add_slice(&body, answer.body);
	good = count ? elastic_answer_rows(strbuf_slice(&body), "index", "docs.count", on_index,
					   &walk, err)
		     : elastic_answer_indices(strbuf_slice(&body), "", on_index, &walk, err);
	strbuf_release(&body);
	return good;
}

static bool is_open(void *context, const struct stored_index *index, struct error *err)
{
	return !index->is_closed || !slice_is(index->parts.tenant, context) ||
	       error_set(
		       err, ERROR_FATAL,
		       "index %s is closed or not ready, so its documents cannot be read: open it "
		       "first",
		       index->name);
}

bool stored_is_open(struct config *config, const struct output_config *output, const char *tenant,
		    struct error *err)
{
	struct setup setup;
	char *name = xstrdup(tenant);
	bool good;

	setup_init(&setup, config, output);
	setup.server = elastic_setup_new(wiring_elastic_setup(config, output));
	good = stored_indices(&setup, true, is_open, name, err);
	setup_release(&setup);
	free(name);
	return good;
}
