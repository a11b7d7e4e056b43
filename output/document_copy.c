/* document_copy.c - copies stored documents to another index or id
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/document_copy.h"

#include "base/limits.h"

void document_copy_init(struct document_copy *copy, const struct elastic_settings *settings,
			bool needs_templates)
{
	copy->settings = *settings;
	copy->settings.needs_templates = needs_templates;
	copy->settings.dead_letter_file = "/dev/null";
	copy->sink = elastic_sink_new(&copy->settings);
	bulk_init(&copy->bulk, LIMIT_BULK_BYTES);
}

void document_copy_release(struct document_copy *copy)
{
	bulk_release(&copy->bulk);
	copy->sink->ops->free(copy->sink);
}

bool document_copy_post(struct document_copy *copy, struct error *err)
{
	struct bulk *bulk = &copy->bulk;

	if (bulk->count == 0)
		return true;
	if (!sink_post(copy->sink, bulk, err))
		return false;
	for (size_t i = 0; i < bulk->count; i++) {
		const enum verdict verdict = bulk->items[i].verdict;
		const struct slice index = bulk_item_index(bulk, i);
		const char *why = bulk_refusal_of(bulk, 0);

		if (verdict == VERDICT_STORED || verdict == VERDICT_DUPLICATE)
			continue;
		return error_set(err, verdict == VERDICT_REFUSED ? ERROR_FATAL : ERROR_RETRY,
				 "index %.*s does not take a document: %s", (int)index.size,
				 index.data, why ? why : bulk->trouble.text);
	}
	return true;
}
