/* mailbox_list.h - splits the mailboxes of From, To and similar fields
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_REPORT_MAILBOX_LIST_H
#define INGEST_REPORT_MAILBOX_LIST_H

#include <stdbool.h>

#include "base/slice.h"

struct mailbox_name {
	struct slice display_name; /* without quotes; may be empty */
	struct slice address;      /* without < > */
};

/* Removes the first mailbox from *rest: "Name <address>" or "address", with quoted names.
 * The text is untrusted and nothing is validated.  false: the list is empty. */
bool mailbox_list_next(struct slice *rest, struct mailbox_name *mailbox);

#endif
