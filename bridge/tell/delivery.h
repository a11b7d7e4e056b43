/* delivery.h - delivers a message to an SMTP server or posts it to a URL
 *
 * SPDX-License-Identifier: MIT
 *
 * Blocks until the timeout, so only short-lived commands may use it. Verifies TLS, follows no
 * redirects, and uses no proxies or passwords of the environment. Errors name the host, never
 * the whole URL, which may be a secret.
 */
#ifndef BRIDGE_TELL_DELIVERY_H
#define BRIDGE_TELL_DELIVERY_H

#include "bridge/config/config.h"

/* true: the server accepted the message for every address. RETRY: the server is away or
 * answers with a temporary error; REJECT: it refuses the message or an address; FATAL: its
 * certificate does not verify, or it refuses the login. */
bool delivery_mail(const struct mail_config *server, const char *const *to, struct slice message,
		   struct error *err);

/* true: the answer is 2xx. RETRY: no answer, 408, 429 or 5xx; REJECT: any other answer. id
 * is sent as Idempotency-Key. */
bool delivery_post(const struct notify_config *webhook, const char *url, struct slice id,
		   struct slice body, struct error *err);

#endif
