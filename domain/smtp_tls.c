/* smtp_tls.c - TLS on an SMTP connection, without verification
 *
 * SPDX-License-Identifier: MIT
 */
#include "domain/smtp_tls.h"

#include <poll.h>
#include <stdlib.h>

#include <gnutls/gnutls.h>

#include "base/limits.h"
#include "base/tls_keys.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "domain/finding.h"

/* Offers old versions, so that servers limited to them are detected, but no DHE, since the
 * server alone chooses the size of the prime. */
static const char priorities[] = "NORMAL:+VERS-TLS1.1:+VERS-TLS1.0:-DHE-RSA:%VERIFY_ALLOW_BROKEN";
#define HANDSHAKE_MESSAGE_MAX (64 * KIB)
#define WARNINGS_MAX 32

struct smtp_tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	struct tls_keys keys;
};

void smtp_tls_free(struct smtp_tls *tls)
{
	if (!tls)
		return;
	if (tls->session)
		gnutls_deinit(tls->session);
	if (tls->credentials)
		gnutls_certificate_free_credentials(tls->credentials);
	free(tls);
}

static struct smtp_tls *new_tls(int fd, const char *server_name)
{
	struct smtp_tls *tls = xcalloc(1, sizeof(*tls));

	if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0 ||
	    gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
	    gnutls_priority_set_direct(tls->session, priorities, NULL) < 0 ||
	    gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0)
		abort();
	/* a name that cannot be sent: continue without SNI */
	if (server_name)
		(void)gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, server_name,
					     strlen(server_name));
	gnutls_handshake_set_max_packet_length(tls->session, HANDSHAKE_MESSAGE_MAX);
	tls_keys_limit(tls->session, &tls->keys);
	gnutls_transport_set_int(tls->session, fd);
	return tls;
}

static int handshake(struct smtp_tls *tls, int fd, int64_t until)
{
	unsigned warnings = 0;
	int result;

	while ((result = gnutls_handshake(tls->session)) != 0) {
		struct pollfd wanted = { .fd = fd };

		if (result != GNUTLS_E_AGAIN && result != GNUTLS_E_INTERRUPTED) {
			if (gnutls_error_is_fatal(result) || ++warnings > WARNINGS_MAX)
				break;
			continue;
		}
		wanted.events = gnutls_record_get_direction(tls->session) ? POLLOUT : POLLIN;
		if (wait_poll(&wanted, 1, until) <= 0)
			return GNUTLS_E_TIMEDOUT;
	}
	return result;
}

static const char *explain(const struct smtp_tls *tls, int result)
{
	if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return gnutls_alert_get_name(gnutls_alert_get(tls->session));
	return gnutls_strerror(result);
}

enum smtp_tls_result smtp_tls_handshake(int fd, const char *server_name, int64_t until,
					struct arena *arena, struct smtp_tls **tls,
					const char **why)
{
	struct smtp_tls *opened = new_tls(fd, server_name);
	const int result = handshake(opened, fd, until);
	enum smtp_tls_result told = SMTP_TLS_FAILED;

	if (result == 0) {
		*tls = opened;
		return SMTP_TLS_DONE;
	}
	if (result == GNUTLS_E_TIMEDOUT)
		told = SMTP_TLS_TIMEOUT;
	else if (opened->keys.refusal[0])
		told = SMTP_TLS_KEY;
	*why = text_quote(arena,
			  slice_of(told == SMTP_TLS_KEY ? opened->keys.refusal
							: explain(opened, result)),
			  200);
	smtp_tls_free(opened);
	return told;
}

const char *smtp_tls_version(const struct smtp_tls *tls, bool *old)
{
	const gnutls_protocol_t version = gnutls_protocol_get_version(tls->session);
	const char *name = gnutls_protocol_get_name(version);

	*old = version < GNUTLS_TLS1_2;
	return name ? name : "unknown";
}

void smtp_tls_chain(const struct smtp_tls *tls, struct arena *arena,
		    struct certificate_chain *chain)
{
	unsigned count = 0;
	const gnutls_datum_t *peers = gnutls_certificate_get_peers(tls->session, &count);

	chain->count = 0;
	for (unsigned i = 0; peers && i < count && chain->count < CERTIFICATE_CHAIN_MAX; i++)
		chain->der[chain->count++] = arena_slice(
			arena, (struct slice){ (const char *)peers[i].data, peers[i].size });
}
