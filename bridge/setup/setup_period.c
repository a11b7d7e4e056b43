/* setup_period.c - checks that the period of indices has not changed
 *
 * SPDX-License-Identifier: MIT
 *
 * The id of a document prevents duplicates within one index only: after a change of the
 * period a report that arrives again is stored a second time, in another index.
 */
#include "base/limits.h"
#include "bridge/setup/parsedmarc_template.h"
#include "bridge/setup/setup.h"
#include "bridge/setup/template.h"

#define NAME_LIMIT 512

/* Uses the template that setup writes for every configuration. */
static void add_template_name(const struct index_naming *naming, struct strbuf *name)
{
	const struct template own = { .kind = DOCUMENT_DMARC_AGGREGATE, .naming = naming };
	struct strbuf ignored;

	if (naming->schema == SCHEMA_ECS) {
		template_name(&own, name);
		return;
	}
	strbuf_init(&ignored, MIB);
	parsedmarc_template(0, naming, NULL, name, &ignored);
	strbuf_release(&ignored);
}

bool setup_period_is_kept(struct setup_objects *objects, const struct output_config *output,
			  struct error *err)
{
	const struct index_naming *naming = &output->naming;
	const char *now = index_period_name(naming);
	char before[SETUP_PERIOD_SIZE];
	struct strbuf name;
	bool good;

	strbuf_init(&name, NAME_LIMIT);
	add_template_name(naming, &name);
	good = setup_object_period(objects, name.buf, before, err);
	strbuf_release(&name);
	if (!good || !before[0] || strcmp(before, now) == 0)
		return good;
	return error_set(
		err, ERROR_REJECT,
		"[output %s]: an index was to span a %s when setup ran last, and is to span "
		"a %s now: a report that arrives again would be stored a second time; set %s "
		"back, or give setup --force",
		output->name, before, now,
		naming->schema == SCHEMA_ECS ? "index_period" : "monthly_indexes");
}

bool setup_index_period(struct setup *setup, struct error *err)
{
	if (!setup->server || setup->force ||
	    setup_period_is_kept(setup->objects, setup->output, err))
		return true;
	if (err->class == ERROR_REJECT)
		err->class = ERROR_FATAL;
	return false;
}
