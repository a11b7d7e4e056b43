/* kafka_none.c - replaces kafka_sink.c in builds without librdkafka
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "output/kafka_sink.h"

const char *kafka_version(void)
{
	return NULL;
}

/* Not reached: the configuration checks kafka_version() first. */
struct sink *kafka_sink_new(const struct kafka_settings *settings)
{
	(void)settings;
	abort();
}

bool kafka_sink_check_topic(struct sink *sink, const char *topic, struct error *err)
{
	(void)sink, (void)topic, (void)err;
	abort();
}
