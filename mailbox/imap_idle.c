/* imap_idle.c - waits for new mail
 *
 * SPDX-License-Identifier: MIT
 *
 * Implements IDLE (RFC 2177) itself: libetpan's helper loses untagged responses
 * before the "+", and misses lines that arrive in the same packet.  A
 * notification is only a hint: the caller checks the folder after every wait.
 */
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/wait.h"
#include "mailbox/imap_session.h"

/* Budget of one IDLE; servers send "still here" every two minutes. */
#define IDLE_BYTES (64 * KIB)
/* Servers may disconnect after 30 minutes (RFC 3501 section 5.4). */
#define POLL_MS (25 * 60 * 1000)

enum idle_line {
	LINE_NOISE,    /* legal at any time, ignored */
	LINE_CHANGED,  /* the number of mails has changed */
	LINE_GO,       /* "+": the server is in IDLE */
	LINE_FINISHED, /* our tag and OK */
	LINE_REFUSED,  /* our tag and anything else */
	LINE_DEAD,     /* BYE, or the connection is lost */
};

/* Handles "N EXISTS" and "N EXPUNGE".  Some servers repeat the number with every
 * IDLE, so the same number is not new mail, unless mails have left meanwhile.
 * libetpan does not see these lines, so its counter is updated here. */
static enum idle_line count_line(struct imap_session *session, struct slice words)
{
	struct mailimap_selection_info *info = session->im->imap_selection_info;
	const struct slice number = slice_split(words, ' ', &words);
	const uint32_t before = session->announced;
	uint64_t value;

	if (!slice_to_uint(number, UINT32_MAX, &value))
		return LINE_NOISE;
	if (slice_is_nocase(words, "EXPUNGE") && before != IMAP_UNKNOWN && before > 0)
		session->announced--;
	if (!slice_is_nocase(words, "EXISTS"))
		return LINE_NOISE;
	session->exists = session->announced = (uint32_t)value;
	if (info)
		info->sel_exists = session->exists;
	return session->announced != before ? LINE_CHANGED : LINE_NOISE;
}

static bool is_ours(struct imap_session *session, struct slice tag)
{
	uint64_t value;

	return slice_to_uint(tag, UINT32_MAX, &value) && value == (uint64_t)session->im->imap_tag;
}

static enum idle_line read_line(struct imap_session *session, struct error *err)
{
	struct mailimap *im = session->im;
	const char *text = mailstream_read_line_remove_eol(im->imap_stream, im->imap_stream_buffer);
	struct slice rest, first;

	if (!text) {
		imap_session_failed(session, IMAP_STEP_IDLE, MAILIMAP_ERROR_STREAM, err);
		return LINE_DEAD;
	}
	first = slice_split(slice_of(text), ' ', &rest);
	if (slice_starts_with(first, "+"))
		return LINE_GO;
	if (is_ours(session, first))
		return slice_is_nocase(slice_split(rest, ' ', &rest), "OK") ? LINE_FINISHED
									    : LINE_REFUSED;
	if (!slice_is(first, "*")) {
		session->broken = true;
		imap_broken(err, IMAP_STEP_IDLE, "the server's answer is not IMAP");
		return LINE_DEAD;
	}
	if (rest.size >= 3 && slice_is_nocase((struct slice){ rest.data, 3 }, "BYE")) {
		session->broken = true;
		imap_refused(err, IMAP_STEP_IDLE, IMAP_BYE, NULL, slice_skip(rest, 3));
		return LINE_DEAD;
	}
	return count_line(session, rest);
}

static bool send_text(struct imap_session *session, const char *text, struct error *err)
{
	mailstream *stream = session->im->imap_stream;
	const size_t size = strlen(text);

	if (mailstream_write(stream, text, size) == (ssize_t)size && mailstream_flush(stream) == 0)
		return true;
	return imap_session_failed(session, IMAP_STEP_IDLE, MAILIMAP_ERROR_STREAM, err);
}

/* Reads until the line `last` or the end of the command; *line is the last line
 * read. */
