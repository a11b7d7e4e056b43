/* tls_keys.c - refuses certificates with oversized keys
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/tls_keys.h"

#include <stdio.h>
#include <stdlib.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* OpenSSL's limits (OPENSSL_RSA_MAX_MODULUS_BITS, OPENSSL_RSA_MAX_PUBEXP_BITS). */
#define KEY_BITS_MAX 16384
#define EXPONENT_BYTES_MAX 8

static bool public_key_affordable(struct tls_keys *keys, gnutls_pubkey_t key)
{
	gnutls_datum_t exponent = { NULL, 0 };
	unsigned bits = 0;
	const int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);
	size_t exponent_bytes;

	if (bits > KEY_BITS_MAX) {
		snprintf(keys->refusal, sizeof(keys->refusal),
			 "the server's certificate has a key of %u bits, more than %d: give the "
			 "server an ordinary key",
			 bits, KEY_BITS_MAX);
		return false;
	}
	if (algorithm != GNUTLS_PK_RSA && algorithm != GNUTLS_PK_RSA_PSS)
		return true;
	if (gnutls_pubkey_export_rsa_raw2(key, NULL, &exponent, GNUTLS_EXPORT_FLAG_NO_LZ) < 0)
		return false;
	exponent_bytes = exponent.size;
	gnutls_free(exponent.data);
	if (exponent_bytes <= EXPONENT_BYTES_MAX)
		return true;
	snprintf(keys->refusal, sizeof(keys->refusal),
		 "the RSA key of the server's certificate has an exponent of more than %d bits: "
		 "give the server an ordinary key",
		 8 * EXPONENT_BYTES_MAX);
	return false;
}

static bool certificate_affordable(struct tls_keys *keys, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t certificate;
	gnutls_pubkey_t key;
	bool affordable;

	if (gnutls_x509_crt_init(&certificate) < 0 || gnutls_pubkey_init(&key) < 0)
		abort();
	affordable = gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) >= 0 &&
		     gnutls_pubkey_import_x509(key, certificate, 0) >= 0 &&
		     public_key_affordable(keys, key);
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(certificate);
	return affordable;
}

/* A gnutls_handshake_hook_func, called before each handshake message is processed.
 * At the Certificate message the list is still empty; every message that uses a key
 * comes later. */
static int check_keys(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
		      const gnutls_datum_t *message)
{
	struct tls_keys *keys = gnutls_session_get_ptr(session);
	unsigned count = 0;
	const gnutls_datum_t *chain;

	(void)type, (void)when, (void)message;
	if (!incoming || keys->checked)
		return 0;
	chain = gnutls_certificate_get_peers(session, &count);
	if (!chain || count == 0)
		return 0;
	keys->checked = true;
	for (unsigned i = 0; i < count; i++)
		if (!certificate_affordable(keys, &chain[i]))
			return GNUTLS_E_CERTIFICATE_ERROR;
	return 0;
}

void tls_keys_limit(struct gnutls_session_int *session, struct tls_keys *keys)
{
	gnutls_session_set_ptr(session, keys);
	gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE,
					   check_keys);
}
