/* log.c - what the program says about its work
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/log.h"

#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"

#define FOREIGN_TEXT_LIMIT 500
#define LINE_LIMIT 8192

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
	add_logfmt(line, "level", slice_of(level));
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

void log_members(enum log_level level, const char *event, const struct log_member *members,
		 size_t count)
{
	struct strbuf line;
	size_t done = 0;

	if (level > most_level)
		return;
	strbuf_init(&line, LINE_LIMIT);
	if (line_format == LOG_FORMAT_JSON)
		write_json(&line, level_names[level], event, members, count);
	else
		write_logfmt(&line, level_names[level], event, members, count);
	strbuf_add_byte(&line, '\n');
	/* One write per line, so that lines of several processes do not mix. */
	while (done < line.len) {
		const ssize_t n = write(STDERR_FILENO, line.buf + done, line.len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	strbuf_release(&line);
}
