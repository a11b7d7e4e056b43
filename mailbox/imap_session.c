/* imap_session.c - one connection to an IMAP server
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_session.h"

#include <stdio.h>
#include <stdlib.h>

#include <libetpan/libetpan_version.h>
#include <libetpan/mailimap.h>

#include "base/wait.h"

/* Time limit of LOGOUT. */
#define LOGOUT_MS 3000
/* A server slower than this is treated as silent. */
#define SLOWEST_BYTES_PER_MS 10

void imap_session_allow_more(struct imap_session *session, uint64_t expected, uint64_t bytes)
{
	const int64_t patience = 2 * session->settings->timeout_ms;
	const uint64_t bodies = expected > IMAP_ANSWER_BYTES ? expected - IMAP_ANSWER_BYTES : 0;

	transport_allow(session->transport, (int64_t)bytes,
			patience + (int64_t)(bodies / SLOWEST_BYTES_PER_MS));
}

void imap_session_allow(struct imap_session *session, uint64_t bytes)
{
	imap_session_allow_more(session, bytes, bytes);
}

/* Codes after which part of an answer may still be in the stream.  All others mean
 * that the server said NO. */
static bool is_out_of_step(int code)
{
	switch (code) {
	case MAILIMAP_ERROR_BAD_STATE:
	case MAILIMAP_ERROR_STREAM:
	case MAILIMAP_ERROR_PARSE:
	case MAILIMAP_ERROR_CONNECTION_REFUSED:
	case MAILIMAP_ERROR_MEMORY:
	case MAILIMAP_ERROR_FATAL:
	case MAILIMAP_ERROR_PROTOCOL:
	case MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION:
	case MAILIMAP_ERROR_INVAL:
	case MAILIMAP_ERROR_NEEDS_MORE_DATA: return true;
	default: return false;
	}
}

static bool refused(struct imap_session *session, enum imap_step step, enum imap_refusal refusal,
		    struct error *err)
{
	const struct mailimap *im = session->im;

	return imap_refused(err, step, refusal,
			    im->imap_response_info ? im->imap_response_info->rsp_atom : NULL,
			    slice_of(im->imap_response));
}

bool imap_session_failed(struct imap_session *session, enum imap_step step, int code,
			 struct error *err)
{
	const struct mailimap *im = session->im;
	const char *why = transport_failure(session->transport);
	const char *farewell = transport_farewell(session->transport);

	if (!why && !is_out_of_step(code))
		return refused(session, step, IMAP_NO, err);
	/* libetpan uses one code for BAD and for a wrong tag. */
	if (!why && code == MAILIMAP_ERROR_PROTOCOL &&
	    transport_said_bad(session->transport, im->imap_tag))
		return refused(session, step, IMAP_BAD, err);
	session->broken = true;
	if (farewell)
		return imap_refused(err, step, IMAP_BYE, NULL, slice_of(farewell));
	if (why)
		return imap_broken(err, step, why);
	if (code == MAILIMAP_ERROR_PARSE)
		return imap_broken(err, step, "the server's answer is not IMAP");
	if (code == MAILIMAP_ERROR_MEMORY)
		return imap_broken(err, step, "the server's answer is too long");
	return imap_broken(err, step, im->imap_response);
}

bool imap_session_has_code(const struct imap_session *session, const char *code)
{
	const struct mailimap_response_info *info = session->im->imap_response_info;

	return info && info->rsp_atom && slice_is_nocase(slice_of(info->rsp_atom), code);
}

struct mailimap_set *imap_session_set(const struct uid_range *ranges, size_t count)
{
	struct mailimap_set *set = mailimap_set_new_empty();

	if (!set)
		abort();
	for (size_t i = 0; i < count; i++)
		if (mailimap_set_add_interval(set, ranges[i].first, ranges[i].last) !=
		    MAILIMAP_NO_ERROR)
			abort();
	return set;
}

/* mailimap_capability() dereferences NULL if the server sends only OK. */
bool imap_session_capability(struct imap_session *session, struct error *err)
{
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_custom_command(session->im, "CAPABILITY");
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_CAPABILITY, code, err);
	return true;
}

/* --- before libetpan ------------------------------------------------------------ */

/* Of servers without TLS from the beginning. */
#define PLAIN_PORT 143
/* A greeting is short, even with all capabilities. */
#define GREETING_BYTES (16 * KIB)
/* Limit of untagged lines before the answer to STARTTLS. */
#define UNTAGGED_LINES_MAX 20
#define STARTTLS_TAG "tls"
/* Longer lines are cut. */
#define LINE_BYTES 500

static bool unspoken(struct imap_session *session, enum imap_step step, struct error *err)
{
	return imap_broken(err, step, transport_failure(session->transport));
}

/* PREAUTH rules out TLS, so a man in the middle would send it. */
static bool read_greeting(struct imap_session *session, struct error *err)
{
	char line[LINE_BYTES];
	struct slice words, kind;
	bool good;

	imap_session_allow(session, GREETING_BYTES);
	good = transport_read_line(session->transport, line, sizeof(line));
	words = slice_of(good ? line : "");
	good = good && slice_is(slice_split(words, ' ', &words), "*");
	kind = slice_split(words, ' ', &words);
	if (good && slice_is_nocase(kind, "BYE"))
		return imap_refused(err, IMAP_STEP_GREETING, IMAP_BYE, NULL, words);
	session->preauthenticated = good && slice_is_nocase(kind, "PREAUTH");
	if (session->preauthenticated && session->settings->tls == MAILBOX_TLS_STARTTLS)
		return error_set(err, ERROR_RETRY,
				 "greeting: the session is already logged in (PREAUTH), so TLS "
				 "cannot start: set tls = implicit and port = 993");
	if (session->preauthenticated || (good && slice_is_nocase(kind, "OK")))
		return true;
	/* not in RFC 3501, but servers refuse so */
	if (good && slice_is_nocase(kind, "NO"))
		return imap_refused(err, IMAP_STEP_GREETING, IMAP_NO, NULL, words);
	if (good && slice_is_nocase(kind, "BAD"))
		return imap_refused(err, IMAP_STEP_GREETING, IMAP_BAD, NULL, words);
	if (transport_failure(session->transport))
		unspoken(session, IMAP_STEP_GREETING, err);
	else
		imap_broken(err, IMAP_STEP_GREETING, "the server's answer is not IMAP");
	/* a server that waits for TLS is silent */
	if (session->settings->tls != MAILBOX_TLS_IMPLICIT && session->settings->port != PLAIN_PORT)
		error_context(err, "this needs the port of plain IMAP (143), that of IMAP over TLS "
				   "(993) needs tls = implicit");
	return false;
}

