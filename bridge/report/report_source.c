/* report_source.c - reads stored documents into summaries
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/report_source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/wiring/wiring.h"
#include "output/elastic_read.h"
#include "output/file_line.h"
#include "output/gzip_file.h"

#define SUFFIX ".ndjson"

/* Receiver of the documents. */
struct taking {
	report_document_fn *take;
	void *context;
	enum document_kind kind;
	struct document_view view;
};

/* --- a search server ----------------------------------------------------------- */

/* Writes the body of a search without its last brace. */
static void write_search(struct strbuf *out, const struct report_query *query)
{
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_object(&jw, "query");
	jw_object(&jw, "bool");
	jw_array(&jw, "filter");
	jw_object(&jw, NULL);
	jw_object(&jw, "range");
	jw_object(&jw, field_info(FIELD_ID_TIMESTAMP)->name);
	jw_time(&jw, "gte", query->since);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	if (query->tenant) {
		jw_object(&jw, NULL);
		jw_object(&jw, "term");
		jw_text(&jw, field_info(FIELD_ID_TENANT)->name, query->tenant);
		jw_end(&jw);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
	strbuf_cut(out, out->len - 1);
}

/* Fills the view from the events of the answer, so that each document is parsed once. */
static bool take_event(void *context, enum json_event event, unsigned depth, struct slice text,
		       struct error *err)
{
	struct taking *taking = context;

	if (depth == 0 && event == JSON_OBJECT)
		document_view_begin(&taking->view);
	if (!document_view_event(&taking->view, event, depth, text, err))
		return false;
	if (depth == 0 && event == JSON_OBJECT_END)
		taking->take(taking->context, taking->kind, &taking->view);
	return true;
}

static bool read_server(struct config *config, const struct output_config *output,
			const struct report_query *query, struct taking *taking, struct error *err)
{
	struct elastic_reader *reader = elastic_reader_new(wiring_elastic_reader(config, output));
	struct strbuf search, pattern;
	bool good = true;

	strbuf_init(&search, MIB);
	strbuf_init(&pattern, KIB);
	write_search(&search, query);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS && good; kind++) {
		taking->kind = kind;
		strbuf_reset(&pattern);
		index_pattern_add(&pattern, &output->naming, kind, query->tenant);
		good = elastic_read_events(reader, pattern.buf, strbuf_slice(&search), take_event,
					   taking, err);
	}
	strbuf_release(&search);
	strbuf_release(&pattern);
	elastic_reader_free(reader);
	return good;
}

/* --- files --------------------------------------------------------------------- */

static bool file_error(const char *path, struct error *err)
{
	return error_set(err, ERROR_FATAL, "%s: %s", path, strerror(errno));
}

/* The bulk format has a line with the action and a line with the document. Skips a line
 * that a crash left incomplete, since it was never stored, and lines that others inserted. */
struct reading {
	struct taking *taking;
	enum file_format format;
	bool is_document; /* whether the next line of the bulk format is a document */
};

static void take_line(void *context, struct slice line)
{
	struct reading *r = context;
	struct slice id;
	const bool has_id = file_line_id(r->format, line, &id);
	const bool is_document = r->format == FILE_BULK ? r->is_document && !has_id : has_id;

	if (is_document && line.size > 0 && line.data[0] == '{') {
		document_view_read(&r->taking->view, line);
		r->taking->take(r->taking->context, r->taking->kind, &r->taking->view);
	}
	r->is_document = has_id;
}

/* INDEX.ndjson or a rotated file of it; *index is the INDEX part of the name. */
static bool is_index_file(const char *name, struct slice *index)
{
	struct slice rest = slice_of(name);
	const size_t size = slice_find_text(rest, SUFFIX);
	uint64_t number;

	if (size == rest.size)
		return false;
	*index = (struct slice){ name, size };
	rest = slice_skip(rest, size + strlen(SUFFIX));
	if (slice_ends_with_nocase(rest, ".gz"))
		rest.size -= strlen(".gz");
	return rest.size == 0 ||
	       (rest.data[0] == '.' && slice_to_uint(slice_skip(rest, 1), UINT32_MAX, &number));
}

static bool read_named(const struct output_config *output, const char *name,
		       const struct report_query *query, struct taking *taking, struct error *err)
{
	struct reading r = { .taking = taking, .format = output->file.format };
	struct index_name parts;
	struct slice index;
	char *path;
	bool good;

	if (!is_index_file(name, &index) || !index_name_read(index, &output->naming, &parts) ||
	    parts.end <= query->since || (query->tenant && !slice_is(parts.tenant, query->tenant)))
		return true;
	taking->kind = parts.kind;
	if (asprintf(&path, "%s/%s", output->file.directory, name) < 0)
		abort();
	good = gzip_file_lines(path, take_line, &r, err);
	free(path);
	return good;
}

static bool read_files(const struct output_config *output, const struct report_query *query,
		       struct taking *taking, struct error *err)
{
	struct dirent **entries;
	const int count = scandir(output->file.directory, &entries, NULL, alphasort);
	bool good = true;

	if (count < 0)
		return file_error(output->file.directory, err);
	for (int i = 0; i < count; i++) {
		good = good && read_named(output, entries[i]->d_name, query, taking, err);
		free(entries[i]);
	}
	free(entries);
	return good;
}

bool report_read_documents(struct config *config, const struct report_query *query,
			   report_document_fn *take, void *context, struct error *err)
{
	const struct output_config *output = config_report_output(config);
	struct taking taking = { .take = take, .context = context };
	bool good;

	if (output->type != OUTPUT_ELASTICSEARCH && output->type != OUTPUT_FILE)
		return error_set(err, ERROR_FATAL, "report reads search servers and files");
	if (output->type == OUTPUT_FILE && output->file.one_file)
		return error_set(err, ERROR_FATAL,
				 "report reads files of one index each: write type = file "
				 "in place of type = jsonl");
	if (output->naming.schema != SCHEMA_ECS)
		return error_set(err, ERROR_FATAL,
				 "report reads documents of schema = "
				 "ecs: add a second [output] with it, required = no");
	document_view_init(&taking.view);
	good = output->type == OUTPUT_FILE ? read_files(output, query, &taking, err)
					   : read_server(config, output, query, &taking, err);
	document_view_release(&taking.view);
	return good;
}

static void add_to_set(void *context, enum document_kind kind, struct document_view *view)
{
	summary_set_add(context, kind, view, false);
}

bool report_read(struct config *config, const struct report_query *query, struct summary_set *set,
		 struct error *err)
{
	summary_set_begin(set, query->since);
	return report_read_documents(config, query, add_to_set, set, err);
}
