/* signature_key.h - the public key of a signature, as DNS has it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TRUST_SIGNATURE_KEY_H
#define INGEST_TRUST_SIGNATURE_KEY_H

#include "base/strbuf.h"

/* Of a key record, rewritten; an RSA key of 4096 bits takes 760. */
#define SIGNATURE_KEY_BYTES 1024

/* Takes the key record (RFC 6376 section 3.6.1) out of the texts at its name,
 * each with a NUL behind it, and adds what matters of it to `key`.  false: none
 * of them is a key for SHA-256 signatures of mail, or it has been revoked.
 * tls_report: a key for SMTP TLS reports alone (RFC 8460 section 3) will do. */
bool signature_key_read(struct slice texts, bool tls_report, struct strbuf *key);

#endif
