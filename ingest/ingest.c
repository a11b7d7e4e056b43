/* ingest.c - from the bytes of a mail or file to documents
 *
 * SPDX-License-Identifier: MIT
 *
 * A walk over the pieces of a mail: what is a container is opened and walked
 * in turn, what is a report goes to its parser, the rest is refused with a
 * reason.  A refused piece never keeps the others out.  The only recursion is
 * that of containers in containers, and each step of it is counted.
 */
#include "ingest/ingest.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "base/xalloc.h"
#include "ingest/classify.h"
#include "ingest/failure.h"
#include "ingest/feed.h"
#include "ingest/gunzip.h"
#include "ingest/mail_headers.h"
#include "ingest/mime.h"
#include "ingest/zip.h"

/* Feedback fields alone, without a sample. */
#define FEEDBACK_SIZE_MAX (1 * MIB)

struct ingest {
	const struct ingest_settings *settings;
	struct arena arena;
	struct document_writer writer;
};

/* One mail or file on its way. */
struct walk {
	const struct ingest_settings *settings;
	struct arena *arena;
	struct document_sink *sink;
	struct ingest_result *result;
	struct report_summary **last; /* where the next summary is linked */
	struct mail_headers headers;
	struct budget budget;
	struct hash content; /* what the feed documents' ids are made of */
	struct quirk_set quirks; /* of pieces that could not be used */
	unsigned parts;
};

/* A piece, and how it was met. */
struct wrapping {
	struct slice type, name; /* as declared; type is absent outside of mail */
	enum piece outer;	 /* the outermost container, or the report itself */
	unsigned depth;
	struct quirk_set quirks;
};

struct ingest *ingest_new(const struct ingest_settings *settings)
{
	struct ingest *ingest = xcalloc(1, sizeof(*ingest));

	mime_init();
	ingest->settings = settings;
	arena_init(&ingest->arena, LIMIT_ARENA_BYTES);
	document_writer_init(&ingest->writer);
	return ingest;
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	arena_release(&ingest->arena);
	document_writer_release(&ingest->writer);
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

/* A REJECT is the verdict on one piece and is kept; the rest is passed on. */
static bool note_refusal(struct walk *walk, const struct wrapping *wrapping,
			 const struct error *why, struct error *err)
{
	if (why->class != ERROR_REJECT) {
		*err = *why;
		return false;
	}
	if (walk->result->rejects++ == 0) {
		walk->result->reject = *why;
		if (wrapping->name.size > 0)
			error_context(&walk->result->reject, "%.*s",
				      (int)utf8_prefix(wrapping->name, 200).size,
				      wrapping->name.data);
	}
	quirk_add_all(&walk->quirks, &wrapping->quirks);
	return true;
}

static void add_report(struct walk *walk, struct report_summary *summary)
{
	*walk->last = summary;
	walk->last = &summary->next;
	if (walk->result->reports++ == 0)
		walk->result->kind = summary->kind;
	for (const struct report_share *share = summary->shares; share; share = share->next)
		walk->result->documents += share->documents;
	hash_bytes(&walk->content, summary->digest, HASH_SIZE);
}

/* The report at the core of a piece; input and piece, or else failure. */
static bool read_report(struct walk *walk, struct input *input, struct wrapping *wrapping,
			enum piece piece, const struct failure *failure, struct error *err)
{
	struct report_summary *summary = arena_alloc(walk->arena, sizeof(*summary));
	const struct report_source source = {
		.input = input,
		.name = wrapping->name,
		.headers = &walk->headers,
		.quirks = &wrapping->quirks,
	};
	bool ok;

	if (!summary)
		return error_reject(err, REASON_TOO_LARGE, "too many reports");
	if (wrapping->type.data && !failure)
		classify_type(wrapping->type, wrapping->outer, piece, &wrapping->quirks);
	if (failure)
		ok = failure_read(failure, walk->settings, walk->arena, &source, walk->sink,
				  summary, err);
	else if (piece == PIECE_XML)
		ok = dmarc_read(walk->settings, walk->arena, &source, walk->sink, summary, err);
	else
		ok = tlsrpt_read(walk->settings, walk->arena, &source, walk->sink, summary, err);
	if (ok)
		add_report(walk, summary);
	return ok;
}

static bool read_piece(struct walk *walk, struct input *input, struct wrapping *wrapping,
		       struct error *err);
static bool read_mail(struct walk *walk, struct slice raw, const struct wrapping *wrapping,
		      struct error *err);

/* One level down; nested: not the first container, or a mail in a mail. */
static bool go_deeper(struct walk *walk, struct wrapping *wrapping, bool nested,
		      struct error *err)
{
	if (wrapping->depth == walk->settings->limits.nesting)
		return error_reject(err, REASON_TOO_DEEP, "containers nested deeper than %u",
				    walk->settings->limits.nesting);
	wrapping->depth++;
	if (nested)
		quirk_add(&wrapping->quirks, QUIRK_NESTED);
	return true;
}

static bool read_gzip(struct walk *walk, struct input *packed, struct wrapping *wrapping,
		      struct error *err)
{
	struct input *content;
	bool ok;

