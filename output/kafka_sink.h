/* kafka_sink.h - the sink that produces to Kafka topics
 *
 * SPDX-License-Identifier: MIT
 *
 * The index name of an item is its topic and its id is the message key, so that
 * log compaction removes repeats; Kafka itself reports no duplicates.  A
 * document is stored when all in-sync replicas have it.
 */
#ifndef OUTPUT_KAFKA_SINK_H
#define OUTPUT_KAFKA_SINK_H

#include "base/kafka_connection.h"
#include "output/sink.h"

struct kafka_settings {
	struct kafka_connection connection;
	const char *compression; /* none, gzip, snappy, lz4, zstd */
	const char *dead_letter_file;
	int64_t timeout_ms; /* time limit for delivering a message */
};

/* Returns librdkafka's version; NULL: the program was built without it. */
const char *kafka_version(void);

/* Does not copy the settings or their texts, which must outlive the sink. */
struct sink *kafka_sink_new(const struct kafka_settings *settings);

/* Whether the login may see the topic, which the write permission includes.  Waits,
 * like check(); brokers with automatic creation may create the topic.  FATAL: a
 * person must act. */
bool kafka_sink_check_topic(struct sink *sink, const char *topic, struct error *err);

#endif
