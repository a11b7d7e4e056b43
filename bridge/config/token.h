/* token.h - OAuth tokens for mailboxes without a password
 *
 * SPDX-License-Identifier: MIT
 *
 * A token is read from a file, printed by a command, or requested from the provider's token
 * endpoint (RFC 6749) with a refresh token or with the client credentials.
 */
#ifndef BRIDGE_CONFIG_TOKEN_H
#define BRIDGE_CONFIG_TOKEN_H

#include "bridge/config/config.h"

struct token_source;

bool token_is_given(const struct token_config *config);

/* Allocated in the arena; config must outlive it. */
struct token_source *token_source_new(const struct token_config *config, struct arena *arena);

/* Appends a token; refused: the server rejected the previous one. Never FATAL: the cause
 * may be corrected while the bridge runs. */
bool token_get(void *token_source, bool refused, struct strbuf *token, struct error *err);

#endif
