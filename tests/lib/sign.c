/* sign.c - what a reporter does to a mail before it sends it: DKIM
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/sign.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dkim.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "base/limits.h"

/* Of the leak sanitizer, where there is one. */
__attribute__((weak)) void __lsan_disable(void);
__attribute__((weak)) void __lsan_enable(void);

static void add_datum(struct strbuf *out, gnutls_datum_t *datum)
{
	strbuf_add(out, (const char *)datum->data, datum->size);
	gnutls_free(datum->data);
}

void sign_key_make(struct sign_key *key, bool ed25519, unsigned bits)
{
	gnutls_datum_t text, raw;
	gnutls_x509_privkey_t made;
	gnutls_privkey_t private;
	gnutls_pubkey_t public;

	strbuf_init(&key->private_key, 8 * KIB);
	strbuf_init(&key->public_key, 8 * KIB);
	key->ed25519 = ed25519;
	assert_int_equal(gnutls_x509_privkey_init(&made), 0);
	assert_int_equal(gnutls_x509_privkey_generate(made,
						      ed25519 ? GNUTLS_PK_EDDSA_ED25519
							      : GNUTLS_PK_RSA,
						      ed25519 ? 256 : bits, 0),
			 0);
	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(made, GNUTLS_X509_FMT_PEM, NULL,
							   GNUTLS_PKCS_PLAIN, &text),
			 0);
	add_datum(&key->private_key, &text);
	assert_int_equal(gnutls_privkey_init(&private), 0);
	assert_int_equal(gnutls_privkey_import_x509(private, made, 0), 0);
	assert_int_equal(gnutls_pubkey_init(&public), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(public, private, 0, 0), 0);
	if (ed25519)
		assert_int_equal(gnutls_pubkey_export_ecc_raw2(public, NULL, &raw, NULL, 0), 0);
	else
		assert_int_equal(gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &raw), 0);
	assert_int_equal(gnutls_base64_encode2(&raw, &text), 0);
	gnutls_free(raw.data);
	add_datum(&key->public_key, &text);
	gnutls_pubkey_deinit(public);
	gnutls_privkey_deinit(private);
	gnutls_x509_privkey_deinit(made);
}

void sign_key_release(struct sign_key *key)
{
	strbuf_release(&key->private_key);
	strbuf_release(&key->public_key);
}

static void set_options(DKIM_LIB *library, const struct signing *signing)
{
	u_int flags = signing->length > 0 ? DKIM_LIBFLAGS_SIGNLEN : 0;
	uint64_t lasts = signing->lasts, made = signing->made;
	u_int bits = 512;

	dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof(flags));
	dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits, sizeof(bits));
	dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_SIGNATURETTL, &lasts, sizeof(lasts));
	dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &made, sizeof(made));
}

static DKIM *begin(DKIM_LIB *library, const struct signing *signing)
{
	const int canon = signing->simple ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
	const int algorithm = signing->key->ed25519 ? DKIM_SIGN_ED25519SHA256
			      : signing->sha1       ? DKIM_SIGN_RSASHA1
						    : DKIM_SIGN_RSASHA256;
	DKIM_STAT status;
	DKIM *mail = dkim_sign(library, (const u_char *)"test", NULL,
			       (u_char *)signing->key->private_key.buf,
			       (const u_char *)signing->selector, (const u_char *)signing->domain,
			       canon, canon, algorithm,
			       signing->length > 0 ? (ssize_t)signing->length : -1, &status);

	assert_non_null(mail);
	return mail;
}

static void give_header(DKIM *mail, struct slice header)
{
	while (header.size > 0) {
		size_t end = 0;

		do
			end += slice_find_text((struct slice){ header.data + end,
							       header.size - end },
					       "\r\n") +
			       2;
		while (end < header.size && (header.data[end] == ' ' || header.data[end] == '\t'));
		assert_int_equal(dkim_header(mail, (u_char *)header.data, end - 2), DKIM_STAT_OK);
		header = (struct slice){ header.data + end, header.size - end };
	}
}

void sign_mail(struct strbuf *out, const struct signing *signing, struct slice mail)
{
	const size_t header = slice_find_text(mail, "\r\n\r\n") + 2;
	DKIM_LIB *library;
	DKIM *signer;
	u_char *field;
	size_t size;

	/* The library's signer forgets Ed25519 keys. */
	if (__lsan_disable)
		__lsan_disable();
	library = dkim_init(NULL, NULL);
	assert_non_null(library);
	set_options(library, signing);
	signer = begin(library, signing);
	give_header(signer, (struct slice){ mail.data, header });
	assert_int_equal(dkim_eoh(signer), DKIM_STAT_OK);
	if (mail.size > header + 2)
		assert_int_equal(dkim_body(signer, (u_char *)mail.data + header + 2,
					   mail.size - header - 2),
				 DKIM_STAT_OK);
	if (dkim_eom(signer, NULL) != DKIM_STAT_OK)
		fail_msg("cannot sign: %s", dkim_geterror(signer));
	assert_int_equal(dkim_getsighdr_d(signer, strlen(DKIM_SIGNHEADER ": "), &field, &size),
			 DKIM_STAT_OK);
	strbuf_add_text(out, DKIM_SIGNHEADER ": ");
	strbuf_add(out, (const char *)field, size);
	strbuf_add_text(out, "\r\n");
	strbuf_add_slice(out, mail);
	dkim_free(signer);
	dkim_close(library);
	if (__lsan_enable)
		__lsan_enable();
}
