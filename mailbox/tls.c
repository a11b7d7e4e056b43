/* tls.c - TLS on a connected socket, always verified
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/tls.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/certificate_file.h"
#include "base/descriptors.h"
#include "base/limits.h"
#include "base/tls_keys.h"
#include "base/xalloc.h"
#include "mailbox/transport.h"

/* PROFILE_MEDIUM refuses 1024-bit keys, which are too weak.  No DHE: in TLS 1.2
 * only the server chooses the size of the prime, GnuTLS 3.7 has no upper limit for
 * it, and servers with DHE also have ECDHE. */
static const char tls_priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-DHE-RSA:%PROFILE_MEDIUM";

/* Certificate chains take up to about 10 KiB; GnuTLS allows 128 KiB. */
#define HANDSHAKE_MESSAGE_MAX (64 * KIB)
/* Servers send no more than one or two per connection. */
#define WARNINGS_MAX 32

struct tls {
	const struct transport_settings *settings;
	gnutls_session_t session;
	gnutls_certificate_credentials_t trust;
	int result; /* of the last call that failed */
	unsigned warnings;
	struct tls_keys keys;
};

/* --- opening and closing ---------------------------------------------------- */

static bool is_address(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool load_trust(struct tls *tls, struct error *err)
{
	const char *ca_file = tls->settings->ca_file;
	int found;

	if (gnutls_certificate_allocate_credentials(&tls->trust) < 0)
		abort();
	if (ca_file)
		found = gnutls_certificate_set_x509_trust_file(tls->trust, ca_file,
							       GNUTLS_X509_FMT_PEM);
	else
		found = gnutls_certificate_set_x509_system_trust(tls->trust);
	if (found > 0)
		return true;
	if (descriptors_used_up(err))
		return false;
	if (ca_file)
		return certificate_file_failed(ca_file, err);
	return error_set(err, ERROR_FATAL,
			 "the system has no trusted certificates: install ca-certificates or set "
			 "ca_file");
}

static bool load_client_certificate(struct tls *tls, struct error *err)
{
	const struct transport_settings *settings = tls->settings;
	int result;

	if (!settings->client_cert_file)
		return true;
	result = gnutls_certificate_set_x509_key_file(tls->trust, settings->client_cert_file,
						      settings->client_key_file,
						      GNUTLS_X509_FMT_PEM);
	if (result >= 0)
		return true;
	return error_set(err, ERROR_RETRY, "client_cert_file %s with client_key_file %s: %s",
			 settings->client_cert_file, settings->client_key_file,
			 gnutls_strerror(result));
}

static bool prepare_session(struct tls *tls, int fd, struct error *err)
{
	const char *host = tls->settings->host;
	int result = gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (result == 0)
		result = gnutls_priority_set_direct(tls->session, tls_priorities, NULL);
	if (result == 0)
		result = gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->trust);
	if (result == 0 && !is_address(host))
		result = gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, host, strlen(host));
	if (result < 0)
		return error_set(err, ERROR_FATAL, "TLS cannot be set up: %s",
				 gnutls_strerror(result));
	tls_keys_limit(tls->session, &tls->keys);
	gnutls_handshake_set_max_packet_length(tls->session, HANDSHAKE_MESSAGE_MAX);
	/* Verifies chain and name before the handshake ends.  Stapled OCSP answers
	 * are not used: GnuTLS verifies them with keys of the server's choice
	 * before it checks the chain, and a compromised server does not send
	 * one. */
	gnutls_session_set_verify_cert(tls->session, host, GNUTLS_VERIFY_DISABLE_CRL_CHECKS);
	gnutls_transport_set_int(tls->session, fd);
	return true;
}

struct tls *tls_new(const struct transport_settings *settings, int fd, struct error *err)
{
	struct tls *tls = xcalloc(1, sizeof(*tls));

	tls->settings = settings;
	if (load_trust(tls, err) && load_client_certificate(tls, err) &&
	    prepare_session(tls, fd, err))
		return tls;
	tls_free(tls, false);
	return NULL;
}

void tls_free(struct tls *tls, bool polite)
{
	if (!tls)
		return;
	if (tls->session) {
		if (polite)
			(void)gnutls_bye(tls->session, GNUTLS_SHUT_WR);
		gnutls_deinit(tls->session);
	}
	if (tls->trust)
		gnutls_certificate_free_credentials(tls->trust);
	free(tls);
}

/* --- data ------------------------------------------------------------------- */

/* A warning alert has no effect: call again.  Renegotiation and too many warnings
 * are refused like a broken record. */
