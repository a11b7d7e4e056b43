/* outlet.c - the way of documents to one sink
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/outlet.h"

#include "base/limits.h"
#include "base/step.h"
#include "bridge/batch.h"

void outlet_init(struct outlet *outlet, struct sink *sink, const struct index_naming *naming)
{
	*outlet = (struct outlet){ .sink = sink, .naming = naming };
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

bool outlet_finish(struct outlet *outlet, struct error *err)
{
	struct bulk *bulk = outlet->posted;
	bool good;

	if (!bulk)
		return true;
	good = outlet->sink->ops->finish(outlet->sink, err);
	outlet->posted = NULL;
	if (good) {
		step_reached("answered");
		batch_take_verdicts(outlet->owner, bulk);
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
