/* server_gate.c - limits how many mailboxes of one server a worker opens at a time
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/server_gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"

#define HANGS_MS 20000

struct server_gate *server_gate_of(struct server_gate **list, const char *host, uint16_t port)
{
	struct server_gate *gate;

	for (gate = *list; gate; gate = gate->next)
		if (gate->port == port && strcmp(gate->host, host) == 0)
			return gate;
	gate = xcalloc(1, sizeof(*gate));
	*gate = (struct server_gate){
		.next = *list,
		.host = host,
		.port = port,
		.gate.free = SERVER_GATE_WIDTH,
		.hangs_ms = HANGS_MS,
	};
	*list = gate;
	return gate;
}

void server_gates_free(struct server_gate *list)
{
	while (list) {
		struct server_gate *gate = list;

		list = gate->next;
		free(gate);
	}
}

bool server_gate_enter(struct server_gate *gate, bool *holds)
{
	int64_t until;

	if (gate->gate.free == SERVER_GATE_WIDTH)
		gate->progress = clock_ms();
	do {
		until = gate->progress + gate->hangs_ms;
		*holds = fiber_gate_enter(&gate->gate, until);
	} while (!*holds && !wait_stopping() && gate->progress + gate->hangs_ms > until);
	return *holds || !wait_stopping();
}

void server_gate_leave(struct server_gate *gate, bool holds, bool opened)
{
	if (opened)
		gate->progress = clock_ms();
	if (holds)
		fiber_gate_leave(&gate->gate);
}
