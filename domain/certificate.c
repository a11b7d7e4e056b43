/* certificate.c - checks a mail server's certificate for MTA-STS and DANE
 *
 * SPDX-License-Identifier: MIT
 *
 * GnuTLS's DANE library is unsuitable: it accepts usages 0 and 1, does not check
 * the name for usage 2, and has the same error for a missing anchor and an expired
 * chain.
 */
#include "domain/certificate.h"

#include <stdlib.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "domain/finding.h"

#define NAMES_SHOWN 10
#define NAMES_LIMIT 1024

struct parsed {
	gnutls_x509_crt_t certificates[CERTIFICATE_CHAIN_MAX];
	unsigned count;
};

static void release(struct parsed *parsed)
{
	for (unsigned i = 0; i < parsed->count; i++)
		gnutls_x509_crt_deinit(parsed->certificates[i]);
}

/* Parses up to the first unreadable certificate. */
static void parse(const struct certificate_chain *chain, struct parsed *parsed)
{
	parsed->count = 0;
	for (size_t i = 0; i < chain->count; i++) {
		const gnutls_datum_t der = { (unsigned char *)chain->der[i].data,
					     (unsigned)chain->der[i].size };
		gnutls_x509_crt_t certificate;

		if (gnutls_x509_crt_init(&certificate) < 0)
			abort();
		if (gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER) < 0) {
			gnutls_x509_crt_deinit(certificate);
			return;
		}
		parsed->certificates[parsed->count++] = certificate;
	}
}

static void hex_digest(const void *data, size_t size, char text[static 65])
{
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_bytes(&hash, data, size);
	hash_end(&hash, digest);
	hash_hex(digest, text);
}

/* Returns the SubjectPublicKeyInfo, which the caller frees; false: not available. */
static bool public_key(gnutls_x509_crt_t certificate, gnutls_datum_t *der)
{
	gnutls_pubkey_t key;
	bool good;

	if (gnutls_pubkey_init(&key) < 0)
		abort();
	good = gnutls_pubkey_import_x509(key, certificate, 0) >= 0 &&
	       gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, der) >= 0;
	gnutls_pubkey_deinit(key);
	return good;
}

/* --- facts ------------------------------------------------------------------------ */

static const char *names_of(struct arena *arena, gnutls_x509_crt_t certificate)
{
	struct strbuf out;
	const char *text;

	strbuf_init(&out, NAMES_LIMIT);
	for (unsigned i = 0; i < NAMES_SHOWN; i++) {
		char name[256];
		size_t size = sizeof(name);
		const int kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, name, &size,
								      NULL);

		if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (kind != GNUTLS_SAN_DNSNAME)
			continue;
		strbuf_add_text(&out, out.len > 0 ? ", " : "");
		strbuf_add(&out, name, strnlen(name, size));
	}
	text = text_quote(arena, strbuf_slice(&out), NAMES_LIMIT);
	strbuf_release(&out);
	return text;
}

static const char *issuer_of(struct arena *arena, gnutls_x509_crt_t certificate)
{
	gnutls_datum_t name = { NULL, 0 };
	const char *text = "";

	if (gnutls_x509_crt_get_issuer_dn3(certificate, &name, 0) >= 0)
		text = text_quote(arena, (struct slice){ (const char *)name.data, name.size }, 200);
	gnutls_free(name.data);
	return text;
}

static const char *issuer_organization_of(struct arena *arena, gnutls_x509_crt_t certificate)
{
	char name[200];
	size_t size = sizeof(name);

	if (gnutls_x509_crt_get_issuer_dn_by_oid(certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
						 0, name, &size) < 0)
		return "";
	return text_quote(arena, (struct slice){ name, strnlen(name, size) }, sizeof(name));
}

static bool is_self_signed(gnutls_x509_crt_t certificate)
{
	return gnutls_x509_crt_check_issuer(certificate, certificate) != 0;
}

