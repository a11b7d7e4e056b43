/* signature_key.h - reads the public key of a signature from DNS records
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TRUST_SIGNATURE_KEY_H
#define INGEST_TRUST_SIGNATURE_KEY_H

#include "base/strbuf.h"

/* For a rewritten key record; an RSA key of 4096 bits takes 760. */
#define SIGNATURE_KEY_BYTES 1024

/* Finds the key record (RFC 6376 section 3.6.1) among the texts, each terminated by a NUL,
 * and appends its relevant tags to `key`.  false: no text is a key for SHA-256 signatures
 * of mail, or the key is revoked.  tls_report: also accept a key for SMTP TLS reports only
 * (RFC 8460 section 3). */
bool signature_key_read(struct slice texts, bool tls_report, struct strbuf *key);

#endif
