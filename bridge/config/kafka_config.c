/* kafka_config.c - checks what outputs and mailboxes on Kafka have in common
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/kafka_config.h"

#include <string.h>

bool kafka_config_check(const struct kafka_connection *connection, const char *user,
			struct error *err)
{
	if (!KAFKA)
		return error_set(
			err, ERROR_FATAL,
			"this program was built without librdkafka: install librdkafka-dev "
			"and build it with KAFKA=1");
	if (!connection->brokers || !connection->brokers[0])
		return error_set(err, ERROR_FATAL, "brokers is missing");
	if (!connection->sasl != !user)
		return error_set(err, ERROR_FATAL, "sasl and user go together");
	return true;
}

bool kafka_config_is_topic(const char *text, size_t longest)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return strspn(text, letters) == strlen(text) && strlen(text) <= longest;
}
