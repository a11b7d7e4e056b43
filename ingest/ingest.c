/* ingest.c - from the bytes of a mail or file to documents
 *
 * SPDX-License-Identifier: MIT
 *
 * A walk over the pieces of a mail (walk.h), and one feed document at its end.
 * A refused piece never keeps the others out.
 */
#include "ingest/ingest.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/feed.h"
#include "ingest/trust/signature.h"
#include "ingest/unwrap/mime.h"
#include "ingest/walk.h"

/* Of a file that is no report and no mail: more is not searched for hidden ones. */
#define SEARCH_SIZE_MAX (8 * MIB)

struct ingest {
	const struct ingest_settings *settings;
	struct arena arena;
	struct document_writer writer;
	struct signatures *signatures; /* NULL: they are not verified */
};

struct ingest *ingest_new(const struct ingest_settings *settings)
{
	struct ingest *ingest = xcalloc(1, sizeof(*ingest));

	mime_init();
	ingest->settings = settings;
	arena_init(&ingest->arena, LIMIT_ARENA_BYTES);
	document_writer_init(&ingest->writer);
	if (settings->look_up_key)
		ingest->signatures = signatures_new(settings);
	return ingest;
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	arena_release(&ingest->arena);
	document_writer_release(&ingest->writer);
	signatures_free(ingest->signatures);
	free(ingest);
}

const struct ingest_settings *ingest_settings_of(const struct ingest *ingest)
{
	return ingest->settings;
}

void ingest_limits_default(struct ingest_limits *limits)
{
	*limits = (struct ingest_limits){
		.mail_bytes = LIMIT_MAIL_BYTES,
		.unpacked_bytes = LIMIT_UNPACKED_BYTES,
		.nesting = LIMIT_NESTING,
		.mime_parts = LIMIT_MIME_PARTS,
		.archive_members = LIMIT_ARCHIVE_MEMBERS,
	};
}

static void walk_begin(struct walk *walk, struct ingest *ingest, struct document_sink *sink,
		       struct ingest_result *result)
{
	arena_reset(&ingest->arena);
	*result = (struct ingest_result){ .kind = REPORT_NONE };
	*walk = (struct walk){
		.settings = ingest->settings,
		.arena = &ingest->arena,
		.signatures = ingest->signatures,
		.sink = sink,
		.result = result,
		.last = &result->summaries,
		.budget = { .limit = ingest->settings->limits.unpacked_bytes },
	};
	hash_init(&walk->content);
}

/* Nothing of it was a report, and nothing even looked like one. */
static bool is_mute(const struct walk *walk)
{
	return walk->result->reports == 0 && walk->result->rejects == 0;
}

static bool walk_end(struct walk *walk, struct ingest *ingest, struct error *err)
{
	struct feed feed = {
		.settings = walk->settings,
		.result = walk->result,
		.headers = &walk->headers,
		.domain = walk->headers.tls_report_domain,
		.quirks = walk->quirks,
	};

	if (!ingest_writes(walk->settings, SCHEMA_ECS))
		return true;
	if (!feed.domain.data && walk->result->reports == 0 && walk->named_domain.data) {
		feed.domain = walk->named_domain;
		quirk_add(&feed.quirks, QUIRK_NAMED_DOMAIN);
	}
	hash_end(&walk->content, feed.digest);
	return feed_write(&feed, &ingest->writer, walk->sink, err);
}

/* Is the first refusal one that a closer look could overturn? */
static bool is_worth_a_search(const struct ingest_result *result)
{
	static const char *const worth[] = { REASON_NOT_A_REPORT, REASON_UNSUPPORTED,
					     REASON_BAD_MIME, REASON_BAD_ZIP };

	for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++)
		if (result->reports == 0 && strcmp(result->reject.reason, worth[i]) == 0)
			return true;
	return false;
}

/* Where there was no report at all, hidden ones are looked for; when there are
 * none either, all stays as it was. */
static bool search(struct walk *walk, struct slice bytes, const struct wrapping *wrapping,
		   bool (*look)(struct walk *walk, struct slice bytes,
				const struct wrapping *wrapping, struct error *err),
		   struct error *err)
{
	const struct walk before = *walk;
	const struct ingest_result found = *walk->result;
	struct error why;

	if (!is_worth_a_search(walk->result))
		return true;
	walk->result->reject = (struct error){ 0 };
	walk->result->rejects = walk->parts = 0;
	walk->quirks = (struct quirk_set){ 0 };
	hash_init(&walk->content);
	if (!look(walk, bytes, wrapping, &why) && why.class != ERROR_REJECT) {
		*err = why;
		return false;
	}
	if (walk->result->reports == 0) {
		*walk = before;
		*walk->result = found;
	}
	return true;
}