static const char *chain_fault(const struct parsed *parsed, unsigned status)
{
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND) {
		if (is_self_signed(parsed->certificates[0]))
			return "the certificate is self-signed";
		if (is_self_signed(parsed->certificates[parsed->count - 1]))
			return "the chain ends at an unknown CA";
		if (parsed->count == 1)
			return "one certificate is sent: the intermediate is missing, or its CA "
			       "is unknown";
		return "the chain is incomplete, or its CA is unknown";
	}
	if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		return "the chain uses an insecure algorithm";
	if (status & GNUTLS_CERT_SIGNER_NOT_CA)
		return "a certificate in the chain is not a CA certificate";
	if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
		return "a certificate in the chain is not valid now";
	if (status & ~(unsigned)(GNUTLS_CERT_INVALID | GNUTLS_CERT_UNEXPECTED_OWNER))
		return "the chain does not verify";
	return status & GNUTLS_CERT_INVALID ? "the chain does not verify" : NULL;
}

/* Returns the verification status of the chain. */
static unsigned verify(gnutls_x509_trust_list_t trust, const struct parsed *parsed, unsigned count,
		       const char *host)
{
	gnutls_typed_vdata_st wanted[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)host, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	unsigned status = GNUTLS_CERT_INVALID;

	(void)gnutls_x509_trust_list_verify_crt2(trust, (gnutls_x509_crt_t *)parsed->certificates,
						 count, wanted, 2, GNUTLS_VERIFY_DISABLE_CRL_CHECKS,
						 &status, NULL);
	return status;
}

static unsigned verify_public(const struct parsed *parsed, const char *host, const char *ca_file)
{
	gnutls_x509_trust_list_t trust;
	unsigned status;

	if (gnutls_x509_trust_list_init(&trust, 0) < 0)
		abort();
	if (ca_file)
		(void)gnutls_x509_trust_list_add_trust_file(trust, ca_file, NULL,
							    GNUTLS_X509_FMT_PEM, 0, 0);
	else
		(void)gnutls_x509_trust_list_add_system_trust(trust, 0, 0);
	status = verify(trust, parsed, parsed->count, host);
	gnutls_x509_trust_list_deinit(trust, 1);
	return status;
}

/* Ignores the first certificate's own dates, which have their own finding. */
static unsigned without_own_dates(gnutls_x509_crt_t first, unsigned status)
{
	const time_t now = (time_t)clock_unix();

	if (gnutls_x509_crt_get_expiration_time(first) < now ||
	    gnutls_x509_crt_get_activation_time(first) > now)
		status &= ~(unsigned)(GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED);
	if ((status & ~(unsigned)GNUTLS_CERT_UNEXPECTED_OWNER) == GNUTLS_CERT_INVALID)
		status = 0;
	return status;
}

bool certificate_examine(struct arena *arena, const struct certificate_chain *chain,
			 const char *host, const char *ca_file, struct certificate_facts *facts)
{
	gnutls_datum_t key = { NULL, 0 };
	gnutls_x509_crt_t first;
	struct parsed parsed;
	unsigned status;

	parse(chain, &parsed);
	if (parsed.count == 0)
		return false;
	first = parsed.certificates[0];
	*facts = (struct certificate_facts){
		.not_before = gnutls_x509_crt_get_activation_time(first),
		.not_after = gnutls_x509_crt_get_expiration_time(first),
		.issuer = issuer_of(arena, first),
		.issuer_organization = issuer_organization_of(arena, first),
		.names = names_of(arena, first),
		/* ignore the CN (RFC 8461 section 4.2, RFC 7672 section 3.2.2) */
		.name_matches = gnutls_x509_crt_check_hostname2(
					first, host, GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES) != 0,
	};
	hex_digest(chain->der[0].data, chain->der[0].size, facts->digest);
	if (public_key(first, &key))
		hex_digest(key.data, key.size, facts->key_digest);
	gnutls_free(key.data);
	status = without_own_dates(first, verify_public(&parsed, host, ca_file));
	facts->chain_fault = chain_fault(&parsed, status);
	release(&parsed);
	return true;
}

/* --- DANE ---------------------------------------------------------------------------- */