static bool read_until(struct imap_session *session, enum idle_line last, bool *changed,
		       enum idle_line *line, struct error *err)
{
	do {
		*line = read_line(session, err);
		if (*line == LINE_DEAD)
			return false;
		*changed = *changed || *line == LINE_CHANGED;
	} while (*line != last && *line != LINE_FINISHED && *line != LINE_REFUSED);
	return true;
}

static bool start_idle(struct imap_session *session, bool *changed, enum idle_line *line,
		       struct error *err)
{
	if (mailimap_send_current_tag(session->im) != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_IDLE, MAILIMAP_ERROR_STREAM, err);
	return send_text(session, "IDLE\r\n", err) &&
	       read_until(session, LINE_GO, changed, line, err);
}

/* Runs one IDLE command from start to end. */
static bool idle_once(struct imap_session *session, int64_t until, bool *changed, struct error *err)
{
	enum idle_line line = LINE_DEAD;

	imap_session_allow(session, IDLE_BYTES);
	if (!start_idle(session, changed, &line, err))
		return false;
	if (line != LINE_GO) {
		session->has_idle = false; /* fall back to polling */
		return true;
	}
	transport_allow(session->transport, IDLE_BYTES,
			until - clock_ms() + 2 * session->settings->timeout_ms);
	while (!*changed && !wait_stopping()) {
		bool ready = session->im->imap_stream->read_buffer_len > 0;

		if (!ready && !transport_wait(session->transport, until, &ready))
			return imap_session_failed(session, IMAP_STEP_IDLE, MAILIMAP_ERROR_STREAM,
						   err);
		if (!ready)
			break;
		line = read_line(session, err);
		if (line == LINE_DEAD)
			return false;
		*changed = line == LINE_CHANGED;
		if (line == LINE_FINISHED || line == LINE_REFUSED) {
			session->has_idle = false; /* the server ended the IDLE itself */
			return true;
		}
	}
	/* The session is closed, without another command. */
	if (wait_stopping())
		return true;
	imap_session_allow(session, IDLE_BYTES);
	return send_text(session, "DONE\r\n", err) &&
	       read_until(session, LINE_FINISHED, changed, &line, err);
}

bool imap_noop(struct imap_session *session, struct error *err)
{
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_noop(session->im);
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_IDLE, code, err);
	if (session->im->imap_selection_info)
		session->exists = session->im->imap_selection_info->sel_exists;
	/* libetpan does not count removed mails. */
	if (session->im->imap_response_info && session->im->imap_response_info->rsp_expunged &&
	    clist_begin(session->im->imap_response_info->rsp_expunged))
		session->announced = IMAP_UNKNOWN;
	return true;
}

/* Without IDLE: sends NOOP at intervals, so that the server does not disconnect. */
static bool poll_server(struct imap_session *session, int64_t until, bool *changed,
			struct error *err)
{
	const uint32_t before = session->exists;

	if (!wait_until(until))
		return true;
	if (!imap_noop(session, err))
		return false;
	*changed = session->exists != before;
	return true;
}

/* Whether mail arrived during the round: the folder holds more than the round
 * left. */
static bool mail_arrived(struct imap_session *session)
{
	const struct mailimap_selection_info *info = session->im->imap_selection_info;
	const bool more = info && info->sel_exists > session->exists;

	if (info)
		session->exists = info->sel_exists;
	return more;
}

bool imap_idle(struct imap_session *session, int64_t until, struct error *err)
{
	const bool wanted = session->settings->idle_ms > 0;
	const int64_t longest = wanted ? session->settings->idle_ms : POLL_MS;
	bool changed = mail_arrived(session);

	while (!changed && !wait_stopping() && clock_ms() < until) {
		const int64_t renewal = clock_ms() + longest;
		const int64_t end = renewal < until ? renewal : until;

		if (!(wanted && session->has_idle ? idle_once : poll_server)(session, end, &changed,
									     err))
			return false;
	}
	return true;
}
