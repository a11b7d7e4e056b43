/* token.h - tokens for mailboxes that take no password
 *
 * SPDX-License-Identifier: MIT
 *
 * A token stands in a file, is printed by a command, or is asked for at the
 * provider's token endpoint (RFC 6749): with a refresh token, or with the
 * secret of the client alone.
 */
#ifndef BRIDGE_CONFIG_TOKEN_H
#define BRIDGE_CONFIG_TOKEN_H

#include "bridge/config/config.h"

struct token_source;

bool token_is_given(const struct token_config *config);

/* Lives in the arena; config must outlive it. */
struct token_source *token_source_new(const struct token_config *config, struct arena *arena);

/* Appends a token; refused: the one before was not taken.  Never FATAL: what
 * is wrong with it may be put right while the bridge runs. */
bool token_get(void *token_source, bool refused, struct strbuf *token, struct error *err);

#endif
