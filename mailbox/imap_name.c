/* imap_name.c - folder names as the server writes them
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_name.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/xalloc.h"

bool imap_text_valid(const char *text, const char *option, struct error *err)
{
	if (!text || !*text)
		return error_set(err, ERROR_FATAL, "%s is empty", option);
	for (const char *p = text; *p; p++)
		if (ascii_is_control(*p))
			return error_set(err, ERROR_FATAL, "%s holds a control character", option);
	return true;
}

/* --- modified UTF-7 --------------------------------------------------------- */

/* Bits not yet encoded in base64; RFC 3501 uses "," for "/" and no padding. */
struct utf7_run {
	struct strbuf *out;
	uint32_t bits;
	unsigned count;
	bool open; /* "&" is written, "-" is not */
};

static void add_sextet(struct utf7_run *run, unsigned sextet)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

	strbuf_add_byte(run->out, digits[sextet & 63]);
}

static void add_unit(struct utf7_run *run, uint32_t unit)
{
	if (!run->open)
		strbuf_add_byte(run->out, '&');
	run->open = true;
	run->bits = run->bits << 16 | unit;
	for (run->count += 16; run->count >= 6; run->count -= 6)
		add_sextet(run, run->bits >> (run->count - 6));
	run->bits &= 63;
}

static void end_run(struct utf7_run *run)
{
	if (!run->open)
		return;
	if (run->count > 0)
		add_sextet(run, run->bits << (6 - run->count));
	strbuf_add_byte(run->out, '-');
	run->bits = run->count = 0;
	run->open = false;
}

void utf7_encode(struct slice text, struct strbuf *out)
{
	struct utf7_run run = { .out = out };
	size_t size;

	for (size_t i = 0; i < text.size; i += size) {
		size = utf8_sequence(text.data + i, text.size - i);
		if (size == 0)
			break;
		if (size == 1) {
			end_run(&run);
			strbuf_add_byte(out, text.data[i]);
			if (text.data[i] == '&')
				strbuf_add_byte(out, '-');
			continue;
		}
		const uint32_t point = utf8_code_point(text.data + i, size);

		if (point >= 0x10000) {
			add_unit(&run, 0xd800 + ((point - 0x10000) >> 10));
			add_unit(&run, 0xdc00 + ((point - 0x10000) & 0x3ff));
		} else {
			add_unit(&run, point);
		}
	}
	end_run(&run);
}

/* --- names ------------------------------------------------------------------ */

bool imap_delimiter_valid(char delimiter)
{
	return delimiter > ' ' && delimiter < 0x7f;
}

bool imap_namespace_begin(struct imap_namespace *space, struct slice prefix)
{
	*space = (struct imap_namespace){ .delimiter = '\0' };
	if (prefix.size >= sizeof(space->prefix))
		return false;
	for (size_t i = 0; i < prefix.size; i++)
		if (prefix.data[i] < ' ' || prefix.data[i] > '~')
			return false;
	memcpy(space->prefix, prefix.data, prefix.size);
	return true;
}

/* Whether name, as the server writes it, is INBOX or below it. */
static bool is_inbox(const char *name, char delimiter)
{
	return strncasecmp(name, "INBOX", 5) == 0 &&
	       (name[5] == '\0' || (delimiter && name[5] == delimiter));
}

bool imap_name_encode(const struct imap_namespace *space, const char *folder, const char *option,
		      struct strbuf *name, struct error *err)
{
	char local[IMAP_NAME_MAX + 1];
	const char *rest = local;

	if (!imap_text_valid(folder, option, err))
		return false;
	if (strlen(folder) > IMAP_NAME_MAX)
		return error_set(err, ERROR_FATAL, "%s is longer than %d bytes", option,
				 IMAP_NAME_MAX);
	if (!utf8_valid(slice_of(folder)))
		return error_set(err, ERROR_FATAL, "%s is not UTF-8", option);
	memcpy(local, folder, strlen(folder) + 1);
	for (char *p = local; space->delimiter && *p; p++)
		if (*p == '/')
			*p = space->delimiter;
	if (is_inbox(local, space->delimiter)) {
		strbuf_add_text(name, "INBOX");
		rest = local + strlen("INBOX");
	} else if (!slice_starts_with(slice_of(local), space->prefix)) {
		strbuf_add_text(name, space->prefix);
	}
	utf7_encode(slice_of(rest), name);
	return true;
}

bool imap_name_new(const struct imap_namespace *space, const char *folder, const char *option,
		   char **name, struct error *err)
{
	struct strbuf text;
	bool good;

	strbuf_init(&text, 8 * IMAP_NAME_MAX);
	good = imap_name_encode(space, folder, option, &text, err);
	if (good)
		*name = xmemdup(text.buf, text.len);
	strbuf_release(&text);
	return good;
}
