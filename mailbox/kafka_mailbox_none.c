/* kafka_mailbox_none.c - replaces kafka_mailbox.c in builds without librdkafka
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "mailbox/mailbox.h"

/* Not reached: the configuration checks kafka_version() first. */
struct mailbox *kafka_mailbox_new(const struct kafka_mailbox_settings *settings)
{
	(void)settings;
	abort();
}
