/* certificate_file.h - expiry time of a certificate file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_CERTIFICATE_FILE_H
#define BASE_CERTIFICATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Sets the time (Unix seconds) at which the first certificate of a PEM file, or a
 * certificate it needs, expires.  false: the file has no readable certificate. */
bool certificate_file_expires(const char *path, int64_t *expires);

/* Explains why a ca_file is unusable: it cannot be opened, or holds no PEM
 * certificate.  Always returns false. */
bool certificate_file_failed(const char *path, struct error *err);

#endif
