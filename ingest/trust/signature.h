/* signature.h - verifies the DKIM signatures of a mail (RFC 6376)
 *
 * SPDX-License-Identifier: MIT
 *
 * For mailboxes whose hosts add no trusted Authentication-Results.
 * signatures_begin() determines the keys that the signatures need; the caller looks
 * them up, passes the answers and ends the mail.  These functions never wait.
 */
#ifndef INGEST_TRUST_SIGNATURE_H
#define INGEST_TRUST_SIGNATURE_H

#include "ingest/report/report.h"

struct signatures;

const char *signatures_library_version(void);

struct signatures *signatures_new(void);
void signatures_free(struct signatures *signatures);

/* Reads the header of a mail.  raw, arena and headers, which contains the mail's other
 * fields, must stay valid until the mail is ended. */
void signatures_begin(struct signatures *signatures, struct slice raw, struct arena *arena,
		      struct mail_headers *headers);

/* Returns the DNS name of the index-th key to look up, or NULL after the last one. */
const char *signatures_key(const struct signatures *signatures, size_t index);

/* Passes the TXT records at name, each terminated by a NUL; they are copied.  A key without
 * an answer counts as temporarily unavailable. */
void signatures_answer(struct signatures *signatures, const char *name, struct slice texts);

/* Sets verdict and domains of the headers; does nothing without a mail.  "pass": a
 * signature over the whole body is good.  "fail": there are signatures, but no good one of
 * the sender (headers->from_domain).  "none": no signature.  "unknown": a key is
 * temporarily unavailable. */
void signatures_end(struct signatures *signatures);

/* Drops the current mail. */
void signatures_cancel(struct signatures *signatures);

#endif