	content = gunzip_open(packed, &walk->budget, &wrapping->quirks);
	ok = read_piece(walk, content, wrapping, err);
	input_close(content);
	return ok;
}

/* All of an input, up to limit bytes. */
static bool read_whole(struct input *input, size_t limit, struct strbuf *content,
		       struct error *err)
{
	const size_t step = 64 * KIB;
	size_t got;

	strbuf_init(content, limit + step);
	do {
		char *room = strbuf_room(content, step);

		if (!room || content->len > limit) {
			error_reject(err, REASON_TOO_LARGE, "a piece of more than %zu bytes", limit);
			goto out;
		}
		if (!input_read(input, room, step, &got, err))
			goto out;
		content->len += got;
	} while (got > 0);
	return true;
out:
	strbuf_release(content);
	return false;
}

static bool read_members(struct walk *walk, struct input *packed, const struct wrapping *wrapping,
			 struct error *err)
{
	struct unzip *unzip;
	struct unzip_member member;
	bool ok = true, empty = true;

	if (!unzip_open(packed, &walk->budget, walk->settings->limits.archive_members, &unzip,
			err))
		return false;
	while (ok && unzip_next(unzip, &member)) {
		struct wrapping inner = *wrapping;
		struct error why = member.refusal;

		empty = false;
		inner.name = member.name;
		if (!member.input || !read_piece(walk, member.input, &inner, &why))
			ok = note_refusal(walk, &inner, &why, err);
		input_close(member.input);
	}
	unzip_close(unzip);
	return empty ? error_reject(err, REASON_NOT_A_REPORT, "an archive without files") : ok;
}

static bool read_zip(struct walk *walk, struct input *packed, struct wrapping *wrapping,
		     struct error *err)
{
	struct strbuf content;
	struct input *memory;
	bool ok;

	if (packed->ops->read_at)
		return read_members(walk, packed, wrapping, err);
	/* a zip in a container cannot be read from its end without holding it */
	if (!read_whole(packed, walk->settings->limits.mail_bytes, &content, err))
		return false;
	memory = input_from_memory(strbuf_slice(&content));
	ok = read_members(walk, memory, wrapping, err);
	input_close(memory);
	strbuf_release(&content);
	return ok;
}

static bool read_mail_file(struct walk *walk, struct input *input, struct wrapping *wrapping,
			   struct error *err)
{
	struct strbuf content;
	bool ok;

	if (!read_whole(input, walk->settings->limits.mail_bytes, &content, err))
		return false;
	ok = read_mail(walk, strbuf_slice(&content), wrapping, err);
	strbuf_release(&content);
	return ok;
}

/* Feedback fields outside of a mail: a report without a sample. */
static bool read_feedback_file(struct walk *walk, struct input *input, struct wrapping *wrapping,
			       struct error *err)
{
	struct failure *failure = failure_new(walk->arena);
	struct strbuf content;
	bool ok;

	if (!failure)
		return error_reject(err, REASON_TOO_LARGE, "too many reports");
	if (!read_whole(input, FEEDBACK_SIZE_MAX, &content, err))
		return false;
	ok = failure_feedback(failure, strbuf_slice(&content), true, true, err) &&
	     read_report(walk, NULL, wrapping, PIECE_FEEDBACK, failure, err);
	strbuf_release(&content);
	return ok;
}

static bool peek(struct input *input, char buffer[static CLASSIFY_BYTES], struct slice *head,
		 struct error *err)
{
	size_t used = 0, got;

	do {
		if (!input_read(input, buffer + used, CLASSIFY_BYTES - used, &got, err))
			return false;
		used += got;
	} while (got > 0 && used < CLASSIFY_BYTES);
	*head = (struct slice){ buffer, used };
	return input_rewind(input, err);
}

static bool refuse(enum piece piece, struct error *err)
{
	switch (piece) {
	case PIECE_EMPTY:
		return error_reject(err, REASON_NOT_A_REPORT, "empty");
	case PIECE_SIZE_NOTICE:
		return error_reject(err, REASON_SIZE_NOTICE, "a report was too large to send");
	case PIECE_PLACEHOLDER:
		return error_reject(err, REASON_PLACEHOLDER, "holds the word unused alone");
	case PIECE_OLE:
		return error_reject(err, REASON_UNSUPPORTED, "an Outlook message file");
	default:
		return error_reject(err, REASON_NOT_A_REPORT, "no known format");
	}
}

static bool read_piece(struct walk *walk, struct input *input, struct wrapping *wrapping,
		       struct error *err)
{
	const bool inside = wrapping->outer != PIECE_UNKNOWN;
	char buffer[CLASSIFY_BYTES];
	struct slice head;
	enum piece piece;

