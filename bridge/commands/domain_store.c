/* domain_store.c - stores checks of domains, and the last state of each domain
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/domain_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/replace_file.h"
#include "base/xalloc.h"
#include "bridge/report/domain_document.h"
#include "bridge/wiring/wiring.h"
#include "ingest/tlsrpt/policy_digest.h"

#define STATE_BYTES_MAX (256 * KIB)
#define PATH_BYTES 4096
#define DIRECTORY "domains"

struct pending {
	struct document_name name;
	char *json, *path, *state; /* path: of the state file */
	bool refused;              /* not accepted by a required output, or not posted yet */
};

struct domain_store {
	struct config *config;
	int directory; /* domains/, locked */
	struct document_writer writer;
	struct pending *pending;
	size_t count, alloc, changed;
};

/* --- the directory --------------------------------------------------------------------- */

static bool has_output(const struct config *config)
{
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (o->naming.schema == SCHEMA_ECS)
			return true;
	return false;
}

static bool open_directory(struct domain_store *store, struct error *err)
{
	const char *state = store->config->bridge.state_directory;
	char path[PATH_BYTES];

	if (snprintf(path, sizeof(path), "%s/" DIRECTORY, state) >= (int)sizeof(path))
		return error_set(err, ERROR_FATAL, "state_directory: the name is too long");
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	store->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->directory < 0)
		return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
	if (flock(store->directory, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, ERROR_RETRY, "%s: another run is storing", path);
	return true;
}

bool domain_store_open(struct config *config, struct domain_store **store, struct error *err)
{
	struct domain_store *opened;

	if (!has_output(config))
		return error_set(err, ERROR_FATAL,
				 "--store needs an output that is not of schema = parsedmarc");
	if (!wiring_directories(config, err))
		return false;
	opened = xcalloc(1, sizeof(*opened));
	opened->config = config;
	opened->directory = -1;
	document_writer_init(&opened->writer);
	if (!open_directory(opened, err)) {
		domain_store_close(opened);
		return false;
	}
	*store = opened;
	return true;
}

void domain_store_close(struct domain_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++) {
		free(store->pending[i].json);
		free(store->pending[i].path);
		free(store->pending[i].state);
	}
	free(store->pending);
	document_writer_release(&store->writer);
	if (store->directory >= 0)
		close(store->directory);
	free(store);
}

static const char *claiming_tenant(const struct config *config, struct slice domain)
{
	const char *tenant = tenant_of(config->tenant_table, domain);

	return strcmp(tenant, TENANT_UNCLAIMED) == 0 ? NULL : tenant;
}

const char *domain_store_tenant(const struct domain_store *store, struct slice domain)
{
	return claiming_tenant(store->config, domain);
}

/* --- the last state ----------------------------------------------------------------------- */

/* The text of the file, in the arena; absent if there is none. Names of tenants and
 * domains have neither slashes nor a leading dot. */
static struct slice read_state(const struct config *config, const char *path, struct arena *arena)
{
	const char *whole = arena_format(arena, "%s/" DIRECTORY "/%s",
					 config->bridge.state_directory, path);
	const int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *text = arena_alloc(arena, STATE_BYTES_MAX);
	ssize_t got, size = 0;

	while (fd >= 0 && text && size < (ssize_t)STATE_BYTES_MAX &&
	       (got = read(fd, text + size, STATE_BYTES_MAX - (size_t)size)) > 0)
		size += got;
	if (fd >= 0)
		close(fd);
	return (struct slice){ size > 0 ? text : NULL, (size_t)size };
}

