/* log.c - writes log lines to standard error
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"

#define FOREIGN_TEXT_LIMIT 500
#define LINE_LIMIT 8192
/* How long to wait, once, for a reader that does not read. */
#define LOG_PATIENCE_MS 100

static enum log_level most_level = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_LOGFMT;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

void log_configure(enum log_level most, enum log_format format)
{
	most_level = most;
	line_format = format;
}

static struct slice shortened(const char *text)
{
	return utf8_prefix(slice_of(text), FOREIGN_TEXT_LIMIT);
}

static bool is_bare(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!ascii_is_alnum(text.data[i]) && !strchr("._-:/@+,", text.data[i]))
			return false;
	return text.size > 0;
}

static void add_logfmt(struct strbuf *line, const char *name, struct slice text)
{
	strbuf_add_format(line, "%s%s=", line->len > 0 ? " " : "", name);
	if (is_bare(text))
		strbuf_add_slice(line, text);
	else
		json_quote(line, text);
}

static void write_logfmt(struct strbuf *line, const char *level, const char *event,
			 const struct log_member *members, size_t count)
{
	strbuf_add_format(line, "level=%s", level);
	add_logfmt(line, "event", slice_of(event));
	for (size_t i = 0; i < count; i++) {
		if (!members[i].name)
			continue;
		if (members[i].text)
			add_logfmt(line, members[i].name, shortened(members[i].text));
		else
			strbuf_add_format(line, " %s=%lld", members[i].name,
					  (long long)members[i].number);
	}
}

static void write_json(struct strbuf *line, const char *level, const char *event,
		       const struct log_member *members, size_t count)
{
	struct json_writer jw;

	jw_init(&jw, line);
	jw_object(&jw, NULL);
	jw_time(&jw, "time", clock_unix());
	jw_text(&jw, "level", level);
	jw_text(&jw, "event", event);
	for (size_t i = 0; i < count; i++) {
		if (!members[i].name)
			continue;
		if (members[i].text)
			jw_string(&jw, members[i].name, shortened(members[i].text));
		else
			jw_int(&jw, members[i].name, members[i].number);
	}
	jw_end(&jw);
}

static void make_line(struct strbuf *line, enum log_level level, const char *event,
		      const struct log_member *members, size_t count)
{
	if (line_format == LOG_FORMAT_JSON)
		write_json(line, level_names[level], event, members, count);
	else
		write_logfmt(line, level_names[level], event, members, count);
	strbuf_add_byte(line, '\n');
}

/* Lines that could not be written, and whether the last line was cut off. */
static uint64_t lost;
static bool cut;

/* Opens standard error again if it is a pipe: only O_NONBLOCK keeps a write from
 * blocking, and setting it on the shared descriptor would affect other
 * processes. */
static int open_log(void)
{
	struct stat status;
	int fd = -1;

	if (fstat(STDERR_FILENO, &status) == 0 && S_ISFIFO(status.st_mode))
		fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? STDERR_FILENO : fd;
}

/* Waits once for a slow reader. */
static bool takes_bytes(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLOUT };

	return poll(&wanted, 1, lost > 0 ? 0 : LOG_PATIENCE_MS) > 0;
}

/* One write per line, so that lines of several processes do not mix. */
static bool write_bytes(int fd, struct slice bytes)
{
	const char *start = bytes.data;

	while (bytes.size > 0) {
		const size_t size = bytes.size < PIPE_BUF ? bytes.size : PIPE_BUF;
		ssize_t n = 0;

		if (takes_bytes(fd))
			n = write(fd, bytes.data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			cut = bytes.data > start;
			return false;
		}
		bytes = slice_skip(bytes, (size_t)n);
	}
	return true;
}

/* Never blocks for a log that is not read: processing mail has priority. */
static void write_line(const struct strbuf *line)
{
	const struct log_member count[] = { LOG_NUMBER("lines", lost) };
	const int fd = open_log();
	struct strbuf note;

	strbuf_init(&note, 200);
	if (cut)
		strbuf_add_byte(&note, '\n');
	if (lost > 0)
		make_line(&note, LOG_LEVEL_WARNING, "log-lines-lost", count, 1);
	if (write_bytes(fd, strbuf_slice(&note))) {
		lost = 0;
		cut = false;
		lost += !write_bytes(fd, strbuf_slice(line));
	} else {
		lost++;
	}
	strbuf_release(&note);
	if (fd != STDERR_FILENO)
		close(fd);
}

void log_members(enum log_level level, const char *event, const struct log_member *members,
		 size_t count)
{
	struct strbuf line;

	if (level > most_level)
		return;
	strbuf_init(&line, LINE_LIMIT);
	make_line(&line, level, event, members, count);
	write_line(&line);
	strbuf_release(&line);
}
