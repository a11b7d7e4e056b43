/* imap_error.h - error class and advice for a server's refusal
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_IMAP_ERROR_H
#define MAILBOX_IMAP_ERROR_H

#include "base/error.h"
#include "base/slice.h"

enum imap_step {
	IMAP_STEP_GREETING,
	IMAP_STEP_CAPABILITY,
	IMAP_STEP_STARTTLS,
	IMAP_STEP_LOGIN,
	IMAP_STEP_NAMESPACE,
	IMAP_STEP_CREATE,
	IMAP_STEP_SELECT,
	IMAP_STEP_SEARCH,
	IMAP_STEP_FETCH,
	IMAP_STEP_MOVE,
	IMAP_STEP_DELETE,
	IMAP_STEP_MARK,
	IMAP_STEP_IDLE,
};

enum imap_refusal {
	IMAP_NO,
	IMAP_BAD, /* the server does not know the command, or claims not to */
	IMAP_BYE, /* the server closes the connection */
};

/* Describes a refused command: atom is the response code (RFC 5530) or NULL, text
 * the server's text. */
bool imap_refused(struct error *err, enum imap_step step, enum imap_refusal refusal,
		  const char *atom, struct slice text);

/* The connection is lost or its state unknown: always RETRY. */
bool imap_broken(struct error *err, enum imap_step step, const char *text);

#endif
