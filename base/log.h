/* log.h - writes log lines to standard error
 *
 * SPDX-License-Identifier: MIT
 *
 * One event per line on stderr, as logfmt or JSON.  Only bridge/ includes this
 * file: other layers return an error, and the round logs it once with its
 * context.  Foreign text is escaped and cut to 500 bytes.
 * bridge/watch/log_table.h lists events and members.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/slice.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

/* Configures the whole process; the default is info, logfmt. */
void log_configure(enum log_level most, enum log_format format);

struct log_member {
	const char *name; /* NULL: not written */
	const char *text; /* NULL: use the number */
	int64_t number;
};

#define LOG_TEXT(name, text) ((struct log_member){ (name), (text) ? (text) : "", 0 })
#define LOG_NUMBER(name, number) ((struct log_member){ (name), NULL, (int64_t)(number) })

/* log_event(LOG_LEVEL_INFO, "round", LOG_TEXT("mailbox", name), ...) */
#define log_event(level, event, ...)                                              \
	log_members((level), (event), (const struct log_member[]){ __VA_ARGS__ }, \
		    sizeof((const struct log_member[]){ __VA_ARGS__ }) /          \
			    sizeof(struct log_member))
void log_members(enum log_level level, const char *event, const struct log_member *members,
		 size_t count);

#endif
