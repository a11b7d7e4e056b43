/* imap_error.c - error class and advice for a server's refusal
 *
 * SPDX-License-Identifier: MIT
 *
 * A refusal is never FATAL: one tenant's wrong password must not stop the
 * mailboxes of others, and passwords are corrected while the bridge runs.
 */
#include "mailbox/imap_error.h"

#include <stddef.h>
#include <string.h>
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

/* The first match decides; a NULL atom matches any. */
/* clang-format off */
static const struct rule {
	int step;
	const char *atom;
	const char *advice;
	bool slow;
} rules[] = {
	{ ANY_STEP, "UNAVAILABLE", "the server is temporarily unavailable", false },
	{ ANY_STEP, "INUSE", "another session is using it", false },
	{ ANY_STEP, "LIMIT", "a limit of the server is reached", false },
	{ ANY_STEP, "OVERQUOTA", "the account is over its quota: make room", true },
	{ ANY_STEP, "SERVERBUG", "the server reports an internal error", false },
	{ ANY_STEP, "CONTACTADMIN", "the server's administrator must act", true },
	{ IMAP_STEP_LOGIN, "EXPIRED", "the password has expired: renew it, check password_file", true },
	{ IMAP_STEP_LOGIN, "PRIVACYREQUIRED", "the server wants TLS first: set tls", true },
	{ IMAP_STEP_LOGIN, "AUTHORIZATIONFAILED",
	  "the user may not use this mailbox: check user", true },
	{ IMAP_STEP_LOGIN, NULL, "user name or password refused: check user and password_file",
	  true },
	{ IMAP_STEP_SELECT, "NOPERM", "the user may not open it: check folder", true },
	{ IMAP_STEP_SELECT, NULL, "check folder", true },
	{ IMAP_STEP_CREATE, "NOPERM", "the user may not create it: check archive", true },
	{ IMAP_STEP_CREATE, NULL, "check archive", true },
	{ IMAP_STEP_MOVE, "NOPERM", "the user may not move mail: check the folder's rights", true },
	{ ANY_STEP, NULL, NULL, false },
};
/* clang-format on */

/* Too many connections: there is no response code for it, and servers report it as
 * BYE, NO or BAD. */
static const struct rule *find_limit_rule(struct slice text)
{
	static const char *const words[] = {
		"too many connections", "too many simultaneous",
		"too many concurrent",  "too many sessions",
		"too many login",       "too many requests",
		"connection limit",     "maximum number of conn",
		"rate limit",           "throttl",
		"bandwidth limit",
	};
	static const struct rule rule = {
		ANY_STEP, NULL,
		"too many connections or requests: use fewer, or have the server's limit raised",
		true
	};

	for (; text.size > 0; text = slice_skip(text, 1))
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (text.size >= strlen(words[i]) &&
			    slice_is_nocase((struct slice){ text.data, strlen(words[i]) },
					    words[i]))
				return &rule;
	return NULL;
}

/* BAD refers to the command's syntax, not to its arguments. */
static const struct rule *find_rule(enum imap_step step, enum imap_refusal refusal,
				    const char *atom, struct slice text)
{
	const struct rule *rule = find_limit_rule(text);
	const int wanted = refusal == IMAP_NO ? (int)step : ANY_STEP;

	if (rule)
		return rule;
	for (rule = rules; (rule->step != ANY_STEP && rule->step != wanted) ||
			   (rule->atom && (!atom || strcasecmp(atom, rule->atom) != 0));)
		rule++;
	return rule;
}

bool imap_refused(struct error *err, enum imap_step step, enum imap_refusal refusal,
		  const char *atom, struct slice text)
{
	static const char *const verbs[] = {
		[IMAP_NO] = "NO", [IMAP_BAD] = "BAD", [IMAP_BYE] = "BYE"
	};
	const struct rule *rule = find_rule(step, refusal, atom, text);

	text = slice_trim(text);
	error_set(err, ERROR_RETRY, "%s: %s%sthe server says %s%s%s%s%s%.*s", steps[step],
		  rule->advice ? rule->advice : "", rule->advice ? "; " : "", verbs[refusal],
		  atom ? " [" : "", atom ? atom : "", atom ? "]" : "", text.size ? ": " : "",
		  (int)text.size, text.size ? text.data : "");
	err->slow = rule->slow;
	return false;
}

bool imap_broken(struct error *err, enum imap_step step, const char *text)
{
	return error_set(err, ERROR_RETRY, "%s: %s", steps[step],
			 text && *text ? text : "the connection is out of step");
}
