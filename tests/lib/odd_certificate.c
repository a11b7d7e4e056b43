/* odd_certificate.c - TLS servers with keys that no honest server has
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/odd_certificate.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define NUMBER_BYTES_MAX 80000

static gnutls_x509_privkey_t issuer_key;
static gnutls_x509_crt_t issuer;

static void check(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "odd_certificate: %s\n", gnutls_strerror(result));
	abort();
}

/* Unsigned, for issuer and subject "name". */
static gnutls_x509_crt_t new_certificate(const char *name, int is_issuer)
{
	static unsigned char serial = 1;
	gnutls_x509_crt_t crt;

	check(gnutls_x509_crt_init(&crt));
	check(gnutls_x509_crt_set_version(crt, 3));
	check(gnutls_x509_crt_set_serial(crt, &serial, 1));
	serial++;
	check(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
					    (unsigned)strlen(name)));
	check(gnutls_x509_crt_set_activation_time(crt, time(NULL) - 3600));
	check(gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 86400));
	check(gnutls_x509_crt_set_basic_constraints(crt, is_issuer, -1));
	if (is_issuer)
		check(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN));
	else
		check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
							   (unsigned)strlen(name), 0));
	return crt;
}

void odd_certificate_write_issuer(const char *path)
{
	gnutls_datum_t pem;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	check(gnutls_x509_privkey_init(&issuer_key));
	check(gnutls_x509_privkey_generate(issuer_key, GNUTLS_PK_ECDSA,
					   GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	issuer = new_certificate("issuer", 1);
	check(gnutls_x509_crt_set_key(issuer, issuer_key));
	check(gnutls_x509_crt_sign2(issuer, issuer, issuer_key, GNUTLS_DIG_SHA256, 0));
	check(gnutls_x509_crt_export2(issuer, GNUTLS_X509_FMT_PEM, &pem));
	assert_int_equal(fwrite(pem.data, 1, pem.size, file), pem.size);
	assert_int_equal(fclose(file), 0);
	gnutls_free(pem.data);
}

/* Odd, and of exactly so many bits. */
static gnutls_datum_t number(unsigned char *bytes, unsigned bits)
{
	const unsigned size = (bits + 7) / 8;

	if (size == 0 || size > NUMBER_BYTES_MAX)
		abort(); /* in the child, where no test runs */
	memset(bytes, 0xa5, size);
	bytes[0] = (unsigned char)(1u << ((bits - 1) % 8));
	bytes[size - 1] |= 1;
	return (gnutls_datum_t){ bytes, size };
}

static void set_odd_key(gnutls_x509_crt_t crt, const struct odd_certificate *odd)
{
	static unsigned char modulus[NUMBER_BYTES_MAX], exponent[NUMBER_BYTES_MAX];
	const gnutls_datum_t m = number(modulus, odd->modulus_bits);
	const gnutls_datum_t e = number(exponent, odd->exponent_bits);
	gnutls_pubkey_t key;

	check(gnutls_pubkey_init(&key));
	check(gnutls_pubkey_import_rsa_raw(key, &m, &e));
	check(gnutls_x509_crt_set_pubkey(crt, key));
	gnutls_pubkey_deinit(key);
}

/* --- a private key that is none ------------------------------------------------ */

static int sign_nothing(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *userdata,
			unsigned flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	const struct odd_certificate *odd = userdata;
	const unsigned size = (odd->modulus_bits + 7) / 8;

	(void)key, (void)algorithm, (void)flags, (void)data;
	signature->data = gnutls_calloc(1, size);
	signature->size = size;
	if (!signature->data)
		return GNUTLS_E_MEMORY_ERROR;
	signature->data[size - 1] = 1;
	return 0;
}

static int decrypt_nothing(gnutls_privkey_t key, void *userdata, const gnutls_datum_t *in,
			   gnutls_datum_t *out)
{
	(void)key, (void)userdata, (void)in, (void)out;
	return GNUTLS_E_DECRYPTION_FAILED;
}

static int describe(gnutls_privkey_t key, unsigned flags, void *userdata)
{
	const struct odd_certificate *odd = userdata;

	(void)key;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return GNUTLS_PK_RSA;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)odd->modulus_bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return 1;
	return -1;
}

/* --- the server ------------------------------------------------------------------ */

static gnutls_privkey_t set_ordinary_key(gnutls_x509_crt_t crt)
{
	gnutls_x509_privkey_t x509_key;
	gnutls_privkey_t key;

	check(gnutls_x509_privkey_init(&x509_key));
	check(gnutls_x509_privkey_generate(x509_key, GNUTLS_PK_RSA, 2048, 0));
	check(gnutls_x509_crt_set_key(crt, x509_key));
	check(gnutls_privkey_init(&key));
	check(gnutls_privkey_import_x509(key, x509_key, 0));
	return key;
}

static gnutls_certificate_credentials_t credentials_of(const struct odd_certificate *odd)
{
	gnutls_x509_crt_t chain[2] = { new_certificate("localhost", 0), NULL };
	gnutls_certificate_credentials_t credentials;
	static gnutls_pcert_st sent[2];
	gnutls_privkey_t key;
	unsigned count = 1;

	if (odd->modulus_bits == 0 || odd->in_issuer) {
		key = set_ordinary_key(chain[0]);
	} else {
		set_odd_key(chain[0], odd);
		check(gnutls_privkey_init(&key));
		check(gnutls_privkey_import_ext4(key, (void *)odd, sign_nothing, sign_nothing,
						 decrypt_nothing, NULL, describe, 0));
	}
	check(gnutls_x509_crt_sign2(chain[0], issuer, issuer_key, GNUTLS_DIG_SHA256, 0));
	if (odd->in_issuer) {
		chain[count] = new_certificate("another", 1);
		set_odd_key(chain[count], odd);
		check(gnutls_x509_crt_sign2(chain[count], issuer, issuer_key, GNUTLS_DIG_SHA256,
					    0));
		count++;
	}
	check(gnutls_certificate_allocate_credentials(&credentials));
	gnutls_certificate_set_flags(credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	check(gnutls_pcert_import_x509_list(sent, chain, &count, 0));
	check(gnutls_certificate_set_key(credentials, NULL, 0, sent, (int)count, key));
	return credentials;
}

_Noreturn void odd_certificate_serve(int fd, const struct odd_certificate *odd)
{
	gnutls_session_t session;
	int result;

	check(gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL));
	check(gnutls_priority_set_direct(session, odd->priorities, NULL));
	check(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_of(odd)));
	gnutls_transport_set_int(session, fd);
	do
		result = gnutls_handshake(session);
	while (result < 0 && !gnutls_error_is_fatal(result));
	if (result < 0)
		gnutls_alert_send_appropriate(session, result);
	_exit(0);
}
