/* kafka_connection.c - how to reach Kafka brokers, for sinks and mailboxes
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/kafka_connection.h"

#include <stddef.h>

#include "base/limits.h"
#include "base/strbuf.h"

static void join_brokers(const struct kafka_connection *connection, struct strbuf *list)
{
	for (size_t i = 0; connection->brokers[i]; i++)
		strbuf_add_format(list, "%s%s", i > 0 ? "," : "", connection->brokers[i]);
}

bool kafka_connection_set(const struct kafka_connection *c, kafka_property_fn *set, void *context,
			  struct error *err)
{
	static const char *const protocols[2][2] = { { "plaintext", "sasl_plaintext" },
						     { "ssl", "sasl_ssl" } };
	const struct {
		const char *key, *value; /* NULL: left at its default */
	} properties[] = {
		{ "security.protocol", protocols[c->tls][c->sasl != NULL] },
		{ "enable.ssl.certificate.verification", c->tls ? "true" : NULL },
		{ "ssl.endpoint.identification.algorithm", c->tls ? "https" : NULL },
		{ "ssl.ca.location", c->tls ? c->ca_file : NULL },
		{ "ssl.certificate.location", c->tls ? c->client_cert_file : NULL },
		{ "ssl.key.location", c->tls ? c->client_key_file : NULL },
		{ "sasl.mechanism", c->sasl },
		{ "sasl.username", c->sasl ? c->user : NULL },
		{ "sasl.password", c->sasl ? c->password : NULL },
	};
	const char *refused = NULL;
	struct strbuf list;

	strbuf_init(&list, 64 * KIB);
	join_brokers(c, &list);
	if (!set(context, "bootstrap.servers", list.buf))
		refused = "bootstrap.servers";
	strbuf_release(&list);
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]) && !refused; i++)
		if (properties[i].value && !set(context, properties[i].key, properties[i].value))
			refused = properties[i].key;
	return !refused || error_set(err, ERROR_FATAL, "kafka: cannot set %s", refused);
}
