/* ingest_file.c - reads a file of any kind, an mbox mail by mail
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/ingest.h"
#include "ingest/report/input.h"
#include "ingest/report/reason.h"
#include "ingest/unwrap/mbox.h"

struct ingest_file {
	struct ingest *ingest;
	struct input *input;
	const char *name;
	struct mbox *mbox;
	bool looked, done;
};

struct ingest_file *ingest_file_open(struct ingest *ingest, struct input *input, const char *name)
{
	struct ingest_file *file = xcalloc(1, sizeof(*file));

	file->ingest = ingest;
	file->input = input;
	file->name = name;
	return file;
}

void ingest_file_close(struct ingest_file *file)
{
	if (!file)
		return;
	mbox_close(file->mbox);
	free(file);
}

/* Detects an mbox by its first five bytes. */
static bool detect_mbox(struct ingest_file *file, struct error *err)
{
	char head[5];
	size_t used = 0, got;

	do {
		if (!input_read(file->input, head + used, sizeof(head) - used, &got, err))
			return false;
		used += got;
	} while (got > 0 && used < sizeof(head));
	if (!input_rewind(file->input, err))
		return false;
	if (slice_is((struct slice){ head, used }, "From "))
		file->mbox = mbox_open(file->input,
				       ingest_settings_of(file->ingest)->limits.mail_bytes);
	file->looked = true;
	return true;
}

static bool begin_mail(struct ingest_file *file, bool *more, struct error *err)
{
	struct mbox_mail mail;
	struct error why;

	if (!mbox_next(file->mbox, &mail, more, err))
		return false;
	if (!*more)
		return true;
	if (!mail.too_large) {
		ingest_begin_mail(file->ingest, mail.raw);
		return true;
	}
	error_reject(&why, REASON_TOO_LARGE, "a mail of more than %zu bytes",
		     ingest_settings_of(file->ingest)->limits.mail_bytes);
	ingest_begin_refused(file->ingest, mail.raw, &why);
	return true;
}

bool ingest_file_next(struct ingest_file *file, bool *more, struct error *err)
{
	if (!file->looked && !detect_mbox(file, err))
		return false;
	if (file->mbox)
		return begin_mail(file, more, err);
	*more = !file->done;
	file->done = true;
	return !*more || ingest_begin_input(file->ingest, file->input, file->name, err);
}
