/* poison.c - mails that crashed the worker that read them
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/poison.h"

#include <string.h>

#define DEATHS_ENOUGH 2

/* Compares names as cut by both sides. */
static bool is_it(const struct poison_suspect *suspect, const char *mailbox, uint32_t epoch,
		  const char *name)
{
	return suspect->deaths > 0 && suspect->epoch == epoch &&
	       strncmp(suspect->mailbox, mailbox, WORKER_TEXT_MAX - 1) == 0 &&
	       strncmp(suspect->name, name, WORKER_TEXT_MAX - 1) == 0;
}

unsigned poison_blame(struct poison *poison, const struct mail_in_hand *in_hand)
{
	struct poison_suspect *suspect;

	for (size_t i = 0; i < POISON_SUSPECTS; i++)
		if (is_it(&poison->suspects[i], in_hand->mailbox, in_hand->epoch, in_hand->name))
			return ++poison->suspects[i].deaths;
	suspect = &poison->suspects[poison->next];
	poison->next = (poison->next + 1) % POISON_SUSPECTS;
	suspect->deaths = 1;
	suspect->epoch = in_hand->epoch;
	memcpy(suspect->mailbox, in_hand->mailbox, sizeof(suspect->mailbox));
	memcpy(suspect->name, in_hand->name, sizeof(suspect->name));
	return 1;
}

bool poison_known(const struct poison *poison, const char *mailbox, const struct mail *mail)
{
	for (size_t i = 0; i < POISON_SUSPECTS; i++)
		if (poison->suspects[i].deaths >= DEATHS_ENOUGH &&
		    is_it(&poison->suspects[i], mailbox, mail->epoch, mail->name))
			return true;
	return false;
}
