/* outlet.c - the way of documents to one sink
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/outlet.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/step.h"
#include "bridge/batch.h"

/* How long an output that is not required is left alone after trouble. */
#define AWAY_MS 30000

void outlet_init(struct outlet *outlet, struct sink *sink, const struct index_naming *naming)
{
	*outlet = (struct outlet){
		.name = "", .bit = 1, .required = true, .sink = sink, .naming = naming
	};
	strbuf_init(&outlet->index, 256);
	bulk_init(&outlet->bulks[0], LIMIT_BULK_BYTES);
	bulk_init(&outlet->bulks[1], LIMIT_BULK_BYTES);
	outlet->filling = &outlet->bulks[0];
}

void outlet_release(struct outlet *outlet)
{
	strbuf_release(&outlet->index);
	bulk_release(&outlet->bulks[0]);
	bulk_release(&outlet->bulks[1]);
	*outlet = (struct outlet){ .sink = NULL };
}

bool outlet_add(struct outlet *outlet, struct batch *batch, uint32_t mail,
		const struct document_name *name, struct slice json, struct error *err)
{
	struct strbuf *index = &outlet->index;

	outlet_ready(outlet);
	if (clock_ms() < outlet->away_until) {
		batch_miss(batch, mail);
		return true;
	}
	strbuf_reset(index);
	index_name_add(index, outlet->naming, name);
	if (bulk_add(outlet->filling, mail, strbuf_slice(index), slice_of(name->id), json))
		return true;
	if (!outlet_post(outlet, batch, err))
		return false;
	if (bulk_add(outlet->filling, mail, strbuf_slice(index), slice_of(name->id), json))
		return true;
	return error_reject(err, "too-large", "a document does not fit into a bulk request");
}

bool outlet_post(struct outlet *outlet, struct batch *batch, struct error *err)
{
	if (outlet->filling->count == 0)
		return true;
	if (!outlet_finish(outlet, err))
		return false;
	step_reached("posted");
	outlet->posted = outlet->filling;
	outlet->owner = batch;
	outlet->filling = &outlet->bulks[outlet->posted == &outlet->bulks[0]];
	outlet->sink->ops->start(outlet->sink, outlet->posted);
	return true;
}

bool outlet_ready(struct outlet *outlet)
{
	return !outlet->posted || outlet->sink->ops->ready(outlet->sink);
}

/* What an output that is not required could not take, it misses. */
static bool do_without(struct outlet *outlet, const struct bulk *bulk, const struct error *trouble)
{
	batch_take_verdicts(outlet->owner, bulk, false);
	if (trouble->class == ERROR_NONE)
		return true;
	outlet->away_until = clock_ms() + AWAY_MS;
	log_event(LOG_LEVEL_WARNING, "output-away", LOG_TEXT("output", outlet->name),
		  LOG_TEXT("error", trouble->text), LOG_NUMBER("retry_ms", AWAY_MS));
	return true;
}

bool outlet_finish(struct outlet *outlet, struct error *err)
{
	struct bulk *bulk = outlet->posted;
	bool good;

	if (!bulk)
		return true;
	good = outlet->sink->ops->finish(outlet->sink, err);
	outlet->posted = NULL;
	if (!outlet->required) {
		good = do_without(outlet, bulk, good ? &bulk->trouble : err);
	} else if (good) {
		step_reached("answered");
		batch_take_verdicts(outlet->owner, bulk, true);
	}
	bulk_reset(bulk);
	return good;
}

void outlet_abandon(struct outlet *outlet)
{
	struct error ignored;

	(void)outlet_finish(outlet, &ignored);
	bulk_reset(outlet->filling);
}
