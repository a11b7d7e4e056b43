/* setup_existing.c - adds new fields to existing indices
 *
 * SPDX-License-Identifier: MIT
 *
 * A mapping accepts new fields, but existing fields cannot be changed: whether a field is
 * indexed is fixed when the index is created. So read the template version and the form of
 * each index, and add the current fields to outdated ones.
 */
#include "base/limits.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"
#include "output/elastic_answer.h"
#include "output/id_set.h"

#define PATH_LIMIT 8192
/* Names per request: servers accept 4 KiB in a request line. */
#define NAMES_SIZE 3500

struct existing {
	struct setup *setup;
	struct id_set current;                              /* names */
	struct id_set forms[MAPPING_FORMS];                 /* names; none of MAPPING_FULL */
	struct strbuf names[DOCUMENT_KINDS][MAPPING_FORMS]; /* to be sent */
};

static bool note_version(void *context, const char *name, const char *version, struct error *err)
{
	struct existing *e = context;

	(void)err;
	if (template_is_current(version))
		id_set_add(&e->current, slice_of(name));
	return true;
}

static bool note_form(void *context, const char *name, const char *text, struct error *err)
{
	struct existing *e = context;
	const enum mapping_form form = template_form_of(text);

	(void)err;
	if (form != MAPPING_FULL)
		id_set_add(&e->forms[form], slice_of(name));
	return true;
}

static enum mapping_form form_of(const struct existing *e, struct slice name)
{
	unsigned form = MAPPING_FORMS - 1;

	while (form > MAPPING_FULL && !id_set_has(&e->forms[form], name))
		form--;
	return form;
}

/* If the type of one field has changed, the server refuses all fields; such indices stay
 * as they are. */
static bool send_fields(struct existing *e, enum document_kind kind, enum mapping_form form,
			struct error *err)
{
	struct strbuf *names = &e->names[kind][form], path, mapping;
	bool good;

	if (names->len == 0)
		return true;
	strbuf_init(&path, PATH_LIMIT);
	strbuf_init(&mapping, LIMIT_DOCUMENT_BYTES);
	strbuf_add_format(&path, "/%s/_mapping?ignore_unavailable=true", names->buf);
	template_mapping_json(kind, form, &mapping);
	good = setup_send(e->setup, "PUT", path.buf, strbuf_slice(&mapping), err);
	strbuf_reset(names);
	strbuf_release(&path);
	strbuf_release(&mapping);
	return good;
}

static bool note_outdated(void *context, const char *name, const char *dynamic, struct error *err)
{
	struct existing *e = context;
	const enum mapping_form form = form_of(e, slice_of(name));
	struct index_name parts;
	struct strbuf *names;

	if (!dynamic || !index_name_read(slice_of(name), &e->setup->output->naming, &parts) ||
	    id_set_has(&e->current, slice_of(name)))
		return true;
	names = &e->names[parts.kind][form];
	if (names->len > 0)
		strbuf_add_byte(names, ',');
	strbuf_add_text(names, name);
	return names->len < NAMES_SIZE || send_fields(e, parts.kind, form, err);
}

static bool take_answer(struct existing *e, struct slice body, struct error *err)
{
	return elastic_answer_indices(body, "mappings/" TEMPLATE_VERSION_PATH, note_version, e,
				      err) &&
	       elastic_answer_indices(body, "mappings/" TEMPLATE_FORM_PATH, note_form, e, err) &&
	       elastic_answer_indices(body, "mappings/dynamic", note_outdated, e, err);
}

/* Reads the version of all indices with one request. */
static bool read_versions(struct existing *e, struct error *err)
{
	struct strbuf path, body;
	struct http_answer answer;
	bool good;

	strbuf_init(&path, PATH_LIMIT);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
		strbuf_add_byte(&path, kind == 0 ? '/' : ',');
		index_pattern_add(&path, &e->setup->output->naming, kind, NULL);
	}
	strbuf_add_text(
		&path,
		"/_mapping?allow_no_indices=true&ignore_unavailable=true&filter_path=%2A.mappings._meta%2C%2A.mappings.dynamic");
	good = elastic_setup_ask(e->setup->server, "GET", path.buf, (struct slice){ NULL, 0 },
				 &answer, err);
	if (good && answer.status == 200) {
		/* The callback sends requests to the same server, which overwrite the
		 * answer. */
		strbuf_init(&body, answer.body.size + 1);
		strbuf_add_slice(&body, answer.body);
		good = take_answer(e, strbuf_slice(&body), err);
		strbuf_release(&body);
	}
	strbuf_release(&path);
	return good;
}

bool setup_existing_mappings(struct setup *setup, struct error *err)
{
	struct existing e = { .setup = setup };
	bool good;

	if (!setup->server || setup->output->naming.schema != SCHEMA_ECS || setup->only)
		return true;
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++)
		for (unsigned form = 0; form < MAPPING_FORMS; form++)
			strbuf_init(&e.names[kind][form], PATH_LIMIT);
	good = read_versions(&e, err);
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++)
		for (unsigned form = 0; form < MAPPING_FORMS; form++) {
			good = good && send_fields(&e, kind, form, err);
			strbuf_release(&e.names[kind][form]);
		}
	id_set_release(&e.current);
	for (unsigned form = 0; form < MAPPING_FORMS; form++)
		id_set_release(&e.forms[form]);
	return good || error_context(err, "fields of existing indices");
}
