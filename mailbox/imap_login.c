/* imap_login.c - IMAP authentication
 *
 * SPDX-License-Identifier: MIT
 *
 * Uses AUTHENTICATE if the server offers a mechanism that fits the credentials,
 * because it transmits any byte of a password; otherwise LOGIN.  libetpan's own
 * AUTHENTICATE needs plug-ins of another library and hides why a token was
 * refused.
 */
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/ascii.h"
#include "mailbox/imap_session.h"
#include "mailbox/sasl.h"

/* Distinct from the tags of libetpan, which are digits. */
#define LOGIN_TAG "login"
/* Limit of untagged lines before the answer. */
#define LOGIN_LINES_MAX 100
/* The longest mechanism has three steps. */
#define SASL_STEPS_MAX 6
#define SASL_ANSWER_MAX (64 * KIB)

static bool send_text(struct imap_session *session, const char *text)
{
	const size_t size = strlen(text);

	return mailstream_write(session->im->imap_stream, text, size) == (ssize_t)size;
}

static bool send_flush(struct imap_session *session)
{
	mailstream *stream = session->im->imap_stream;
	const bool sent = mailstream_flush(stream) == 0;

	explicit_bzero(stream->write_buffer, stream->buffer_max_size);
	return sent;
}

static bool lost(struct imap_session *session, struct error *err)
{
	return imap_session_failed(session, IMAP_STEP_LOGIN, MAILIMAP_ERROR_STREAM, err);
}

/* Reads the next line that is not untagged. */
static bool read_answer(struct imap_session *session, const char **line, struct error *err)
{
	for (int i = 0; i < LOGIN_LINES_MAX; i++) {
		const char *text = mailstream_read_line_remove_eol(session->im->imap_stream,
								   session->im->imap_stream_buffer);

		if (!text)
			return lost(session, err);
		if (text[0] == '+' || strncmp(text, LOGIN_TAG " ", strlen(LOGIN_TAG " ")) == 0) {
			*line = text;
			return true;
		}
		if (slice_starts_with(slice_of(text), "* BYE")) {
			session->broken = true;
			return imap_refused(err, IMAP_STEP_LOGIN, IMAP_BYE, NULL,
					    slice_skip(slice_of(text), strlen("* BYE")));
		}
		if (text[0] != '*') {
			session->broken = true;
			return imap_broken(err, IMAP_STEP_LOGIN, text);
		}
	}
	session->broken = true;
	return imap_broken(err, IMAP_STEP_LOGIN, "the server does not complete the login");
}

/* Parses "NO [ATOM arguments] text". */
static bool refused(const char *line, struct error *err)
{
	struct slice rest = slice_of(line), code = { NULL, 0 };
	char atom[64] = "";
	const enum imap_refusal refusal = slice_is_nocase(slice_split(rest, ' ', &rest), "BAD")
						  ? IMAP_BAD
						  : IMAP_NO;

	if (rest.size && rest.data[0] == '[') {
		code = slice_split(slice_between(rest.data + 1, rest.data + rest.size), ']', &rest);
		code = slice_split(code, ' ', &(struct slice){ NULL, 0 });
		if (code.size < sizeof(atom))
			memcpy(atom, code.data, code.size);
	}
	rest = slice_trim(rest);
	return imap_refused(err, IMAP_STEP_LOGIN, refusal, atom[0] ? atom : NULL, rest);
}

/* --- AUTHENTICATE ------------------------------------------------------------ */

/* Sends the response to a challenge and wipes it. */
static bool answer_challenge(struct imap_session *session, struct sasl *sasl, const char *challenge,
			     struct error *err)
{
	struct strbuf answer;
	bool good;

	strbuf_init(&answer, SASL_ANSWER_MAX);
	good = sasl_step(sasl, challenge, &answer, err);
	if (good &&
	    !(send_text(session, answer.buf) && send_text(session, "\r\n") && send_flush(session)))
		good = lost(session, err);
	explicit_bzero(answer.buf, answer.len);
	strbuf_release(&answer);
	return good;
}

/* Answers all challenges up to the line that ends the command. */
static bool run_mechanism(struct imap_session *session, struct sasl *sasl, const char **line,
			  struct error *err)
{
	const bool at_once = mailimap_has_extension(session->im, "SASL-IR");
	bool begun = at_once;

	if (at_once && !(send_text(session, " ") && answer_challenge(session, sasl, "", err)))
		return false;
	if (!at_once && !(send_text(session, "\r\n") && send_flush(session)))
		return lost(session, err);
	for (int i = 0; i < SASL_STEPS_MAX; i++) {
		struct slice challenge;

		if (!read_answer(session, line, err))
			return false;
		if ((*line)[0] != '+')
			return true;
		challenge = slice_trim(slice_of(*line + 1));
		if (!answer_challenge(session, sasl, begun ? challenge.data : "", err))
			return false;
		begun = true;
	}
	return imap_broken(err, IMAP_STEP_LOGIN, "the server does not complete the login");
}

