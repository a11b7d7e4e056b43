/* setup_rebuild.c - rebuilds indices that were created without our templates
 *
 * SPDX-License-Identifier: MIT
 *
 * The server derived their mappings from the first document. A mapping cannot be corrected in
 * place, so the index is rebuilt if the user confirms it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "bridge/setup/setup.h"
#include "output/elastic_answer.h"
#include "output/id_set.h"
#include "output/index_rebuild.h"

#define PATH_LIMIT 8192
#define BETWEEN "-rebuild"

struct dynamic_indices {
	struct setup *setup;
	struct id_set fixed; /* names of indices with the right mappings */
	uint64_t found;
};

static bool note_fixed(void *context, const char *name, const char *dynamic, struct error *err)
{
	struct dynamic_indices *d = context;

	(void)err;
	if (dynamic && (strcmp(dynamic, "false") == 0 || strcmp(dynamic, "strict") == 0))
		id_set_add(&d->fixed, slice_of(name));
	return true;
}

/* name: the index, which is missing if an earlier run was interrupted. */
static bool rebuild_index(const struct setup *setup, const char *name, struct error *err)
{
	const char *prefix = setup->output->naming.prefix;
	struct strbuf between;
	uint64_t documents = 0;
	bool good;

	strbuf_init(&between, 512);
	strbuf_add_format(&between, "%s" BETWEEN "%s", prefix, name + strlen(prefix));
	good = index_rebuild(setup->server, setup->settings, name, between.buf, &documents, err);
	strbuf_release(&between);
	if (good)
		printf("index %s: rebuilt with our mappings, %" PRIu64 " documents\n", name,
		       documents);
	return good;
}

static bool rebuild_if_dynamic(void *context, const char *name, const char *text, struct error *err)
{
	struct dynamic_indices *d = context;
	struct index_name parts;

	(void)text;
	if (!index_name_read(slice_of(name), &d->setup->output->naming, &parts) ||
	    id_set_has(&d->fixed, slice_of(name)))
		return true;
	if (d->setup->yes)
		return rebuild_index(d->setup, name, err);
	d->found++;
	printf("index %s: has dynamic mappings, since it was created without our template\n", name);
	return true;
}

/* Completes a rebuild that an earlier run left unfinished. */
static bool finish_rebuild(void *context, const char *between, const char *text, struct error *err)
{
	struct dynamic_indices *d = context;
	const char *prefix = d->setup->output->naming.prefix;
	struct index_name parts;
	struct strbuf name;
	bool good = true;

	(void)text;
	strbuf_init(&name, 512);
	strbuf_add_format(&name, "%s" BETWEEN, prefix);
	if (!slice_starts_with(slice_of(between), name.buf)) {
		strbuf_release(&name);
		return true;
	}
	between += name.len;
	strbuf_reset(&name);
	strbuf_add_format(&name, "%s%s", prefix, between);
	if (index_name_read(strbuf_slice(&name), &d->setup->output->naming, &parts)) {
		if (d->setup->yes) {
			good = rebuild_index(d->setup, name.buf, err);
		} else {
			d->found++;
			printf("index %s: an earlier rebuild is not finished\n", name.buf);
		}
	}
	strbuf_release(&name);
	return good;
}

/* Calls back for each index that matches the patterns. answered: the server accepted the
 * request. */
static bool each(struct dynamic_indices *d, const char *patterns, const char *rest,
		 const char *path, elastic_answer_name_fn *index, bool *answered, struct error *err)
{
	struct http_answer answer;
	struct strbuf request;
	bool good;

	strbuf_init(&request, PATH_LIMIT);
	strbuf_add_format(&request, "/%s%s", patterns, rest);
	good = elastic_setup_ask(d->setup->server, "GET", request.buf, (struct slice){ NULL, 0 },
				 &answer, err);
	*answered = good && answer.status == 200;
	if (*answered) {
		struct strbuf body;

		/* The callback sends requests to the same server, which overwrite the
		 * answer. */
		strbuf_init(&body, answer.body.size + 1);
		strbuf_add_slice(&body, answer.body);
		good = elastic_answer_indices(strbuf_slice(&body), path, index, d, err);
		strbuf_release(&body);
	}
	strbuf_release(&request);
	return good;
}

static bool look_at_all(struct dynamic_indices *d, struct error *err)
{
	static const char names[] = "/_settings?filter_path=%2A.settings.index.uuid";
	const struct index_naming *naming = &d->setup->output->naming;
	struct strbuf patterns;
	bool good, answered;

	strbuf_init(&patterns, PATH_LIMIT);
	strbuf_add_format(&patterns, "%s" BETWEEN "-*", naming->prefix);
	good = each(d, patterns.buf, names, "", finish_rebuild, &answered, err);
	strbuf_reset(&patterns);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
		if (kind > 0)
			strbuf_add_byte(&patterns, ',');
		index_pattern_add(&patterns, naming, kind, NULL);
	}
	good = good && each(d, patterns.buf, "/_mapping?filter_path=%2A.mappings.dynamic",
			    "mappings/dynamic", note_fixed, &answered, err);
	if (good && answered)
		good = each(d, patterns.buf, names, "", rebuild_if_dynamic, &answered, err);
	strbuf_release(&patterns);
	return good;
}

bool setup_dynamic_indices(struct setup *setup, struct error *err)
{
	struct dynamic_indices d = { .setup = setup };
	bool good;

	if (!setup->server || setup->output->naming.schema != SCHEMA_ECS || setup->only)
		return true;
	good = look_at_all(&d, err);
	id_set_release(&d.fixed);
	if (good && d.found > 0)
		return error_set(
			err, ERROR_FATAL,
			"[output %s]: %" PRIu64 " %s dynamic mappings, so queries find nothing "
			"in them; setup --yes copies their documents, by search and _bulk, to "
			"indices with our mappings, and deletes the old ones",
			setup->output->name, d.found, d.found == 1 ? "index has" : "indices have");
	return good || error_context(err, "indices with dynamic mappings");
}
