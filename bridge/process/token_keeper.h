/* token_keeper.h - fetches OAuth tokens for confined workers
 *
 * SPDX-License-Identifier: MIT
 *
 * A command prints a token, or a provider issues one for a secret that is worth more than the
 * token. A confined worker can neither run a command nor may it know the secret. It asks the
 * token keeper, a separate process beside the supervisor that reads no mail.
 *
 * Each worker has a socket to the keeper, which answers only for the worker's own mailboxes.
 * With each request the worker sends one end of a new socket pair, and the answer comes
 * through that pair: answers cannot be mixed up or left over for the next worker.
 */
#ifndef BRIDGE_PROCESS_TOKEN_KEEPER_H
#define BRIDGE_PROCESS_TOKEN_KEEPER_H

#include <sys/types.h>

#include "bridge/config/config.h"
#include "bridge/process/assignment.h"

struct token_keeper {
	struct config *config;
	const struct assignment *assignment;
	pid_t pid;   /* 0: not running, or not needed */
	int control; /* announces workers; -1: none */
	bool needed; /* at least one mailbox uses tokens */
};

/* --- in the supervisor -------------------------------------------------------- */

/* Forks the keeper if a mailbox uses tokens. */
bool token_keeper_start(struct token_keeper *keeper, struct config *config,
			const struct assignment *assignment, struct error *err);
/* true: the process that ended is the keeper; start it again and announce all workers. */
bool token_keeper_reap(struct token_keeper *keeper);
void token_keeper_stop(struct token_keeper *keeper);

/* Creates the socket of a worker about to be forked and announces it. ends[0] is the
 * worker's; ends[1] stays in the supervisor for a keeper that is started later. Both are
 * -1 if no keeper is needed. */
bool token_keeper_admit(struct token_keeper *keeper, size_t worker, int ends[2], struct error *err);
/* Announces the socket of a worker that is already running. */
bool token_keeper_tell(struct token_keeper *keeper, size_t worker, int end, struct error *err);

/* --- in the worker ------------------------------------------------------------ */

/* From now on the mailbox at this position gets its tokens from the keeper at the other
 * end of the socket. */
void token_keeper_use(struct config *config, struct mailbox_config *mailbox, size_t place,
		      int socket);

#endif
