/* expiry.c - expiry of our client certificates
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/expiry.h"

#include "base/certificate_file.h"
#include "base/datetime.h"
#include "base/log.h"

#define DAY INT64_C(86400)
#define WARN_DAYS 14

void expiry_open(struct expiry *expiry, const struct config *config)
{
	*expiry = (struct expiry){ config->mailboxes, &config->output };
}

/* All folders of a mailbox use the same file. */
static bool next_file(struct expiry *expiry, struct expiring *found)
{
	while (expiry->mailbox) {
		const struct mailbox_config *mailbox = expiry->mailbox;

		expiry->mailbox = mailbox->next;
		found->kind = "mailbox";
		found->name = mailbox->name;
		found->file = mailbox->source == SOURCE_KAFKA
				      ? mailbox->kafka.connection.client_cert_file
				      : mailbox->imap.client_cert_file;
		if (!mailbox->is_further && found->file)
			return true;
	}
	while (expiry->output) {
		const struct output_config *output = expiry->output;

		expiry->output = output->next;
		found->kind = "output";
		found->name = output->name;
		found->file = output->login.as.client_cert_file;
		if (found->file)
			return true;
	}
	return false;
}

bool expiry_next(struct expiry *expiry, struct expiring *found)
{
	while (next_file(expiry, found))
		if (certificate_file_expires(found->file, &found->expires))
			return true;
	return false;
}

void expiry_warn(const struct config *config, int64_t now)
{
	struct expiry expiry;
	struct expiring found;

	expiry_open(&expiry, config);
	while (expiry_next(&expiry, &found)) {
		char buffer[DATETIME_SIZE];
		const char *const when = buffer;

		if (found.expires - now > WARN_DAYS * DAY)
			continue;
		datetime_format(found.expires, buffer);
		log_event(LOG_LEVEL_WARNING, "certificate-expires",
			  LOG_TEXT(found.kind, found.name), LOG_TEXT("file", found.file),
			  LOG_TEXT("expires", when),
			  LOG_NUMBER("days", (found.expires - now) / DAY));
	}
}
