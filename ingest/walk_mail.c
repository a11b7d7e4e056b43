/* walk_mail.c - the parts of a mail, each a piece or a piece of a failure report
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/walk.h"

#include "base/xalloc.h"
#include "ingest/failure/failure.h"
#include "ingest/trust/signature.h"
#include "ingest/unwrap/embedded.h"
#include "ingest/unwrap/mime.h"

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
struct slice walk_body_of(struct slice raw)
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
	if (!failure || walk_report(walk, NULL, &wrapping, PIECE_FEEDBACK, failure, &why))
		return true;
	hash_field(&walk->content, walk_body_of(parts->raw));
	return walk_refusal(walk, &wrapping, &why, err);
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

	if (!walk_count_part(walk, err))
		return false;
	if (part->refusal.class != ERROR_NONE) {
		*err = part->refusal;
		return false;
	}
	if (!take_failure(walk, parts, part, &taken, err))
		return false;
	if (taken)
		return true;
	if (is_message(part->type))
		return walk_deeper(walk, wrapping, true, err) &&
		       walk_mail(walk, part->body, wrapping, err);
	if (!is_candidate(part))
		return true;
	input = input_from_memory(part->body);
	ok = walk_piece(walk, input, wrapping, err);
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
			.charset = part.charset,
			.depth = outer->depth,
			.quirks = outer->quirks,
		};
		const unsigned rejects = walk->result->rejects;
		struct error why;

		if (!read_part(walk, &parts, &part, &wrapping, &why))
			ok = walk_refusal(walk, &wrapping, &why, err);
		if (walk->result->rejects > rejects)
			hash_field(&walk->content, part.body);
	}
	return ok && end_failure(walk, &parts, err);
}

/* A verdict made when the mail came is better than one of now: keys go away. */
static void read_headers(struct walk *walk, const struct mime *mime, struct slice raw)
{
	mail_headers_read(&walk->headers, walk->arena, mime, walk->settings->trusted_authserv);
	if (walk->signatures && strcmp(walk->headers.dkim_verdict, "unknown") == 0)
		signatures_verify(walk->signatures, raw, walk->arena, &walk->headers);
}

bool walk_mail(struct walk *walk, struct slice raw, const struct wrapping *wrapping,
	       struct error *err)
{
	struct mime *mime;
	bool ok;

	if (!mime_open(raw, walk->settings->limits.nesting, &mime, err))
		return false;
	if (!walk->headers.dkim_verdict)
		read_headers(walk, mime, raw);
	ok = read_parts(walk, mime, raw, wrapping, err);
	mime_close(mime);
	return ok;
}

/* One of what was found, its bytes put into content. */
static bool read_embedded(struct walk *walk, const struct embedded *embedded,
			  struct strbuf *content, const struct wrapping *outer, struct error *err)
{
	struct wrapping wrapping = *outer;
	struct input *input;
	struct error why;
	bool ok;

	strbuf_reset(content);
	embedded_decode(embedded, content);
	input = input_from_memory(strbuf_slice(content));
	quirk_add(&wrapping.quirks, QUIRK_WRAPPED);
	ok = walk_deeper(walk, &wrapping, false, &why) &&
	     (embedded->form == EMBEDDED_PARTS
		      ? walk_mail(walk, strbuf_slice(content), &wrapping, &why)
		      : walk_piece(walk, input, &wrapping, &why));
	input_close(input);
	return ok || walk_refusal(walk, &wrapping, &why, err);
}

bool walk_embedded(struct walk *walk, struct slice bytes, const struct wrapping *wrapping,
		   struct error *err)
{
	struct strbuf content;
	struct embedded embedded;
	bool ok = true;

	strbuf_init(&content, walk->settings->limits.mail_bytes + KIB);
	while (ok && bytes.data && embedded_next(&bytes, &embedded))
		ok = walk_count_part(walk, err) &&
		     read_embedded(walk, &embedded, &content, wrapping, err);
	strbuf_release(&content);
	return ok;
}

/* Line ends as no mail should have them: CR CR LF, or CR alone. */
static bool has_odd_line_ends(struct slice raw)
{
	return memmem(raw.data, raw.size, "\r\r\n", 3) || !memchr(raw.data, '\n', raw.size);
}

static bool mend_line_ends(struct walk *walk, struct slice raw, const struct wrapping *outer,
			   struct error *err)
{
	struct wrapping wrapping = *outer;
	struct strbuf mended;
	bool ok;

	strbuf_init(&mended, raw.size);
	for (size_t i = 0; i < raw.size; i++) {
		if (raw.data[i] != '\r')
			strbuf_add_byte(&mended, raw.data[i]);
		else if (i + 1 == raw.size || !memchr("\r\n", raw.data[i + 1], 2))
			strbuf_add_byte(&mended, '\n');
	}
	quirk_add(&wrapping.quirks, QUIRK_WRAPPED);
	ok = walk_mail(walk, strbuf_slice(&mended), &wrapping, err);
	strbuf_release(&mended);
	return ok;
}

bool walk_hidden(struct walk *walk, struct slice raw, const struct wrapping *outer,
		 struct error *err)
{
	struct mime_part part;
	struct mime *mime;
	bool ok = true;

	if (has_odd_line_ends(raw))
		return mend_line_ends(walk, raw, outer, err);
	if (!mime_open(raw, walk->settings->limits.nesting, &mime, err))
		return false;
	while (ok && mime_next(mime, &part)) {
		struct wrapping wrapping = *outer;

		wrapping.type = part.type;
		wrapping.name = part.name;
		ok = walk_embedded(walk, part.body, &wrapping, err);
	}
	mime_close(mime);
	return ok;
}
