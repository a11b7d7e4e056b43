/* delivery.h - a message handed over: to an SMTP server, or posted to a URL
 *
 * SPDX-License-Identifier: MIT
 *
 * Blocks for as long as the timeout says: for commands that do one thing.  TLS
 * is verified, redirects are not followed, proxies and passwords of the
 * environment are not used.  Errors name the host, and never the whole URL,
 * which may be a secret.
 */
#ifndef BRIDGE_TELL_DELIVERY_H
#define BRIDGE_TELL_DELIVERY_H

#include "bridge/config/config.h"

/* true: the server has accepted the message for every address.  RETRY: it is
 * away or says "later"; REJECT: it refuses the message or an address; FATAL:
 * its certificate does not verify, or the login is refused. */
bool delivery_mail(const struct mail_config *server, const char *const *to, struct slice message,
		   struct error *err);

/* true: it answered with 2xx.  RETRY, also for 408, 429 and 5xx; REJECT: any other
 * answer.  id goes along as Idempotency-Key. */
bool delivery_post(const struct notify_config *webhook, const char *url, struct slice id,
		   struct slice body, struct error *err);

#endif
