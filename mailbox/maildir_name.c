/* maildir_name.c - file and folder names of a Maildir
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/maildir_name.h"

#include <limits.h>

#include "base/utf8.h"
#include "mailbox/imap_name.h"

#define FLAGS_MARK ":2,"

/* Returns the part before ":2,"; *flags is absent without it. */
static struct slice split_flags(struct slice name, struct slice *flags)
{
	const size_t at = slice_find_text(name, FLAGS_MARK);

	*flags = (struct slice){ NULL, 0 };
	if (at == name.size)
		return name;
	*flags = slice_between(name.data + at + strlen(FLAGS_MARK), name.data + name.size);
	return (struct slice){ name.data, at };
}

bool maildir_is_trashed(struct slice name)
{
	struct slice flags;

	(void)split_flags(name, &flags);
	return flags.data && slice_find(flags, 'T') < flags.size;
}

bool maildir_folder_name(const char *archive, const char *folder, struct strbuf *name,
			 struct error *err)
{
	struct slice level, rest = slice_of(archive);

	if (!imap_text_valid(archive, "archive", err))
		return false;
	if (!utf8_valid(rest))
		return error_set(err, ERROR_FATAL, "archive is not UTF-8");
	while (rest.data) {
		level = slice_split(rest, '/', &rest);
		/* A dot would start another level, and ".." is the parent. */
		if (level.size == 0 || slice_find(level, '.') < level.size)
			return error_set(err, ERROR_FATAL,
					 "archive: \"%s\" has an empty level or one with a dot",
					 archive);
		strbuf_add_byte(name, '.');
		utf7_encode(level, name);
	}
	if (folder) {
		strbuf_add_byte(name, '.');
		strbuf_add_text(name, folder);
	}
	return true;
}

/* Writes flags in ASCII order. */
static void add_flags(struct slice flags, bool seen, struct strbuf *out)
{
	bool missing = seen && slice_find(flags, 'S') == flags.size;

	for (size_t i = 0; i < flags.size; i++) {
		if (missing && flags.data[i] > 'S') {
			strbuf_add_byte(out, 'S');
			missing = false;
		}
		strbuf_add_byte(out, flags.data[i]);
	}
	if (missing)
		strbuf_add_byte(out, 'S');
}

void maildir_settled_name(struct slice name, bool seen, unsigned attempt, struct strbuf *out)
{
	struct strbuf end;
	struct slice flags;

	name = split_flags(name, &flags);
	if (flags.size > NAME_MAX / 2)
		flags.size = NAME_MAX / 2;
	strbuf_init(&end, 2 * NAME_MAX);
	if (attempt > 0)
		strbuf_add_format(&end, "_%u", attempt);
	strbuf_add_text(&end, FLAGS_MARK);
	add_flags(flags, seen, &end);
	/* A name without room for the flags is cut; the attempt number
	 * distinguishes mails whose cut names are equal. */
	if (name.size > NAME_MAX - end.len)
		name.size = NAME_MAX - end.len;
	strbuf_add_slice(out, name);
	strbuf_add_slice(out, strbuf_slice(&end));
	strbuf_release(&end);
}
