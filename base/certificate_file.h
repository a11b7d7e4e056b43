/* certificate_file.h - until when a certificate in a file is good
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_CERTIFICATE_FILE_H
#define BASE_CERTIFICATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Unix seconds at which the first certificate of a PEM file, or one that it needs,
 * expires.  false: there is none that can be read. */
bool certificate_file_expires(const char *path, int64_t *expires);

/* Why a ca_file was of no use: it cannot be opened, or holds no certificate in
 * PEM form.  Always false. */
bool certificate_file_failed(const char *path, struct error *err);

#endif
