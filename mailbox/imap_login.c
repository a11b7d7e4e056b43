/* imap_login.c - telling the server who we are
 *
 * SPDX-License-Identifier: MIT
 *
 * AUTHENTICATE PLAIN (RFC 4616) where it is offered, for it takes any byte in
 * a password; else LOGIN.  libetpan's own AUTHENTICATE needs plug-ins of
 * another library.
 */
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "mailbox/imap_session.h"

/* Not of libetpan's counting, which has digits only. */
#define LOGIN_TAG "login"
/* Lines a server may put before its answer. */
#define LOGIN_LINES_MAX 100

static void base64(const unsigned char *data, size_t size, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		const size_t left = size - i;
		const uint32_t bits = (uint32_t)data[i] << 16 |
				      (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
				      (left > 2 ? data[i + 2] : 0);

		*text++ = digits[bits >> 18];
		*text++ = digits[bits >> 12 & 63];
		*text++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*text++ = left > 2 ? digits[bits & 63] : '=';
	}
	*text = '\0';
}

/* base64 of NUL user NUL password; wipe and free it. */
static char *plain_message(const struct imap_settings *settings)
{
	const size_t user = strlen(settings->user), password = strlen(settings->password);
	const size_t size = user + password + 2;
	unsigned char *message = xcalloc(1, size);
	char *text = xmalloc((size + 2) / 3 * 4 + 1);

	memcpy(message + 1, settings->user, user);
	memcpy(message + 2 + user, settings->password, password);
	base64(message, size, text);
	explicit_bzero(message, size);
	free(message);
	return text;
}

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

/* The next line that is not untagged. */
static bool read_answer(struct imap_session *session, const char **line, struct error *err)
{
	for (int i = 0; i < LOGIN_LINES_MAX; i++) {
		const char *text = mailstream_read_line_remove_eol(
			session->im->imap_stream, session->im->imap_stream_buffer);

		if (!text)
			return lost(session, err);
		if (text[0] == '+' || strncmp(text, LOGIN_TAG " ", strlen(LOGIN_TAG " ")) == 0) {
			*line = text;
			return true;
		}
		if (text[0] != '*' || slice_starts_with(slice_of(text), "* BYE")) {
			session->broken = true;
			return imap_broken(err, IMAP_STEP_LOGIN, text);
		}
	}
	session->broken = true;
	return imap_broken(err, IMAP_STEP_LOGIN, "the server does not come to an answer");
}

/* "NO [ATOM arguments] text" */
static bool refused(const char *line, struct error *err)
{
	struct slice rest = slice_of(line), code = { NULL, 0 };
	char atom[64] = "";

	(void)slice_split(rest, ' ', &rest);
	if (rest.size && rest.data[0] == '[') {
		code = slice_split(slice_between(rest.data + 1, rest.data + rest.size), ']', &rest);
		code = slice_split(code, ' ', &(struct slice){ NULL, 0 });
		if (code.size < sizeof(atom))
			memcpy(atom, code.data, code.size);
	}
	rest = slice_trim(rest);
	return imap_refused(err, IMAP_STEP_LOGIN, atom[0] ? atom : NULL, rest.data);
}

static bool authenticate_plain(struct imap_session *session, struct error *err)
{
	const bool at_once = mailimap_has_extension(session->im, "SASL-IR");
	char *message = plain_message(session->settings);
	const char *line = NULL;
	bool sent = send_text(session, LOGIN_TAG " AUTHENTICATE PLAIN"), answered;

	if (at_once)
		sent = sent && send_text(session, " ") && send_text(session, message);
	sent = sent && send_text(session, "\r\n") && send_flush(session);
	answered = sent ? read_answer(session, &line, err) : lost(session, err);
	if (answered && line[0] == '+' && !at_once) {
		sent = send_text(session, message) && send_text(session, "\r\n") &&
		       send_flush(session);
		answered = sent ? read_answer(session, &line, err) : lost(session, err);
	}
	explicit_bzero(message, strlen(message));
	free(message);
	if (!answered)
		return false;
	if (line[0] == '+') {
		session->broken = true;
		return imap_broken(err, IMAP_STEP_LOGIN, "the server asks for more than PLAIN has");
	}
	line += strlen(LOGIN_TAG " ");
	if (!slice_is_nocase((struct slice){ line, strlen(line) < 2 ? strlen(line) : 2 }, "OK"))
		return refused(line, err);
	session->im->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	return true;
}

static bool login(struct imap_session *session, struct error *err)
{
	const int code = mailimap_login(session->im, session->settings->user,
					session->settings->password);

	if (code == MAILIMAP_NO_ERROR)
		return true;
	return imap_session_failed(session, IMAP_STEP_LOGIN, code, err);
}

bool imap_login(struct imap_session *session, struct error *err)
{
	if (session->settings->tls != MAILBOX_TLS_NONE && !transport_has_tls(session->transport))
		return error_set(err, ERROR_FATAL, "login: there is no TLS to protect the password");
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	if (mailimap_has_authentication(session->im, "PLAIN"))
		return authenticate_plain(session, err);
	if (!mailimap_has_extension(session->im, "LOGINDISABLED"))
		return login(session, err);
	return error_set(err, ERROR_RETRY,
			 "login: the server takes no password here (LOGINDISABLED)%s",
			 session->settings->tls == MAILBOX_TLS_NONE ? ": set tls" : "");
}
