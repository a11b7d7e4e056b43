/* tell_config.h - checks the sections of notifications and digests
 *
 * SPDX-License-Identifier: MIT
 *
 * [mail], [service], [notify NAME] and [digest NAME].
 */
#ifndef BRIDGE_CONFIG_TELL_CONFIG_H
#define BRIDGE_CONFIG_TELL_CONFIG_H

#include "bridge/config/config.h"

/* Call for each section after the whole file has been read; FATAL names the section and
 * what to change. */
bool mail_config_check(const struct config *config, struct error *err);
bool notify_config_check(const struct config *config, struct notify_config *notify,
			 struct error *err);
bool digest_config_check(const struct config *config, const struct digest_config *digest,
			 struct error *err);
bool tenant_contact_check(const struct tenant_config *tenant, struct error *err);

/* Accepts user@example.org: ASCII, without a display name, quotes or comments. */
bool mail_address_valid(const char *text);

#endif
