/* import_mailbox.c - the mailbox of parsedmarc, in our words
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/import/importing.h"

/* Older versions had the mailbox's settings in [imap]. */
static const char *section_of(struct importing *i, const char *key)
{
	return import_get(i, "mailbox", key).data ? "mailbox" : "imap";
}

static struct slice setting(struct importing *i, const char *key)
{
	return import_get(i, section_of(i, key), key);
}

/* Theirs knows weeks besides. */
static void write_since(struct importing *i)
{
	const struct slice value = setting(i, "since");
	const bool weeks = value.size > 0 && value.data[value.size - 1] == 'w';
	uint64_t count;

	if (!weeks)
		import_copy(i, section_of(i, "since"), "since", "since");
	else if (slice_to_uint((struct slice){ value.data, value.size - 1 }, 5000, &count))
		strbuf_add_format(&i->ours, "since = %llud\n", (unsigned long long)count * 7);
	else
		import_note("mailbox", "since", "no number of weeks; set since by hand");
}

static void write_dispositions(struct importing *i)
{
	static const struct {
		const char *theirs, *ours;
	} kinds[] = {
		{ "delete_aggregate", "aggregate" },
		{ "delete_failure", "failure" },
		{ "delete_smtp_tls", "smtp_tls" },
	};
	const struct slice all = setting(i, "delete");
	struct slice invalid = setting(i, "delete_invalid");

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const struct slice own = setting(i, kinds[k].theirs);

		if (import_is_true(own.data ? own : all))
			import_put_text(i, kinds[k].ours, "delete");
	}
	if (import_is_true(invalid.data ? invalid : all))
		import_note("mailbox", invalid.data ? "delete_invalid" : "delete",
			    "mail that could not be used is moved to the archive, never deleted");
}

/* What is done there, whatever kind of mailbox it is. */
static void write_visits(struct importing *i)
{
	import_copy(i, section_of(i, "archive_folder"), "archive_folder", "archive");
	import_copy_time(i, "mailbox", "check_timeout", "poll");
	write_since(i);
	write_dispositions(i);
	if (import_is_true(setting(i, "test")))
		import_put_text(i, "examine", "yes");
}

static void write_imap(struct importing *i)
{
	const struct slice ssl = import_get(i, "imap", "ssl");

	strbuf_add_text(&i->ours, "\n[mailbox reports]\n");
	import_copy(i, "imap", "host", "host");
	import_copy(i, "imap", "port", "port");
	if (ssl.data && !import_is_true(ssl)) {
		import_put_text(i, "tls", "starttls");
		import_note("imap", "ssl", "tls = starttls, which is required here, never optional");
	}
	import_verification(i, "imap");
	import_copy(i, "imap", "user", "user");
	import_secret(i, "imap", "password", "password_file", "password");
	import_copy_time(i, "imap", "timeout", "timeout");
	import_copy(i, section_of(i, "reports_folder"), "reports_folder", "folder");
	write_visits(i);
}

static void write_maildir(struct importing *i)
{
	const struct slice path = import_get(i, "maildir", "maildir_path");
	const struct slice folder = import_get(i, "mailbox", "reports_folder");

	strbuf_add_text(&i->ours, "\n[mailbox reports]\nsource = maildir\n");
	import_copy(i, "maildir", path.data ? "maildir_path" : "path", "path");
	if (folder.data && !slice_is(folder, "INBOX"))
		import_note("mailbox", "reports_folder",
			    "path is to name the directory of that folder");
	write_visits(i);
	if (foreign_ini_has(i->theirs, "imap"))
		import_note("imap", "*", "parsedmarc reads [maildir] alone where there are both");
}

void import_mailboxes(struct importing *i)
{
	if (foreign_ini_has(i->theirs, "maildir"))
		write_maildir(i);
	else if (foreign_ini_has(i->theirs, "imap"))
		write_imap(i);
	else
		import_note("mailbox", "*",
			    "no [imap] and no [maildir]: a [mailbox NAME] is to be written");
}