/* Atomic: a killed run leaves the old state. */
static bool write_state(const struct domain_store *store, const struct pending *p,
			struct error *err)
{
	if (mkdirat(store->directory, p->name.tenant, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERROR_FATAL, "domains/%s: %s", p->name.tenant,
				 strerror(errno));
	if (replace_file(store->directory, p->path, slice_of(p->state), 0600, err))
		return true;
	err->class = ERROR_FATAL;
	return error_context(err, "domains");
}

/* --- one check ------------------------------------------------------------------------------ */

static struct pending *add_pending(struct domain_store *store)
{
	store->pending = xgrow(store->pending, store->count, &store->alloc,
			       sizeof(*store->pending));
	store->pending[store->count] = (struct pending){ .refused = false };
	return &store->pending[store->count++];
}

static void keep(struct domain_store *store, const struct domain_document *document,
		 const char *path)
{
	const struct domain_history *history = document->history;
	struct pending *p;
	struct strbuf state;

	if (!domain_document_write(document, &store->writer))
		return; /* too large, although each part is within its limit */
	p = add_pending(store);
	domain_document_name(document, &p->name);
	p->json = xmemdup(store->writer.json.buf, store->writer.json.len);
	p->path = xstrdup(path);
	strbuf_init(&state, STATE_BYTES_MAX);
	domain_history_write(history, &state);
	p->state = xmemdup(state.buf, state.len);
	strbuf_release(&state);
	for (unsigned part = 0; part < DOMAIN_PARTS; part++)
		if (history->parts[part].changed) {
			store->changed++;
			break;
		}
}

static const char *state_path(struct arena *arena, const char *tenant, struct slice name)
{
	return arena_format(arena, "%s/%.*s", tenant, (int)name.size, name.data);
}

void domain_store_since(const struct config *config, const struct domain_report *report,
			int64_t now, struct domain_since *since)
{
	struct arena *arena = report->findings.arena;
	const char *tenant = claiming_tenant(config, report->state.name);
	struct domain_history found, last;
	char digest[2 * HASH_SIZE + 1];

	*since = (struct domain_since){ .dmarc = 0 };
	if (!tenant)
		return;
	tlsrpt_policy_file_digest(report->state.sts_policy, digest);
	domain_history_read(read_state(config, state_path(arena, tenant, report->state.name),
				       arena),
			    &last);
	domain_history_of(report, digest, now, arena, &found);
	domain_history_merge(&found, &last, arena);
	if (last.parts[PART_DMARC].known)
		since->dmarc = found.parts[PART_DMARC].since;
	if (last.parts[PART_STS].known)
		since->sts = found.parts[PART_STS].since;
	if (last.parts[PART_DKIM].known)
		since->dkim = found.parts[PART_DKIM].since;
}

void domain_store_take(struct domain_store *store, struct domain_report *report, int64_t now)
{
	struct arena *arena = report->findings.arena;
	const struct slice name = report->state.name;
	const char *tenant = domain_store_tenant(store, name);
	struct domain_history found, last;
	char digest[2 * HASH_SIZE + 1];
	struct domain_document document = { tenant, report, &found, digest, now };
	const char *path;

	if (!tenant)
		return;
	path = state_path(arena, tenant, name);
	tlsrpt_policy_file_digest(report->state.sts_policy, digest);
	domain_history_read(read_state(store->config, path, arena), &last);
	domain_history_of(report, digest, now, arena, &found);
	domain_history_merge(&found, &last, arena);
	/* The findings that depend on history are part of the state, so it is compared
	 * twice. */
	domain_history_judge(&found, &last, now, &report->findings);
	domain_findings_sort(&report->findings);
	domain_history_of(report, digest, now, arena, &found);
	domain_history_merge(&found, &last, arena);
	keep(store, &document, path);
}

/* --- posting ---------------------------------------------------------------------------------- */

struct posting {
	struct domain_store *store;
	const struct output_config *output;
	struct sink *sink;
	struct bulk bulk;
	size_t first, next; /* documents of the bulk */
	struct domain_store_result *result;
};

static void fill(struct posting *p)
{
	struct strbuf index;

	strbuf_init(&index, KIB);
	bulk_reset(&p->bulk);
	p->first = p->next;
	while (p->next < p->store->count && p->bulk.count < LIMIT_BULK_DOCUMENTS) {
		const struct pending *d = &p->store->pending[p->next];

		strbuf_reset(&index);
		index_name_add(&index, &p->output->naming, &d->name);
		if (!bulk_add(&p->bulk, 0, strbuf_slice(&index), slice_of(d->name.id),
			      slice_of(d->json)))
			break;
		p->next++;
	}
	strbuf_release(&index);
}

static void settle(struct posting *p)
{
	for (size_t i = 0; i < p->bulk.count; i++) {
		struct pending *d = &p->store->pending[p->first + i];

		switch (p->bulk.items[i].verdict) {
		case VERDICT_STORED: p->result->stored++; continue;
		case VERDICT_DUPLICATE: p->result->duplicates++; continue;
		case VERDICT_REFUSED: p->result->refused++; break;
		default: p->result->kept++; break;
		}
		d->refused |= p->output->required;
	}
}

/* Documents from `first` on have no answer: their old states stay. */
static bool leave(struct posting *p, size_t first)
{
	for (size_t i = first; i < p->store->count; i++)
		p->store->pending[i].refused |= p->output->required;
	p->result->kept += p->store->count - first;
	return false;
}

static bool post_all(struct posting *p, struct error *err)
{
	while (p->next < p->store->count) {
		fill(p);
		if (p->bulk.count == 0) {
			error_set(err, ERROR_FATAL, "a document does not fit a request");
			return leave(p, p->first);
		}
		if (!sink_post(p->sink, &p->bulk, err))
			return leave(p, p->first);
		settle(p);
		if (p->bulk.trouble.class != ERROR_NONE) {
			*err = p->bulk.trouble;
			return leave(p, p->next);
		}
	}
	return true;
}

static bool post_to(struct domain_store *store, const struct output_config *output,
		    struct domain_store_result *result, struct error *err)
{
	struct posting p = { .store = store, .output = output, .result = result };
	bool good;

	p.sink = wiring_sink(store->config, output);
	bulk_init(&p.bulk, LIMIT_BULK_BYTES);
	good = post_all(&p, err);
	bulk_release(&p.bulk);
	p.sink->ops->free(p.sink);
	return good || !output->required;
}

bool domain_store_post(struct domain_store *store, struct domain_store_result *result,
		       struct error *err)
{
	bool good = true;

	*result = (struct domain_store_result){ .domains = store->count,
						.changed = store->changed };
	for (const struct output_config *o = &store->config->output; o; o = o->next)
		if (o->naming.schema == SCHEMA_ECS && !post_to(store, o, result, err))
			good = false;
	for (size_t i = 0; i < store->count; i++)
		if (!store->pending[i].refused && !write_state(store, &store->pending[i], err))
			return false;
	return good;
}