static bool is_warning(struct tls *tls, ssize_t result)
{
	if (result >= 0 || result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED ||
	    result == GNUTLS_E_REHANDSHAKE || gnutls_error_is_fatal((int)result))
		return false;
	return tls->warnings++ < WARNINGS_MAX;
}

/* Keeps the fault; returns what tls_receive() and tls_send() return. */
static ssize_t take_result(struct tls *tls, ssize_t result)
{
	if (result >= 0)
		return result;
	if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
		return TLS_AGAIN;
	tls->result = (int)result;
	if (result == GNUTLS_E_PREMATURE_TERMINATION || result == GNUTLS_E_PULL_ERROR)
		return TLS_HANGUP;
	return TLS_FAILED;
}

int tls_handshake(struct tls *tls)
{
	int result;

	do
		result = gnutls_handshake(tls->session);
	while (is_warning(tls, result));
	return (int)take_result(tls, result);
}

ssize_t tls_receive(struct tls *tls, void *buffer, size_t size)
{
	ssize_t got;

	do
		got = gnutls_record_recv(tls->session, buffer, size);
	while (is_warning(tls, got));
	return take_result(tls, got);
}

ssize_t tls_send(struct tls *tls, const void *buffer, size_t size)
{
	return take_result(tls, gnutls_record_send(tls->session, buffer, size));
}

short tls_wants(const struct tls *tls)
{
	return gnutls_record_get_direction(tls->session) ? POLLOUT : POLLIN;
}

/* --- errors ----------------------------------------------------------------- */

const char *tls_failure(const struct tls *tls)
{
	return gnutls_strerror(tls->result);
}

/* Returns the first name in the certificate, to report beside the expected one. */
static void certificate_name(const struct tls *tls, char name[static 128])
{
	unsigned count = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(tls->session, &count);
	gnutls_x509_crt_t certificate;
	size_t size = 127;

	name[0] = '\0';
	if (!chain || count == 0 || gnutls_x509_crt_init(&certificate) < 0)
		return;
	if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_get_subject_alt_name(certificate, 0, name, &size, NULL) !=
		    GNUTLS_SAN_DNSNAME)
		size = 0;
	name[size] = '\0';
	gnutls_x509_crt_deinit(certificate);
}

static bool certificate_refused(const struct tls *tls, struct error *err)
{
	const unsigned status = gnutls_session_get_verify_cert_status(tls->session);
	gnutls_datum_t text = { NULL, 0 };
	char name[128];

	if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		certificate_name(tls, name);
		return error_set(err, ERROR_RETRY,
				 "the certificate is for another name%s%s: set host to a name in "
				 "the server's certificate",
				 name[0] ? ", " : "", name);
	}
	if (status & GNUTLS_CERT_EXPIRED)
		return error_set(err, ERROR_RETRY,
				 "the certificate has expired: renew it on the server");
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return error_set(err, ERROR_RETRY,
				 "the certificate's issuer is unknown: set ca_file to the issuer's "
				 "certificate");
	(void)gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
	error_set(err, ERROR_RETRY, "the certificate is refused: %s",
		  text.data ? (const char *)text.data : "no reason given");
	gnutls_free(text.data);
	return false;
}

bool tls_explain(const struct tls *tls, bool starttls, struct error *err)
{
	switch (tls->result) {
	case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR: return certificate_refused(tls, err);
	case GNUTLS_E_CERTIFICATE_ERROR:
		if (!tls->keys.refusal[0])
			break;
		return error_set(err, ERROR_RETRY, "%s", tls->keys.refusal);
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_UNEXPECTED_PACKET:
		if (starttls)
			break;
		return error_set(err, ERROR_RETRY,
				 "the server does not begin with TLS: set tls = starttls, or port "
				 "to that of IMAP over TLS (993)");
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return error_set(err, ERROR_RETRY,
				 "the server has no TLS 1.2 or newer: allow it on the server");
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		if (gnutls_alert_get(tls->session) == GNUTLS_A_PROTOCOL_VERSION)
			return error_set(err, ERROR_RETRY,
					 "the server has no TLS 1.2 or newer: allow it on the "
					 "server");
		return error_set(err, ERROR_RETRY, "the server refuses TLS: %s",
				 gnutls_alert_get_name(gnutls_alert_get(tls->session)));
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return error_set(err, ERROR_RETRY, "the server closed the connection");
	default: break;
	}
	return error_set(err, ERROR_RETRY, "%s", gnutls_strerror(tls->result));
}
