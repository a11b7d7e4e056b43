/* mailbox_list.h - the mailboxes of From, To and their like, one by one
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_REPORT_MAILBOX_LIST_H
#define INGEST_REPORT_MAILBOX_LIST_H

#include <stdbool.h>

#include "base/slice.h"

struct mailbox_name {
	struct slice display_name; /* without its quotes; may be empty */
	struct slice address;	   /* without < > */
};

/* Cuts the first mailbox off *rest: "Name <address>", "address", with quoted
 * names.  Foreign text: whatever is there is given, nothing is checked.
 * false: none is left. */
bool mailbox_list_next(struct slice *rest, struct mailbox_name *mailbox);

#endif
