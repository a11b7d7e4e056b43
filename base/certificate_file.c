/* certificate_file.c - expiry time of a certificate file
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/certificate_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/x509.h>

#define CERTIFICATES_MAX 16

static bool earliest(gnutls_x509_crt_t *certificates, unsigned count, int64_t *expires)
{
	bool found = false;

	for (unsigned i = 0; i < count; i++) {
		const int64_t end = gnutls_x509_crt_get_expiration_time(certificates[i]);

		if (end >= 0 && (!found || end < *expires))
			*expires = end;
		found |= end >= 0;
		gnutls_x509_crt_deinit(certificates[i]);
	}
	return found;
}

bool certificate_file_expires(const char *path, int64_t *expires)
{
	gnutls_x509_crt_t certificates[CERTIFICATES_MAX];
	unsigned count = CERTIFICATES_MAX;
	gnutls_datum_t text;
	int result;

	if (gnutls_load_file(path, &text) < 0)
		return false;
	result = gnutls_x509_crt_list_import(certificates, &count, &text, GNUTLS_X509_FMT_PEM, 0);
	gnutls_free(text.data);
	return result >= 0 && earliest(certificates, (unsigned)result, expires);
}

bool certificate_file_failed(const char *path, struct error *err)
{
	if (access(path, R_OK) < 0)
		return error_set(err, ERROR_FATAL, "ca_file %s: %s", path, strerror(errno));
	return error_set(err, ERROR_FATAL,
			 "ca_file %s holds no certificate: it takes PEM, lines between BEGIN "
			 "CERTIFICATE and END CERTIFICATE",
			 path);
}
