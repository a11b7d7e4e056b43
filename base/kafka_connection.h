/* kafka_connection.h - how to reach Kafka brokers, for sinks and mailboxes
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_KAFKA_CONNECTION_H
#define BASE_KAFKA_CONNECTION_H

#include "base/error.h"

struct kafka_connection {
	const char *const *brokers;                     /* host:port, NULL-terminated */
	bool tls;                                       /* always verified */
	const char *ca_file;                            /* NULL: the system's trust store */
	const char *client_cert_file, *client_key_file; /* NULL: none */
	const char *sasl; /* PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; NULL: none */
	const char *user, *password;
};

/* Sets a property of librdkafka, whose headers this room does not include; false:
 * librdkafka refuses the value. */
typedef bool kafka_property_fn(void *context, const char *key, const char *value);

/* Calls back for each property of the connection.  FATAL: one is refused; values may
 * be secrets, so the error names only the key. */
bool kafka_connection_set(const struct kafka_connection *connection, kafka_property_fn *set,
			  void *context, struct error *err);

#endif