static bool data_matches(const struct tlsa *tlsa, struct slice data)
{
	uint8_t digest[64];

	if (tlsa->matching == 0)
		return slice_equal(tlsa->data, data);
	if (gnutls_hash_fast(tlsa->matching == 1 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA512, data.data,
			     data.size, digest) < 0)
		return false;
	return slice_equal(tlsa->data,
			   (struct slice){ (const char *)digest, tlsa->matching == 1 ? 32 : 64 });
}

static bool certificate_matches(const struct tlsa *tlsa, gnutls_x509_crt_t certificate,
				struct slice der)
{
	gnutls_datum_t key = { NULL, 0 };
	bool matches;

	if (tlsa->selector == 0)
		return data_matches(tlsa, der);
	matches = public_key(certificate, &key) &&
		  data_matches(tlsa, (struct slice){ (const char *)key.data, key.size });
	gnutls_free(key.data);
	return matches;
}

/* Verifies the chain up to certificate `anchor`, which the record matches (RFC 7672 section
 * 3.1.2); an intermediate may be the anchor. */
static enum dane_verdict verify_anchor(const struct parsed *parsed, unsigned anchor,
				       const char *host)
{
	gnutls_x509_crt_t trusted = parsed->certificates[anchor];
	gnutls_x509_trust_list_t trust;
	unsigned status;

	if (gnutls_x509_trust_list_init(&trust, 0) < 0)
		abort();
	(void)gnutls_x509_trust_list_add_cas(trust, &trusted, 1, 0);
	status = verify(trust, parsed, anchor + 1, host);
	gnutls_x509_trust_list_deinit(trust, 0);
	if (status == 0)
		return DANE_VERDICT_MATCH_TA;
	if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
		return DANE_VERDICT_TA_EXPIRED;
	return status & GNUTLS_CERT_UNEXPECTED_OWNER ? DANE_VERDICT_TA_NAME : DANE_VERDICT_MISMATCH;
}

/* Usage 3 matches only the server's certificate, regardless of names and dates (RFC 7672
 * section 3.1.1). */
static enum dane_verdict judge_record(const struct parsed *parsed,
				      const struct certificate_chain *chain,
				      const struct tlsa *tlsa, const char *host)
{
	enum dane_verdict best = DANE_VERDICT_TA_ABSENT;

	if (tlsa->usage == 3)
		return certificate_matches(tlsa, parsed->certificates[0], chain->der[0])
			       ? DANE_VERDICT_MATCH_EE
			       : DANE_VERDICT_MISMATCH;
	for (unsigned i = 0; i < parsed->count; i++) {
		enum dane_verdict verdict;

		if (!certificate_matches(tlsa, parsed->certificates[i], chain->der[i]))
			continue;
		verdict = verify_anchor(parsed, i, host);
		if (verdict == DANE_VERDICT_MATCH_TA)
			return verdict;
		best = verdict;
	}
	return best;
}

enum dane_verdict dane_judge(const struct certificate_chain *chain, const struct tlsa *records,
			     size_t count, const char *host)
{
	enum dane_verdict best = DANE_VERDICT_NONE;
	bool absent = false, only_ta = true;
	struct parsed parsed;

	parse(chain, &parsed);
	for (size_t i = 0; parsed.count > 0 && i < count; i++) {
		enum dane_verdict verdict;

		if (tlsa_unusable(&records[i]))
			continue;
		verdict = judge_record(&parsed, chain, &records[i], host);
		only_ta &= records[i].usage == 2;
		absent |= verdict == DANE_VERDICT_TA_ABSENT;
		if (verdict == DANE_VERDICT_MATCH_EE || verdict == DANE_VERDICT_MATCH_TA) {
			best = verdict;
			break;
		}
		if (verdict == DANE_VERDICT_TA_NAME || verdict == DANE_VERDICT_TA_EXPIRED)
			best = verdict;
		else if (best == DANE_VERDICT_NONE)
			best = DANE_VERDICT_MISMATCH;
	}
	if (best == DANE_VERDICT_MISMATCH && absent && only_ta)
		best = DANE_VERDICT_TA_ABSENT;
	release(&parsed);
	return best;
}
