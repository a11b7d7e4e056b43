/* audit.c - audit log of changes to tenants
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/log.h"
#include "bridge/wiring/wiring.h"

#define LINE_LIMIT (64 * KIB)

static const char *user_name(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? user->pw_name : "";
}

void audit_command(char *const *arguments, struct strbuf *command)
{
	for (char *const *word = arguments; *word; word++) {
		if (word != arguments)
			strbuf_add_byte(command, ' ');
		if (**word && strpbrk(*word, " \t\n\"\\") == NULL)
			strbuf_add_text(command, *word);
		else
			json_quote(command, slice_of(*word));
	}
}

/* One write, so that lines of concurrent commands do not mix. */
static bool write_line(const struct audit *audit, const char *result)
{
	const char *sudo_user = getenv("SUDO_USER");
	struct strbuf line;
	char now[DATETIME_SIZE];
	bool good;

	strbuf_init(&line, LINE_LIMIT);
	datetime_format(clock_unix(), now);
	strbuf_add_format(&line, "time=%s uid=%u user=", now, (unsigned)getuid());
	json_quote(&line, slice_of(user_name()));
	if (sudo_user) {
		strbuf_add_text(&line, " sudo_user=");
		json_quote(&line, slice_of(sudo_user));
	}
	strbuf_add_format(&line, " pid=%d command=", (int)getpid());
	json_quote(&line, slice_of(audit->command));
	strbuf_add_text(&line, " result=");
	json_quote(&line, slice_of(result));
	strbuf_add_byte(&line, '\n');
	log_event(LOG_LEVEL_INFO, "tenant", LOG_TEXT("user", user_name()),
		  LOG_TEXT("command", audit->command), LOG_TEXT("result", result));
	good = write(audit->fd, line.buf, line.len) == (ssize_t)line.len && fsync(audit->fd) == 0;
	strbuf_release(&line);
	return good;
}

bool audit_begin(struct audit *audit, const struct config *config, const char *command,
		 struct error *err)
{
	struct strbuf path;
	bool good;

	if (!wiring_directories(config, err))
		return false;
	*audit = (struct audit){ config->bridge.state_directory, command, -1 };
	strbuf_init(&path, 4096);
	strbuf_add_format(&path, "%s/audit.log", audit->state_directory);
	audit->fd = open(path.buf, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	good = audit->fd >= 0 && write_line(audit, "begun");
	if (!good)
		error_set(err, ERROR_FATAL, "%s: %s; nothing was changed", path.buf,
			  strerror(errno));
	strbuf_release(&path);
	return good;
}

void audit_end(struct audit *audit, const char *result)
{
	if (audit->fd < 0)
		return;
	if (!write_line(audit, result))
		log_event(LOG_LEVEL_ERROR, "tenant",
			  LOG_TEXT("error", "audit.log cannot be written"));
	close(audit->fd);
	audit->fd = -1;
}
