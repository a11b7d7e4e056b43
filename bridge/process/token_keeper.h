/* token_keeper.h - OAuth tokens for workers that can fetch none themselves
 *
 * SPDX-License-Identifier: MIT
 *
 * A token is printed by a command or asked for at a provider with a secret
 * that is worth more than the token.  A confined worker can start no command,
 * and is not to have the secret: it asks the token keeper, a process of its
 * own beside the supervisor that reads no mail.
 *
 * Each worker has a socket to the keeper, over which it asks for the tokens of
 * its own mailboxes and of no others.  With each request it sends one end of a
 * fresh socket pair, through which the answer comes: so answers cannot be
 * mixed up, and none is left behind for the next worker.
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
	int control; /* how it is told of workers; -1: none */
	bool needed; /* some mailbox takes a token */
};

/* --- in the supervisor -------------------------------------------------------- */

/* Forks the keeper where a mailbox needs it. */
bool token_keeper_start(struct token_keeper *keeper, struct config *config,
			const struct assignment *assignment, struct error *err);
/* true: it was this process that ended; to be started again, and told of all
 * workers. */
bool token_keeper_reap(struct token_keeper *keeper);
void token_keeper_stop(struct token_keeper *keeper);

/* Makes the socket of a worker about to be forked and tells the keeper of it.
 * ends[0] is the worker's, ends[1] stays in the supervisor, for a keeper that
 * is started later; both -1 where no keeper is needed. */
bool token_keeper_admit(struct token_keeper *keeper, size_t worker, int ends[2],
			struct error *err);
/* The same with the socket of a worker that runs. */
bool token_keeper_tell(struct token_keeper *keeper, size_t worker, int end, struct error *err);

/* --- in the worker ------------------------------------------------------------ */

/* From now on the mailbox at this place of the assignment asks the keeper at the
 * other end of the socket. */
void token_keeper_use(struct config *config, struct mailbox_config *mailbox, size_t place,
		      int socket);

#endif
