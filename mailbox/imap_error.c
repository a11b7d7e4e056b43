/* imap_error.c - what a server's refusal means, and what to change
 *
 * SPDX-License-Identifier: MIT
 *
 * A refusal is never FATAL: one customer's wrong password must not stop the
 * mailboxes of the others, and passwords get repaired while the bridge runs.
 */
#include "mailbox/imap_error.h"

#include <stddef.h>
#include <strings.h>

#define ANY_STEP (-1)

static const char *const steps[] = {
	[IMAP_STEP_GREETING] = "greeting",
	[IMAP_STEP_CAPABILITY] = "asking for capabilities",
	[IMAP_STEP_STARTTLS] = "STARTTLS",
	[IMAP_STEP_LOGIN] = "login",
	[IMAP_STEP_NAMESPACE] = "asking for the namespace",
	[IMAP_STEP_CREATE] = "creating an archive folder",
	[IMAP_STEP_SELECT] = "selecting the folder",
	[IMAP_STEP_SEARCH] = "searching",
	[IMAP_STEP_FETCH] = "fetching mail",
	[IMAP_STEP_MOVE] = "moving mail",
	[IMAP_STEP_DELETE] = "deleting mail",
	[IMAP_STEP_MARK] = "marking mail",
	[IMAP_STEP_IDLE] = "waiting for mail",
};

/* The first match decides; a NULL atom matches every one. */
static const struct rule {
	int step;
	const char *atom;
	const char *advice;
} rules[] = {
	{ ANY_STEP, "UNAVAILABLE", "the server is not able to now" },
	{ ANY_STEP, "INUSE", "another session is in the way" },
	{ ANY_STEP, "LIMIT", "a limit of the server is reached" },
	{ ANY_STEP, "OVERQUOTA", "the account is over its quota: make room" },
	{ ANY_STEP, "SERVERBUG", "the server reports a fault of its own" },
	{ ANY_STEP, "CONTACTADMIN", "the server's administrator must act" },
	{ IMAP_STEP_LOGIN, "EXPIRED", "the password has expired: renew it, check password_file" },
	{ IMAP_STEP_LOGIN, "PRIVACYREQUIRED", "the server wants TLS first: set tls" },
	{ IMAP_STEP_LOGIN, "AUTHORIZATIONFAILED", "the user may not use this mailbox: check user" },
	{ IMAP_STEP_LOGIN, NULL, "user name or password refused: check user and password_file" },
	{ IMAP_STEP_SELECT, "NOPERM", "the user may not open it: check folder" },
	{ IMAP_STEP_SELECT, NULL, "check folder" },
	{ IMAP_STEP_CREATE, "NOPERM", "the user may not create it: check archive" },
	{ IMAP_STEP_CREATE, NULL, "check archive" },
	{ IMAP_STEP_MOVE, "NOPERM", "the user may not move mail: check the folder's rights" },
	{ ANY_STEP, NULL, NULL },
};

bool imap_refused(struct error *err, enum imap_step step, const char *atom, const char *text)
{
	const struct rule *rule = rules;

	while ((rule->step != ANY_STEP && rule->step != (int)step) ||
	       (rule->atom && (!atom || strcasecmp(atom, rule->atom) != 0)))
		rule++;
	return error_set(err, ERROR_RETRY, "%s: %s%sthe server says NO%s%s%s%s%s", steps[step],
			 rule->advice ? rule->advice : "", rule->advice ? "; " : "",
			 atom ? " [" : "", atom ? atom : "", atom ? "]" : "",
			 text && *text ? ": " : "", text ? text : "");
}

bool imap_farewell(struct error *err, enum imap_step step, struct slice words)
{
	words = slice_trim(words);
	return error_set(err, ERROR_RETRY, "%s: the server says BYE%s%.*s", steps[step],
			 words.size ? ": " : "", (int)words.size, words.size ? words.data : "");
}

bool imap_broken(struct error *err, enum imap_step step, const char *text)
{
	return error_set(err, ERROR_RETRY, "%s: %s", steps[step],
			 text && *text ? text : "the connection is out of step");
}
