/* imap_script.c - an IMAP server that does what no real one would
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/imap_script.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>

#define RECEIVED_BYTES 65536
#define DRIP_NS 20000000
#define PAUSE_NS 100000000

static const struct imap_rule good_server[] = {
	{ NULL, "* OK ready\r\n", IMAP_SCRIPT_GO_ON },
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
	{ "LIST", "* LIST () \"/\" \"x\"\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
	{ "SELECT", "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n$ OK [READ-WRITE] done\r\n",
	  IMAP_SCRIPT_GO_ON },
	{ "SEARCH", "* SEARCH 11 12\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
	{ "RFC822.SIZE",
	  "* 1 FETCH (UID 11 RFC822.SIZE 5)\r\n* 2 FETCH (UID 12 RFC822.SIZE 5)\r\n$ OK done\r\n",
	  IMAP_SCRIPT_GO_ON },
	{ "BODY.PEEK",
	  "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n"
	  "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n",
	  IMAP_SCRIPT_GO_ON },
	{ "MOVE", "* 1 EXPUNGE\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
	{ "UID EXPUNGE", "* 1 EXPUNGE\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
	{ "IDLE", "+ idling\r\n", IMAP_SCRIPT_GO_ON },
	{ "LOGOUT", "* BYE done\r\n$ OK done\r\n", IMAP_SCRIPT_HANG_UP },
	{ "", "$ OK done\r\n", IMAP_SCRIPT_GO_ON },
};

static const struct imap_rule *find_rule(const struct imap_script *script, const char *line)
{
	const struct imap_rule *rule;

	for (rule = script->rules; rule && rule->reply; rule++)
		if (line ? rule->word && strstr(line, rule->word) : !rule->word)
			return rule;
	for (rule = good_server;; rule++)
		if (line ? rule->word && strstr(line, rule->word) : !rule->word)
			return rule;
}

static bool send_bytes(int fd, const char *bytes, size_t size, bool drip)
{
	const struct timespec pause = { 0, DRIP_NS };

	while (size > 0) {
		const ssize_t sent = send(fd, bytes, drip ? 1 : size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
		if (drip)
			nanosleep(&pause, NULL);
	}
	return true;
}

static bool send_reply(int fd, const struct imap_rule *rule, const char *tag)
{
	const bool drip = rule->then == IMAP_SCRIPT_DRIP;
	const struct timespec pause = { 0, PAUSE_NS };

	do {
		const char *rest = rule->reply, *mark;

		while ((mark = strpbrk(rest, "$~\x01")) != NULL) {
			if (!send_bytes(fd, rest, (size_t)(mark - rest), drip))
				return false;
			if (*mark == '~')
				nanosleep(&pause, NULL);
			else if (!send_bytes(fd, *mark == '$' ? tag : "",
					     *mark == '$' ? strlen(tag) : 1, drip))
				return false;
			rest = mark + 1;
		}
		if (!send_bytes(fd, rest, strlen(rest), drip))
			return false;
	} while (rule->then == IMAP_SCRIPT_REPEAT);
	return rule->then != IMAP_SCRIPT_HANG_UP;
}

static void converse(int fd, FILE *lines, const struct imap_script *script, char *received)
{
	char line[16384], tag[64] = "";
	size_t used = 0;

	if (!send_reply(fd, find_rule(script, NULL), tag))
		return;
	while (fgets(line, sizeof(line), lines)) {
		const size_t size = strlen(line);

		if (used + size < RECEIVED_BYTES) {
			memcpy(received + used, line, size + 1);
			used += size;
		}
		/* DONE has no tag: it ends the command before it. */
		if (strncmp(line, "DONE", 4) != 0)
			snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(line, " "), line);
		if (!send_reply(fd, find_rule(script, line), tag))
			return;
	}
}

/* Until the handshake has come to its end, whichever that is. */
static void shake_hands(int fd, const struct imap_script *script)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;
	int result;

	gnutls_certificate_allocate_credentials(&credentials);
	if (gnutls_certificate_set_x509_key_file(credentials, script->certificate, script->key,
						 GNUTLS_X509_FMT_PEM) < 0)
		return;
	gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
	if (gnutls_priority_set_direct(session, script->tls_priorities, NULL) < 0)
		return;
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(session, fd);
	do
		result = gnutls_handshake(session);
	while (result < 0 && !gnutls_error_is_fatal(result));
	if (result < 0)
		gnutls_alert_send_appropriate(session, result);
}

static void serve(int listener, const struct imap_script *script, char *received)
{
	for (;;) {
		const int fd = accept(listener, NULL, NULL);
		FILE *lines = fd < 0 ? NULL : fdopen(fd, "r");

		if (!lines)
			return;
		if (script->tls_priorities)
			shake_hands(fd, script);
		else
			converse(fd, lines, script, received);
		shutdown(fd, SHUT_RDWR);
		fclose(lines);
	}
}

void imap_server_start(struct imap_server *server, const struct imap_script *script)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	server->received = mmap(NULL, RECEIVED_BYTES, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(server->received != MAP_FAILED);
	server->child = fork();
	assert_true(server->child >= 0);
	if (server->child == 0) {
		/* A failed test does not come back to stop it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, script, server->received);
		_exit(0);
	}
	close(listener);
}

void imap_server_stop(struct imap_server *server)
{
	kill(server->child, SIGKILL);
	waitpid(server->child, NULL, 0);
	munmap(server->received, RECEIVED_BYTES);
}
