/* mbox.h - reads an mbox file mail by mail
 *
 * SPDX-License-Identifier: MIT
 *
 * A mail begins at a "From " line at the start of the file or after an empty line;
 * Content-Length is ignored.  Quoting of such lines (">From ") is undone, which is
 * safe: no transfer encoding except identity uses '>'.
 */
#ifndef INGEST_UNWRAP_MBOX_H
#define INGEST_UNWRAP_MBOX_H

#include "ingest/report/input.h"

struct mbox;

struct mbox_mail {
	struct slice raw; /* without its "From " line; valid until the next call */
	bool too_large;   /* raw has only the first bytes */
};

/* input is at its start and must outlive the result. */
struct mbox *mbox_open(struct input *input, size_t max_mail_bytes);
void mbox_close(struct mbox *mbox);

/* *more is false at the end of the file. */
bool mbox_next(struct mbox *mbox, struct mbox_mail *mail, bool *more, struct error *err);

#endif
