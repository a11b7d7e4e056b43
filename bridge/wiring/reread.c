/* reread.c - reads mail again that was settled before
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/wiring/reread.h"

#include "base/limits.h"
#include "bridge/config/mailbox_config.h"
#include "bridge/wiring/wiring.h"

struct folders {
	struct arena *arena;
	const struct mailbox_config *of; /* lists its folders */
	struct mailbox_config *first, **end;
};

/* Settled mail may have our keyword, and may be older than `since`. */
static void read_everything(struct mailbox_config *m)
{
	mailbox_config_examine(m);
	m->rereads = true;
	m->imap.since = m->imap.since_age_ms = m->maildir.since = m->maildir.since_age_ms = 0;
	m->imap.retention_ms = 0;
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		m->imap.dispositions[fate] = m->maildir.dispositions[fate] = MAILBOX_MOVE;
}

static void add_folder(void *context, const char *name)
{
	struct folders *folders = context;
	struct mailbox_config *m = arena_alloc(folders->arena, sizeof(*m));
	struct strbuf text;

	*m = *folders->of;
	strbuf_init(&text, 16 * KIB);
	strbuf_add_format(&text, "%s/%s", m->section, name);
	m->name = arena_text(folders->arena, strbuf_slice(&text));
	if (m->source == SOURCE_MAILDIR) {
		strbuf_reset(&text);
		strbuf_add_format(&text, "%s/%s", m->maildir.path, name);
		m->maildir.path = arena_text(folders->arena, strbuf_slice(&text));
	} else {
		m->imap.listed_folder = arena_text(folders->arena, slice_of(name));
	}
	strbuf_release(&text);
	/* A copy for each: a worker wipes the secrets of mailboxes that it does not serve. */
	if (m->imap.password)
		m->imap.password = arena_text(folders->arena, slice_of(m->imap.password));
	read_everything(m);
	*folders->end = m;
	m->next = NULL;
	folders->end = &m->next;
}

bool reread_mailboxes(struct config *config, const char *folder, struct error *err)
{
	struct folders folders = { .arena = &config->arena, .end = &folders.first };
	struct mailbox *mailbox;
	bool good = true;

	for (struct mailbox_config *m = config->mailboxes; m && good; m = m->next) {
		if (m->is_further)
			continue;
		folders.of = m;
		mailbox = wiring_mailbox(config, m);
		good = mailbox->ops->list(mailbox, folder, add_folder, &folders, err);
		mailbox->ops->free(mailbox);
	}
	if (!good)
		return false;
	config->mailboxes = folders.first;
	return folders.first ||
	       error_set(err, ERROR_FATAL, "--reread %s: no mailbox has such a folder", folder);
}