static bool authenticate(struct imap_session *session, enum sasl_mechanism mechanism,
			 const struct sasl_identity *identity, struct error *err)
{
	struct sasl *sasl = sasl_new(mechanism, identity);
	const char *line = NULL;
	bool good;

	session->broken = true; /* until the command is complete */
	good = send_text(session, LOGIN_TAG " AUTHENTICATE ") &&
	       send_text(session, sasl_name(mechanism));
	good = good ? run_mechanism(session, sasl, &line, err) : lost(session, err);
	if (good) {
		session->broken = false;
		line += strlen(LOGIN_TAG " ");
		if (!slice_is_nocase((struct slice){ line, strlen(line) < 2 ? strlen(line) : 2 },
				     "OK")) {
			good = refused(line, err);
			if (identity->token)
				error_context(err, "the token is refused (%s)",
					      sasl_complaint(sasl) ? sasl_complaint(sasl)
								   : "without a reason");
		} else if (!sasl_is_complete(sasl)) {
			session->broken = true;
			good = imap_broken(err, IMAP_STEP_LOGIN,
					   "the server says OK without having proved that it knows "
					   "the password");
		} else {
			session->im->imap_state = MAILIMAP_STATE_AUTHENTICATED;
		}
	} else if (err->class == ERROR_NONE) {
		lost(session, err);
	}
	sasl_free(sasl);
	return good;
}

/* A refused token may have been revoked or have expired in transit: retry once with
 * a new one. */
static bool authenticate_token(struct imap_session *session, enum sasl_mechanism mechanism,
			       struct error *err)
{
	const struct imap_settings *settings = session->settings;
	struct sasl_identity identity = { .user = settings->user,
					  .host = settings->host,
					  .port = settings->port };
	struct strbuf token;
	bool good = false;

	strbuf_init(&token, SASL_ANSWER_MAX / 2);
	for (int i = 0; !good && i < 2 && !session->broken; i++) {
		strbuf_reset(&token);
		if (!settings->token(settings->token_context, session->token_refused, &token,
				     err) ||
		    !imap_text_valid(token.buf, "the token", err))
			break;
		identity.token = token.buf;
		imap_session_allow(session, IMAP_ANSWER_BYTES);
		good = authenticate(session, mechanism, &identity, err);
		session->token_refused = !good;
		explicit_bzero(token.buf, token.len);
	}
	strbuf_release(&token);
	return good;
}

static bool login(struct imap_session *session, struct error *err)
{
	const int code = mailimap_login(session->im, session->settings->user,
					session->settings->password);

	if (code == MAILIMAP_NO_ERROR)
		return true;
	return imap_session_failed(session, IMAP_STEP_LOGIN, code, err);
}

/* --- mechanism ---------------------------------------------------------------- */

static bool offers(const struct imap_session *session, enum sasl_mechanism mechanism)
{
	return mailimap_has_authentication(session->im, sasl_name(mechanism));
}

static bool takes_login(const struct imap_session *session)
{
	return !mailimap_has_extension(session->im, "LOGINDISABLED");
}

/* With TLS, PLAIN works with every password database, and the server sees the
 * password anyway; without TLS, SCRAM does not reveal it. */
static enum mailbox_auth best_way(const struct imap_session *session)
{
	const struct imap_settings *settings = session->settings;

	if (settings->token)
		return offers(session, SASL_OAUTHBEARER) ? MAILBOX_AUTH_OAUTHBEARER
							 : MAILBOX_AUTH_XOAUTH2;
	if (!settings->password)
		return MAILBOX_AUTH_EXTERNAL;
	if (offers(session, SASL_SCRAM_SHA_256) &&
	    (!transport_has_tls(session->transport) || !offers(session, SASL_PLAIN)))
		return MAILBOX_AUTH_SCRAM_SHA_256;
	return offers(session, SASL_PLAIN) ? MAILBOX_AUTH_PLAIN : MAILBOX_AUTH_LOGIN;
}

static bool log_in_by(struct imap_session *session, enum sasl_mechanism mechanism,
		      struct error *err)
{
	const struct imap_settings *settings = session->settings;
	const struct sasl_identity identity = { .user = settings->user,
						.password = settings->password };

	if (!offers(session, mechanism))
		return error_set(err, ERROR_RETRY,
				 "login: the server does not offer AUTH=%s: set auth",
				 sasl_name(mechanism));
	if (mechanism == SASL_XOAUTH2 || mechanism == SASL_OAUTHBEARER)
		return authenticate_token(session, mechanism, err);
	return authenticate(session, mechanism, &identity, err);
}

bool imap_login(struct imap_session *session, struct error *err)
{
	static const enum sasl_mechanism mechanisms[] = {
		[MAILBOX_AUTH_PLAIN] = SASL_PLAIN,
		[MAILBOX_AUTH_SCRAM_SHA_256] = SASL_SCRAM_SHA_256,
		[MAILBOX_AUTH_XOAUTH2] = SASL_XOAUTH2,
		[MAILBOX_AUTH_OAUTHBEARER] = SASL_OAUTHBEARER,
		[MAILBOX_AUTH_EXTERNAL] = SASL_EXTERNAL,
	};
	enum mailbox_auth way = session->settings->auth;

	if (session->settings->tls != MAILBOX_TLS_NONE && !transport_has_tls(session->transport))
		return error_set(err, ERROR_FATAL,
				 "login: there is no TLS to protect the password");
	if (way == MAILBOX_AUTH_AUTO)
		way = best_way(session);
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	if (way != MAILBOX_AUTH_LOGIN)
		return log_in_by(session, mechanisms[way], err);
	if (takes_login(session))
		return login(session, err);
	return error_set(err, ERROR_RETRY,
			 "login: the server takes no password here (LOGINDISABLED)%s",
			 session->settings->tls == MAILBOX_TLS_NONE ? ": set tls" : "");
}
