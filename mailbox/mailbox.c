/* mailbox.c - common interface of all mail sources
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/mailbox.h"

const char *mail_fate_folder(enum mail_fate fate)
{
	static const char *const folders[MAIL_FATES] = {
		[MAIL_KEEP] = NULL,         [MAIL_AGGREGATE] = "Aggregate",
		[MAIL_FAILURE] = "Failure", [MAIL_SMTP_TLS] = "SMTP-TLS",
		[MAIL_INVALID] = "Invalid",
	};

	return folders[fate];
}
