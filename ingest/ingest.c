/* SPDX-License-Identifier: MIT
 *
 * The public functions; walk.h finds the reports.  No fiber may wait inside one of
 * them (base/wait.h); test builds assert this.
 */
#include "ingest/ingest.h"

#include <assert.h>
#include <stdlib.h>

#include "base/wait.h"
#include "base/xalloc.h"
#include "ingest/dmarc/dmarc.h"
#include "ingest/failure/failure.h"
#include "ingest/feed.h"
#include "ingest/report/reason.h"
#include "ingest/trust/mail_headers.h"
#include "ingest/trust/signature.h"
#include "ingest/walk.h"

struct ingest {
	const struct ingest_settings *settings;
	struct arena arena;
	struct walk walk;
	struct strbuf content; /* of a file that contains a mail */
	struct strbuf mended;  /* a mail with repaired line ends, for its header and signatures */
	struct signatures *signatures; /* NULL: signatures are not verified */
	struct document_writer writer; /* of feed documents */
	struct feed feed;
	bool at_end; /* after the last report */
};

struct ingest *ingest_new(const struct ingest_settings *settings)
{
	struct ingest *ingest = xcalloc(1, sizeof(*ingest));

	mime_init();
	ingest->settings = settings;
	arena_init(&ingest->arena, LIMIT_ARENA_BYTES);
	document_writer_init(&ingest->writer);
	if (settings->verify_dkim)
		ingest->signatures = signatures_new();
	walk_begin(&ingest->walk, settings, &ingest->arena);
	return ingest;
}

