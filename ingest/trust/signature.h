/* signature.h - are the DKIM signatures of a mail good (RFC 6376)?
 *
 * SPDX-License-Identifier: MIT
 *
 * For mailboxes whose hosts leave no Authentication-Results to trust.  A mail is
 * begun, which names the keys that its signatures need; somebody looks them up,
 * gives the answers, and the mail is ended.  Nothing here waits.
 */
#ifndef INGEST_TRUST_SIGNATURE_H
#define INGEST_TRUST_SIGNATURE_H

#include "ingest/report/report.h"

struct signatures;

struct signatures *signatures_new(void);
void signatures_free(struct signatures *signatures);

/* Reads the header of a mail.  raw, arena and headers, which hold the mail's
 * other fields, must stay until the mail is ended. */
void signatures_begin(struct signatures *signatures, struct slice raw, struct arena *arena,
		      struct mail_headers *headers);

/* The name in DNS of a key that is needed; NULL: no more. */
const char *signatures_key(const struct signatures *signatures, size_t index);

/* The texts at a name, each with a NUL behind it, are copied.  A key without an
 * answer cannot be had now. */
void signatures_answer(struct signatures *signatures, const char *name, struct slice texts);

/* Sets verdict and domains of the headers; does nothing when no mail has been
 * begun.  "pass": a signature over all of the body is good.  "fail": there are
 * some, and none of the sender's (headers->from_domain) is.  "none": there is none.  "unknown": a key cannot be had
 * now. */
void signatures_end(struct signatures *signatures);

/* Forgets a mail that has been begun. */
void signatures_cancel(struct signatures *signatures);

#endif