bool ingest_mail(struct ingest *ingest, struct slice raw, struct document_sink *sink,
		 struct ingest_result *result, struct error *err)
{
	const struct wrapping wrapping = { .depth = 0 };
	struct walk walk;
	struct error why;

	walk_begin(&walk, ingest, sink, result);
	if (!walk_mail(&walk, raw, &wrapping, &why)) {
		if (!walk_refusal(&walk, &wrapping, &why, err))
			return false;
		hash_field(&walk.content, raw);
	}
	if (is_mute(&walk)) {
		error_reject(&why, REASON_NOT_A_REPORT, "no report in the mail");
		walk_refusal(&walk, &wrapping, &why, err);
		hash_field(&walk.content, walk_body_of(raw));
	}
	return search(&walk, raw, &wrapping, walk_hidden, err) && walk_end(&walk, ingest, err);
}

/* The bytes of a file that could not be used. */
static bool hash_input(struct walk *walk, struct input *input, struct error *err)
{
	char buffer[16 * KIB];
	size_t got;

	if (!input_rewind(input, err))
		return false;
	do {
		if (!input_read(input, buffer, sizeof(buffer), &got, err))
			return false;
		hash_bytes(&walk->content, buffer, got);
	} while (got > 0);
	return true;
}

/* A file that is a mail; over the limit it is refused as a fetched one is. */
static bool mail_file(struct ingest *ingest, struct input *input, struct document_sink *sink,
		      struct ingest_result *result, struct error *err)
{
	struct strbuf raw;
	struct error why;
	bool ok;

	if (!walk_whole(input, ingest->settings->limits.mail_bytes, &raw, &why)) {
		if (why.class == ERROR_REJECT)
			return ingest_refused(ingest, slice_of(why.text), &why, sink, result, err);
		*err = why;
		return false;
	}
	ok = ingest_mail(ingest, strbuf_slice(&raw), sink, result, err);
	strbuf_release(&raw);
	return ok;
}

static bool search_file(struct walk *walk, struct input *input, const struct wrapping *outer,
			struct error *err)
{
	const struct wrapping wrapping = { .name = outer->name };
	struct strbuf content;
	struct error why;
	bool ok;

	if (!is_worth_a_search(walk->result))
		return true;
	if (!input_rewind(input, err))
		return false;
	if (!walk_whole(input, SEARCH_SIZE_MAX, &content, &why)) {
		*err = why;
		return why.class == ERROR_REJECT; /* too large to be searched */
	}
	ok = search(walk, strbuf_slice(&content), &wrapping, walk_embedded, err);
	strbuf_release(&content);
	return ok;
}

/* Any other file; on its own it is a piece without a mail around it. */
static bool piece_file(struct ingest *ingest, struct input *input, const char *name,
		       struct document_sink *sink, struct ingest_result *result,
		       struct error *err)
{
	const char *slash = strrchr(name, '/');
	struct wrapping wrapping = { .name = slice_of(slash ? slash + 1 : name) };
	const struct wrapping file = { .depth = 0 }; /* the caller knows its name */
	struct walk walk;
	struct error why;

	walk_begin(&walk, ingest, sink, result);
	walk.headers.dkim_verdict = "unknown";
	if (!walk_piece(&walk, input, &wrapping, &why) && !walk_refusal(&walk, &file, &why, err))
		return false;
	if (is_mute(&walk)) {
		error_reject(&why, REASON_NOT_A_REPORT, "no report in it");
		walk_refusal(&walk, &file, &why, err);
	}
	if (result->rejects > 0 &&
	    (!hash_input(&walk, input, err) || !search_file(&walk, input, &wrapping, err)))
		return false;
	return walk_end(&walk, ingest, err);
}

bool ingest_input(struct ingest *ingest, struct input *input, const char *name,
		  struct document_sink *sink, struct ingest_result *result, struct error *err)
{
	char buffer[CLASSIFY_BYTES];
	struct slice head;

	if (!walk_peek(input, buffer, &head, err))
		return false;
	if (classify(head) == PIECE_MAIL)
		return mail_file(ingest, input, sink, result, err);
	return piece_file(ingest, input, name, sink, result, err);
}

bool ingest_refused(struct ingest *ingest, struct slice key, const struct error *why,
		    struct document_sink *sink, struct ingest_result *result, struct error *err)
{
	const struct wrapping wrapping = { .depth = 0 };
	struct walk walk;

	walk_begin(&walk, ingest, sink, result);
	walk.headers.dkim_verdict = "unknown";
	if (!walk_refusal(&walk, &wrapping, why, err))
		return false;
	hash_field(&walk.content, key);
	return walk_end(&walk, ingest, err);
}