	if (!peek(input, buffer, &head, err))
		return false;
	piece = classify(head);
	if (!inside)
		wrapping->outer = piece;
	switch (piece) {
	case PIECE_GZIP:
		return go_deeper(walk, wrapping, inside, err) &&
		       read_gzip(walk, input, wrapping, err);
	case PIECE_ZIP:
		return go_deeper(walk, wrapping, inside, err) &&
		       read_zip(walk, input, wrapping, err);
	case PIECE_XML:
	case PIECE_JSON:
		return read_report(walk, input, wrapping, piece, NULL, err);
	case PIECE_FEEDBACK:
		return read_feedback_file(walk, input, wrapping, err);
	case PIECE_MAIL:
		return go_deeper(walk, wrapping, true, err) &&
		       read_mail_file(walk, input, wrapping, err);
	default:
		return refuse(piece, err);
	}
}

static bool is_message(struct slice type)
{
	return slice_is(type, "message/rfc822") || slice_is(type, "message/global") ||
	       slice_is(type, "message/rfc2822");
}

/* The header of a message alone, under the names that are met (Q49). */
static bool is_message_header(struct slice type)
{
	static const char *const types[] = { "text/rfc822-headers", "text/rfc-822-headers",
					     "text/rfc822", "text/rfc-822",
					     "message/rfc822-headers", "message/rfc-822-headers",
					     "message/global-headers" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is(type, types[i]))
			return true;
	return false;
}

static struct slice head_of(const struct mime_part *part)
{
	const size_t size = part->body.size;

	return (struct slice){ part->body.data, size < CLASSIFY_BYTES ? size : CLASSIFY_BYTES };
}

/* What follows the header of a mail. */
static struct slice body_of(struct slice raw)
{
	struct slice rest = raw;

	while (rest.data) {
		const struct slice line = slice_split(rest, '\n', &rest);

		if (slice_trim(line).size == 0)
			break;
	}
	return rest;
}

/* One mail's parts on their way.  A failure report is made of several. */
struct parts {
	struct mime *mime;
	struct slice raw;
	const struct wrapping *outer;
	struct failure *failure; /* NULL until there is one */
};

static bool end_failure(struct walk *walk, struct parts *parts, struct error *err)
{
	const struct failure *failure = parts->failure;
	struct wrapping wrapping = *parts->outer;
	struct error why;

	parts->failure = NULL;
	if (!failure || read_report(walk, NULL, &wrapping, PIECE_FEEDBACK, failure, &why))
		return true;
	hash_field(&walk->content, body_of(parts->raw));
	return note_refusal(walk, &wrapping, &why, err);
}

/* Takes a part that belongs to a failure report; *taken: it was one. */
static bool take_failure(struct walk *walk, struct parts *parts, const struct mime_part *part,
			 bool *taken, struct error *err)
{
	const bool declared = slice_is(part->type, "message/feedback-report");
	const struct ingest_limits *limits = &walk->settings->limits;
	const struct slice head = head_of(part);
	const bool feedback = declared || classify(head) == PIECE_FEEDBACK;
	const bool notice = slice_is(part->type, "text/plain") && failure_is_notice(head);
	const bool header_only = is_message_header(part->type);

	*taken = true;
	if (feedback || notice) {
		if (!end_failure(walk, parts, err))
			return false;
		parts->failure = failure_new(walk->arena);
		if (!parts->failure)
			return error_reject(err, REASON_TOO_LARGE, "too many reports");
	}
	if (feedback)
		return failure_feedback(parts->failure, part->body,
					!part->encoded && slice_is(mime_type(parts->mime),
								   "multipart/report"),
					declared, err);
	if (notice)
		return failure_notice(parts->failure, part->body, limits, err);
	if (parts->failure && (header_only || is_message(part->type)))
		return failure_sample(parts->failure, part->body, header_only, limits, err);
	*taken = false;
	return true;
}

/* Is it worth a look, and a complaint when it is no report? */
static bool is_candidate(const struct mime_part *part)
{
	const struct slice head = head_of(part);

	return !classify_is_companion(part->type, part->name) ||
	       classify_is_certain(classify(head), head);
}

static bool read_part(struct walk *walk, struct parts *parts, const struct mime_part *part,
		      struct wrapping *wrapping, struct error *err)
{
	struct input *input;
	bool ok, taken;

