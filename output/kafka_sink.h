/* kafka_sink.h - the sink that produces to Kafka topics
 *
 * SPDX-License-Identifier: MIT
 *
 * The index name of an item is its topic, its id the key of the message, so
 * that a repeat meets itself where topics are compacted; Kafka itself answers
 * no "duplicate".  A document is stored when all in-sync replicas have it.
 */
#ifndef OUTPUT_KAFKA_SINK_H
#define OUTPUT_KAFKA_SINK_H

#include "output/sink.h"

struct kafka_settings {
	const char *const *brokers;			/* host:port, NULL-terminated */
	bool tls;					/* verified, always */
	const char *ca_file;				/* NULL: the system's trust store */
	const char *client_cert_file, *client_key_file; /* NULL: none */
	const char *sasl; /* PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; NULL: none */
	const char *user, *password;
	const char *compression; /* none, gzip, snappy, lz4, zstd */
	const char *dead_letter_file;
	int64_t timeout_ms; /* until a message that cannot be delivered is given up */
};

/* Of librdkafka; NULL: the program was built without it. */
const char *kafka_version(void);

/* Settings and their texts are not copied and must outlive the sink. */
struct sink *kafka_sink_new(const struct kafka_settings *settings);

/* May the login see the topic, which who may write may?  Waits, like check();
 * brokers that create topics may create it.  FATAL: a person must act. */
bool kafka_sink_check_topic(struct sink *sink, const char *topic, struct error *err);

#endif
