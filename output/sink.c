/* sink.c - common interface of all outputs
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/sink.h"

bool sink_post(struct sink *sink, struct bulk *bulk, struct error *err)
{
	sink->ops->start(sink, bulk);
	return sink->ops->finish(sink, err);
}
