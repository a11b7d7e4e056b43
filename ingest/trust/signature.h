/* signature.h - are the DKIM signatures of a mail good (RFC 6376)?
 *
 * SPDX-License-Identifier: MIT
 *
 * For mailboxes whose hosts leave no Authentication-Results to trust.  Keys are
 * asked for by settings->look_up_key, which may wait: no longer than a few
 * seconds for one mail, and over many mails no longer than half of the time, so
 * that senders whose name servers are silent hold up nobody.
 */
#ifndef INGEST_TRUST_SIGNATURE_H
#define INGEST_TRUST_SIGNATURE_H

#include "ingest/report/report.h"

struct signatures;

/* settings must outlive it. */
struct signatures *signatures_new(const struct ingest_settings *settings);
void signatures_free(struct signatures *signatures);

/* Sets verdict and domains of headers, which hold the mail's other fields.
 * "pass": a signature over all of the body is good.  "fail": there are some,
 * and none is.  "none": there is none.  "unknown": a key cannot be had now. */
void signatures_verify(struct signatures *signatures, struct slice raw, struct arena *arena,
		       struct mail_headers *headers);

#endif
