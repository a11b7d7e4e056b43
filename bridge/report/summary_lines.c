/* summary_lines.c - lines of the summary on the terminal
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/summary_lines.h"

#include <stdarg.h>

#include "base/utf8.h"

/* Smallest width of names in tables. */
#define NAME_LEAST 16
#define NAME_MOST 60

void tone(const struct screen *s, enum tone wanted)
{
	static const char *const codes[] = { "\033[0m",  "\033[1m",  "\033[32m",
					     "\033[31m", "\033[33m", "\033[2m" };

	if (s->color)
		fputs(codes[wanted], s->out);
}

void put_blanks(struct screen *s, unsigned count)
{
	fprintf(s->out, "%*s", (int)count, "");
	s->column += count;
}

void end_line(struct screen *s)
{
	putc('\n', s->out);
	s->column = 0;
}

struct slice put_foreign(struct screen *s, struct slice text, unsigned columns)
{
	while (text.size > 0) {
		const size_t length = utf8_sequence(text.data, text.size);
		const bool shown = length > 0 && !utf8_is_control(text.data, length);
		const unsigned needed = shown ? utf8_columns(text.data, length) : 1;
		const size_t size = length > 0 ? length : 1;

		if (needed > columns)
			break;
		if (shown)
			fwrite(text.data, 1, length, s->out);
		else
			putc('?', s->out);
		columns -= needed;
		s->column += needed;
		text = (struct slice){ text.data + size, text.size - size };
	}
	return text;
}

static unsigned columns_of(struct slice text)
{
	unsigned columns = 0;

	while (text.size > 0) {
		const size_t length = utf8_sequence(text.data, text.size);
		const size_t size = length > 0 ? length : 1;

		columns += length > 0 && !utf8_is_control(text.data, length)
				   ? utf8_columns(text.data, length)
				   : 1;
		text = (struct slice){ text.data + size, text.size - size };
	}
	return columns;
}

void put_words(struct screen *s, struct slice text, unsigned indent)
{
	bool first = true;

	while (text.size > 0) {
		struct slice rest, word = slice_split(text, ' ', &rest);

		if (!first && s->column + 1 + columns_of(word) > s->width) {
			end_line(s);
			put_blanks(s, indent);
		} else if (!first) {
			put_blanks(s, 1);
		}
		for (word = put_foreign(s, word, s->width - s->column); word.size > 0;
		     word = put_foreign(s, word, s->width - s->column)) {
			end_line(s);
			put_blanks(s, indent);
		}
		first = false;
		text = rest;
	}
	end_line(s);
}

void begin_row(struct screen *s, struct slice name, unsigned rest)
{
	const unsigned left = s->width > 2 + rest ? s->width - 2 - rest : 0;
	const unsigned room = left < NAME_MOST ? left : NAME_MOST;

	put_blanks(s, 2);
	if (left >= NAME_LEAST && columns_of(name) <= room) {
		(void)put_foreign(s, name, room);
		put_blanks(s, 2 + room - s->column);
		return;
	}
	put_words(s, name, HANG);
	put_blanks(s, left >= NAME_LEAST ? 2 + room : HANG - 1);
}

static void begin_fact(struct screen *s, size_t columns)
{
	if (s->column + 1 + columns > s->width) {
		end_line(s);
		put_blanks(s, HANG - 1);
	}
	put_blanks(s, 1);
}

void put_foreign_fact(struct screen *s, const char *label, struct slice text)
{
	begin_fact(s, strlen(label) + columns_of(text));
	fputs(label, s->out);
	s->column += (unsigned)strlen(label);
	(void)put_foreign(s, text, s->width - s->column);
}

void put_fact(struct screen *s, enum tone wanted, const char *format, ...)
{
	char text[96];
	va_list arguments;
	unsigned size;

	va_start(arguments, format);
	size = (unsigned)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	begin_fact(s, size);
	tone(s, wanted);
	fputs(text, s->out);
	tone(s, TONE_PLAIN);
	s->column += size;
}

void put_count(struct screen *s, enum tone wanted, uint64_t count, const char *noun)
{
	char number[NUMBER_TEXT_SIZE];

	put_fact(s, wanted, "%9s %s%s", number_text(count, number), noun, count == 1 ? " " : "s");
}

void head(struct screen *s, const char *text)
{
	end_line(s);
	tone(s, TONE_HEAD);
	put_words(s, slice_of(text), 2);
	tone(s, TONE_PLAIN);
}

void put_wrapped(struct screen *s, const char *label, struct slice text)
{
	if (text.size == 0)
		return;
	put_blanks(s, HANG);
	tone(s, TONE_DIM);
	fputs(label, s->out);
	tone(s, TONE_PLAIN);
	s->column += (unsigned)strlen(label);
	put_words(s, text, s->column);
}
