/* error.c - what went wrong, and what the caller should do about it
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Texts of servers and mails are quoted in errors, and errors go to terminals: what
 * would steer one becomes a blank, what is no UTF-8 a question mark. */
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

__attribute__((format(printf, 2, 0))) static void set_text(struct error *err, const char *format,
							   va_list args)
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
