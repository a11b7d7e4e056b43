/* error.c - error class and text
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/printf_like.h"
#include "base/utf8.h"

/* Errors quote texts of servers and mails and are shown on terminals: replaces
 * control characters with spaces and invalid UTF-8 with question marks. */
static void make_printable(char *text)
{
	size_t left = strlen(text), length;

	for (; left > 0; text += length, left -= length) {
		length = utf8_sequence(text, left);
		if (length == 0) {
			*text = '?';
			length = 1;
		} else if (utf8_is_control(text, length)) {
			memset(text, ' ', length);
		}
	}
}

PRINTF_LIKE(2, 0)
static void set_text(struct error *err, const char *format, va_list args)
{
	vsnprintf(err->text, sizeof(err->text), format, args);
	make_printable(err->text);
}

bool error_set(struct error *err, enum error_class class, const char *format, ...)
{
	va_list args;

	err->class = class;
	err->reason = NULL;
	err->slow = false;
	va_start(args, format);
	set_text(err, format, args);
	va_end(args);
	return false;
}

bool error_reject(struct error *err, const char *reason, const char *format, ...)
{
	va_list args;

	err->class = ERROR_REJECT;
	err->reason = reason;
	err->slow = false;
	va_start(args, format);
	set_text(err, format, args);
	va_end(args);
	return false;
}

bool error_context(struct error *err, const char *format, ...)
{
	char inner[sizeof(err->text)];
	va_list args;
	size_t used;

	memcpy(inner, err->text, sizeof(inner));
	va_start(args, format);
	set_text(err, format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
	return false;
}
