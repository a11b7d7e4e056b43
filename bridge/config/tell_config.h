/* tell_config.h - what must be true of the sections by which people are told
 *
 * SPDX-License-Identifier: MIT
 *
 * [mail], [service], [notify NAME] and [digest NAME].
 */
#ifndef BRIDGE_CONFIG_TELL_CONFIG_H
#define BRIDGE_CONFIG_TELL_CONFIG_H

#include "bridge/config/config.h"

/* When the whole file has been read: each section in turn; FATAL names the
 * section and what to change. */
bool mail_config_check(const struct config *config, struct error *err);
bool notify_config_check(const struct config *config, struct notify_config *notify,
			 struct error *err);
bool digest_config_check(const struct config *config, const struct digest_config *digest,
			 struct error *err);
bool tenant_contact_check(const struct tenant_config *tenant, struct error *err);

/* user@example.org: ASCII, without a name, quotes or comments. */
bool mail_address_valid(const char *text);

#endif
