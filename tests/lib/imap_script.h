/* imap_script.h - an IMAP server that does what no real one would
 *
 * SPDX-License-Identifier: MIT
 *
 * A forked child that answers each line by the first rule whose word is in
 * it: those of the test, then those of a well-behaved server with two mails.
 */
#ifndef TESTS_LIB_IMAP_SCRIPT_H
#define TESTS_LIB_IMAP_SCRIPT_H

#include <stdint.h>
#include <sys/types.h>

enum imap_script_then {
	IMAP_SCRIPT_GO_ON,
	IMAP_SCRIPT_HANG_UP,
	IMAP_SCRIPT_DRIP,   /* the reply byte by byte, 20 ms each */
	IMAP_SCRIPT_REPEAT, /* the reply again and again until the client leaves */
};

struct imap_rule {
	const char *word;  /* NULL: the greeting */
	const char *reply; /* "$": the tag of the command, "~": 100 ms, "\1": a NUL */
	enum imap_script_then then;
};

struct imap_script {
	const struct imap_rule *rules; /* ends with { NULL, NULL, 0 } */
	/* A TLS server instead, which only shakes hands. */
	const char *tls_priorities, *certificate, *key;
};

struct imap_server {
	pid_t child;
	uint16_t port;  /* on 127.0.0.1 */
	char *received; /* all lines of the client, shared with the child */
};

/* Fails the running test when it cannot. */
void imap_server_start(struct imap_server *server, const struct imap_script *script);
void imap_server_stop(struct imap_server *server);

#endif