/* STARTTLS is never opportunistic: a man in the middle could remove it from the
 * capabilities.  So the command is sent without checking them. */
static bool ask_for_tls(struct imap_session *session, struct error *err)
{
	char line[LINE_BYTES];
	struct slice words = { NULL, 0 }, first = words, status;
	bool good;

	imap_session_allow(session, GREETING_BYTES);
	good = transport_write(session->transport, STARTTLS_TAG " STARTTLS\r\n");
	for (int i = 0; good && !slice_is(first, STARTTLS_TAG) && i < UNTAGGED_LINES_MAX; i++) {
		good = transport_read_line(session->transport, line, sizeof(line));
		if (good)
			first = slice_split(slice_of(line), ' ', &words);
	}
	if (!good)
		return unspoken(session, IMAP_STEP_STARTTLS, err);
	status = slice_split(words, ' ', &words);
	if (slice_is(first, STARTTLS_TAG) && slice_is_nocase(status, "OK"))
		return true;
	if (slice_is(first, STARTTLS_TAG) && slice_is_nocase(status, "NO"))
		return imap_refused(err, IMAP_STEP_STARTTLS, IMAP_NO, NULL, words);
	return error_set(err, ERROR_RETRY,
			 "STARTTLS: the server does not offer it, and the password is not sent in "
			 "the clear: set tls = implicit and port = 993, or have it enabled");
}

static bool start_tls(struct imap_session *session, struct error *err)
{
	if (!ask_for_tls(session, err))
		return false;
	if (transport_has_more(session->transport))
		return error_set(
			err, ERROR_RETRY,
			"STARTTLS: plain text follows the server's answer: possible attack");
	return transport_start_tls(session->transport, true, err);
}

/* --- connecting ----------------------------------------------------------------- */

/* The stream takes over the transport. */
static bool open_stream(struct imap_session *session, struct error *err)
{
	mailstream *stream = transport_stream(session->transport, session->preauthenticated);
	int code;

	session->im = stream ? mailimap_new(0, NULL) : NULL;
	if (!session->im)
		abort();
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_connect(session->im, stream);
	if (code == MAILIMAP_NO_ERROR_NON_AUTHENTICATED || code == MAILIMAP_NO_ERROR_AUTHENTICATED)
		return true;
	return imap_session_failed(session, IMAP_STEP_GREETING, code, err);
}

static bool connect_server(struct imap_session *session, struct error *err)
{
	const enum mailbox_tls tls = session->settings->tls;

	session->transport = transport_open(&session->transport_settings, err);
	if (!session->transport)
		return false;
	if ((tls == MAILBOX_TLS_IMPLICIT && !transport_start_tls(session->transport, false, err)) ||
	    !read_greeting(session, err) ||
	    (tls == MAILBOX_TLS_STARTTLS && !start_tls(session, err))) {
		transport_free(session->transport);
		return false;
	}
	return open_stream(session, err);
}

static bool check_settings(const struct imap_settings *settings, struct error *err)
{
	return imap_text_valid(settings->host, "host", err) &&
	       imap_text_valid(settings->user, "user", err) &&
	       (!settings->password || imap_text_valid(settings->password, "the password", err));
}

const char *imap_library_version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%d.%d", libetpan_get_version_major(),
		 libetpan_get_version_minor());
	return text;
}

bool imap_session_open(struct imap_session *session, const struct imap_settings *settings,
		       struct error *err)
{
	session->settings = settings;
	session->preauthenticated = false;
	session->transport_settings = (struct transport_settings){
		.host = settings->host,
		.port = settings->port,
		.ca_file = settings->ca_file,
		.client_cert_file = settings->client_cert_file,
		.client_key_file = settings->client_key_file,
		.silence_ms = settings->timeout_ms,
		.opening = true,
	};
	/* Capabilities sent before TLS or login do not count. */
	if (check_settings(settings, err) && connect_server(session, err) &&
	    imap_session_capability(session, err) &&
	    (session->preauthenticated ||
	     (imap_login(session, err) && imap_session_capability(session, err)))) {
		session->transport_settings.opening = false;
		return true;
	}
	imap_session_close(session);
	return false;
}

void imap_session_close(struct imap_session *session)
{
	if (session->im) {
		/* mailimap_free() would send LOGOUT and wait for an answer; thousands of mailboxes
		 * would wait too long when the program stops. */
		if (session->broken || transport_failure(session->transport) || wait_stopping()) {
			if (session->im->imap_stream)
				mailstream_close(session->im->imap_stream);
			session->im->imap_stream = NULL;
		} else {
			transport_allow(session->transport, 64 * KIB, LOGOUT_MS);
		}
		mailimap_free(session->im);
	}
	session->im = NULL;
	session->transport = NULL;
	session->broken = false;
}
