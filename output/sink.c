/* sink.c - where documents go, and what was said of each
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/sink.h"

bool sink_post(struct sink *sink, struct bulk *bulk, struct error *err)
{
	sink->ops->start(sink, bulk);
	return sink->ops->finish(sink, err);
}
