/* server_gate.h - limits how many mailboxes of one server a worker opens at a time
 *
 * SPDX-License-Identifier: MIT
 *
 * A connection and a login cost a server much more than an idle session.  Thousands
 * at a time would be so slow that they time out and are retried.
 */
#ifndef BRIDGE_PROCESS_SERVER_GATE_H
#define BRIDGE_PROCESS_SERVER_GATE_H

#include "base/fiber.h"

/* 50 logins a second, if one takes a second. */
#define SERVER_GATE_WIDTH 50

struct server_gate {
	struct server_gate *next; /* in the list of gates */
	const char *host;
	uint16_t port;
	struct fiber_gate gate;
	int64_t progress; /* when it last opened a mailbox, or was free */
	/* Without progress for this time the server hangs, perhaps only for the mailboxes that
	 * are being opened: the others no longer wait for them. */
	int64_t hangs_ms;
};

/* Finds the gate in the list, or adds one.  Does not copy the host. */
struct server_gate *server_gate_of(struct server_gate **list, const char *host, uint16_t port);
void server_gates_free(struct server_gate *list);

/* Waits for a turn.  *holds: pass it to server_gate_leave().  false: the program is
 * stopping. */
bool server_gate_enter(struct server_gate *gate, bool *holds);

/* opened: whether the server let the mailbox in. */
void server_gate_leave(struct server_gate *gate, bool holds, bool opened);

#endif