/* Releases everything of the previous mail. */
static void drop(struct ingest *ingest)
{
	walk_release(&ingest->walk);
	if (ingest->signatures)
		signatures_cancel(ingest->signatures);
	strbuf_release(&ingest->content);
	strbuf_release(&ingest->mended);
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	drop(ingest);
	arena_release(&ingest->arena);
	document_writer_release(&ingest->writer);
	if (ingest->signatures)
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

/* --- beginning ---------------------------------------------------------------- */

static void begin(struct ingest *ingest)
{
	drop(ingest);
	arena_reset(&ingest->arena);
	walk_begin(&ingest->walk, ingest->settings, &ingest->arena);
	ingest->feed = (struct feed){ .report = NULL };
	ingest->at_end = false;
}

/* Prefer the verdict that the receiving server recorded: keys may be gone by now. */
static void read_header(struct ingest *ingest, struct mime *mime, struct slice raw)
{
	struct mail_headers *headers = &ingest->walk.mail_headers;

	mail_headers_read(headers, &ingest->arena, mime, ingest->settings->trusted_authserv);
	if (ingest->signatures && strcmp(headers->dkim_verdict, "unknown") == 0)
		signatures_begin(ingest->signatures, raw, &ingest->arena, headers);
}

/* The search for hidden reports parses the mail with repaired line ends as well. */
static void read_mended_header(struct ingest *ingest, struct slice raw)
{
	const unsigned nesting = ingest->settings->limits.nesting;
	struct error ignored;
	struct mime *mime;

	strbuf_init(&ingest->mended, raw.size);
	walk_mend_line_ends(raw, &ingest->mended);
	if (mime_open(strbuf_slice(&ingest->mended), nesting, &mime, &ignored)) {
		read_header(ingest, mime, strbuf_slice(&ingest->mended));
		mime_close(mime);
	}
}

static void begin_mail(struct ingest *ingest, struct slice raw)
{
	struct walk *walk = &ingest->walk;
	struct error ignored;

	begin(ingest);
	if (mime_open(raw, ingest->settings->limits.nesting, &walk->mime, &ignored))
		read_header(ingest, walk->mime, raw);
	else if (walk_has_odd_line_ends(raw))
		read_mended_header(ingest, raw);
	walk_push_mail_root(walk, raw);
}

void ingest_begin_mail(struct ingest *ingest, struct slice raw)
{
	wait_forbid();
	begin_mail(ingest, raw);
	wait_permit();
}

static void begin_refused(struct ingest *ingest, struct slice key, const struct error *why)
{
	const struct part_context context = { .depth = 0 };
	struct walk *walk = &ingest->walk;

	assert(why->class == ERROR_REJECT);
	begin(ingest);
	walk->state.headers.dkim_verdict = "unknown";
	walk_refuse(walk, &context, why);
	hash_field(&walk->state.content, key);
}

void ingest_begin_refused(struct ingest *ingest, struct slice key, const struct error *why)
{
	wait_forbid();
	begin_refused(ingest, key, why);
	wait_permit();
}

void ingest_mail_came(struct ingest *ingest, int64_t when)
{
	struct walk *walk = &ingest->walk;

	if (walk->mail_headers.date == 0)
		walk->mail_headers.date = when;
	/* for a mail that is refused unread */
	if (walk->state.headers.date == 0)
		walk->state.headers.date = when;
}

void ingest_mail_lies_in(struct ingest *ingest, const char *mailbox, const char *folder)
{
	struct walk *walk = &ingest->walk;

	walk->state.headers.mailbox = walk->mail_headers.mailbox = slice_of(mailbox);
	walk->state.headers.folder = walk->mail_headers.folder = slice_of(folder);
}

/* A file that is a mail.  Above the size limit it is refused like a fetched mail. */
static bool begin_mail_file(struct ingest *ingest, struct input *input, struct error *err)
{
	struct strbuf raw;
	struct error why;

	if (walk_whole(input, ingest->settings->limits.mail_bytes, &raw, &why)) {
		begin_mail(ingest, strbuf_slice(&raw));
		ingest->content = raw;
		return true;
	}
	if (why.class != ERROR_REJECT) {
		*err = why;
		return false;
	}
	begin_refused(ingest, slice_of(why.text), &why);
	return true;
}

static bool begin_input(struct ingest *ingest, struct input *input, const char *name,
			struct error *err)
{
	const char *slash = strrchr(name, '/');
	char buffer[CLASSIFY_BYTES];
	struct slice head;

	if (!walk_peek(input, buffer, &head, err))
		return false;
	if (classify(head) == PART_MAIL)
		return begin_mail_file(ingest, input, err);
	begin(ingest);
	ingest->walk.state.headers.dkim_verdict = "unknown";
	walk_push_file_root(&ingest->walk, input, slice_of(slash ? slash + 1 : name));
	return true;
}

bool ingest_begin_input(struct ingest *ingest, struct input *input, const char *name,
			struct error *err)
{
	bool good;

	wait_forbid();
	good = begin_input(ingest, input, name, err);
	wait_permit();
	return good;
}

/* --- keys --------------------------------------------------------------------- */

const char *ingest_key_wanted(const struct ingest *ingest, size_t index)
{
	return ingest->signatures ? signatures_key(ingest->signatures, index) : NULL;
}

void ingest_give_key(struct ingest *ingest, const char *name, struct slice texts)
{
	if (ingest->signatures)
		signatures_answer(ingest->signatures, name, texts);
}

/* --- reading ------------------------------------------------------------------ */

static void begin_feed(struct ingest *ingest)
{
	struct walk_state *state = &ingest->walk.state;
	struct feed *feed = &ingest->feed;

	*feed = (struct feed){
		.settings = ingest->settings,
		.result = &state->result,
		.headers = &state->headers,
		.domain = state->headers.tls_report_domain,
		.quirks = state->quirks,
	};
	if (!feed->domain.data && state->result.reports == 0 && state->named_domain.data) {
		feed->domain = state->named_domain;
		quirk_add(&feed->quirks, QUIRK_NAMED_DOMAIN);
	}
	state->result.message_id = state->headers.message_id;
	state->result.domain = feed->domain;
	state->result.claims_report = feed->domain.data != NULL;
	hash_end(&state->content, feed->digest);
	feed_begin(feed);
}

static bool next_report(struct ingest *ingest, const struct report_summary **report,
			struct error *err)
{
	struct walk *walk = &ingest->walk;

	*report = NULL;
	if (ingest->at_end)
		return true;
	if (ingest->signatures)
		signatures_end(ingest->signatures);
	if (!walk_next(walk, err))
		return false;
	if (walk->top) {
		*report = walk->top->report.summary;
		return true;
	}
	ingest->at_end = true;
	begin_feed(ingest);
	return true;
}

bool ingest_next_report(struct ingest *ingest, const struct report_summary **report,
			struct error *err)
{
	bool good;

	wait_forbid();
	good = next_report(ingest, report, err);
	wait_permit();
	return good;
}

/* Returns the open report; NULL if there is none or it has proved unusable. */
static struct frame *open_report(const struct ingest *ingest)
{
	struct frame *top = ingest->walk.top;

	return top && top->kind == FRAME_REPORT && top->report.refusal.class == ERROR_NONE ? top
											   : NULL;
}

/* A REJECT becomes the verdict on the report; other errors are returned. */
static bool keep_refusal(struct frame *frame, const struct error *why, struct error *err)
{
	if (why->class == ERROR_REJECT)
		frame->report.refusal = *why;
	else
		*err = *why;
	return why->class == ERROR_REJECT;
}

bool ingest_next_run(struct ingest *ingest, struct run *run, struct error *err)
{
	struct frame *frame = open_report(ingest);
	struct error why;
	bool good = true;

	run->count = 0;
	wait_forbid();
	if (frame && !report_reader_next_run(&frame->report.reader, run, &why)) {
		run->count = 0;
		good = keep_refusal(frame, &why, err);
	}
	wait_permit();
	return good;
}

static bool next_document(struct ingest *ingest, struct document *document, struct error *err)
{
	struct frame *frame = open_report(ingest);
	struct error why;

	document->name = NULL;
	if (ingest->at_end)
		return !ingest_writes(ingest->settings, SCHEMA_ECS) ||
		       feed_next(&ingest->feed, &ingest->writer, document, err);
	if (!frame || report_reader_next_document(&frame->report.reader, document, &why))
		return true;
	document->name = NULL;
	return keep_refusal(frame, &why, err);
}

void ingest_source_evidence(const struct run *run, size_t record, struct source_evidence *evidence)
{
	if (run->kind == REPORT_AGGREGATE)
		dmarc_source_evidence(run->sources[record], evidence);
	else
		failure_source_evidence(run->sources[record], evidence);
}

bool ingest_next_document(struct ingest *ingest, struct document *document, struct error *err)
{
	bool good;

	wait_forbid();
	good = next_document(ingest, document, err);
	wait_permit();
	return good;
}

const struct ingest_result *ingest_result_of(const struct ingest *ingest)
{
	return &ingest->walk.state.result;
}

bool ingest_is_unrelated(const struct ingest_result *result)
{
	return result->reports == 0 && !result->claims_report &&
	       result->reject.class != ERROR_NONE && result->reject.reason == REASON_NOT_A_REPORT;
}
