/* kafka_config.h - checks what outputs and mailboxes on Kafka have in common
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_KAFKA_CONFIG_H
#define BRIDGE_CONFIG_KAFKA_CONFIG_H

#include "bridge/config/config.h"

/* user: the login, which the connection does not have yet; or NULL. */
bool kafka_config_check(const struct kafka_connection *connection, const char *user,
			struct error *err);

/* Whether Kafka accepts it in the name of a topic. */
bool kafka_config_is_topic(const char *text, size_t longest);

#endif