	if (++walk->parts > walk->settings->limits.mime_parts)
		return error_reject(err, REASON_TOO_MANY_PARTS, "more than %u parts",
				    walk->settings->limits.mime_parts);
	if (part->refusal.class != ERROR_NONE) {
		*err = part->refusal;
		return false;
	}
	if (!take_failure(walk, parts, part, &taken, err))
		return false;
	if (taken)
		return true;
	if (is_message(part->type))
		return go_deeper(walk, wrapping, true, err) &&
		       read_mail(walk, part->body, wrapping, err);
	if (!is_candidate(part))
		return true;
	input = input_from_memory(part->body);
	ok = read_piece(walk, input, wrapping, err);
	input_close(input);
	return ok;
}

static bool read_parts(struct walk *walk, struct mime *mime, struct slice raw,
		       const struct wrapping *outer, struct error *err)
{
	struct parts parts = { .mime = mime, .raw = raw, .outer = outer };
	struct mime_part part;
	bool ok = true;

	while (ok && walk->parts <= walk->settings->limits.mime_parts && mime_next(mime, &part)) {
		struct wrapping wrapping = {
			.type = part.type,
			.name = part.name,
			.depth = outer->depth,
			.quirks = outer->quirks,
		};
		const unsigned rejects = walk->result->rejects;
		struct error why;

		if (!read_part(walk, &parts, &part, &wrapping, &why))
			ok = note_refusal(walk, &wrapping, &why, err);
		if (walk->result->rejects > rejects)
			hash_field(&walk->content, part.body);
	}
	return ok && end_failure(walk, &parts, err);
}

static bool read_mail(struct walk *walk, struct slice raw, const struct wrapping *wrapping,
		      struct error *err)
{
	struct mime *mime;
	bool ok;

	if (!mime_open(raw, walk->settings->limits.nesting, &mime, err))
		return false;
	if (!walk->headers.dkim_verdict)
		mail_headers_read(&walk->headers, walk->arena, mime,
				  walk->settings->trusted_authserv);
	ok = read_parts(walk, mime, raw, wrapping, err);
	mime_close(mime);
	return ok;
}

static void walk_begin(struct walk *walk, struct ingest *ingest, struct document_sink *sink,
		       struct ingest_result *result)
{
	arena_reset(&ingest->arena);
	*result = (struct ingest_result){ .kind = REPORT_NONE };
	*walk = (struct walk){
		.settings = ingest->settings,
		.arena = &ingest->arena,
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
	hash_end(&walk->content, feed.digest);
	return feed_write(&feed, &ingest->writer, walk->sink, err);
}

bool ingest_mail(struct ingest *ingest, struct slice raw, struct document_sink *sink,
		 struct ingest_result *result, struct error *err)
{
	const struct wrapping wrapping = { .depth = 0 };
	struct walk walk;
	struct error why;

	walk_begin(&walk, ingest, sink, result);
	if (!read_mail(&walk, raw, &wrapping, &why)) {
		if (!note_refusal(&walk, &wrapping, &why, err))
			return false;
		hash_field(&walk.content, raw);
	}
	if (is_mute(&walk)) {
		error_reject(&why, REASON_NOT_A_REPORT, "no report in the mail");
		note_refusal(&walk, &wrapping, &why, err);
		hash_field(&walk.content, body_of(raw));
	}
	return walk_end(&walk, ingest, err);
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

	if (!read_whole(input, ingest->settings->limits.mail_bytes, &raw, &why)) {
		if (why.class == ERROR_REJECT)
			return ingest_refused(ingest, slice_of(why.text), &why, sink, result, err);
		*err = why;
		return false;
	}
	ok = ingest_mail(ingest, strbuf_slice(&raw), sink, result, err);
	strbuf_release(&raw);
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
	if (!read_piece(&walk, input, &wrapping, &why) && !note_refusal(&walk, &file, &why, err))
		return false;
	if (is_mute(&walk)) {
		error_reject(&why, REASON_NOT_A_REPORT, "no report in it");
		note_refusal(&walk, &file, &why, err);
	}
	if (result->rejects > 0 && !hash_input(&walk, input, err))
		return false;
	return walk_end(&walk, ingest, err);
}

bool ingest_input(struct ingest *ingest, struct input *input, const char *name,
		  struct document_sink *sink, struct ingest_result *result, struct error *err)
{
	char buffer[CLASSIFY_BYTES];
	struct slice head;

	if (!peek(input, buffer, &head, err))
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
	if (!note_refusal(&walk, &wrapping, why, err))
		return false;
	hash_field(&walk.content, key);
	return walk_end(&walk, ingest, err);
}
