/* walk_mail.c - reads the parts of a mail, or searches them for hidden reports
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/walk.h"

#include "ingest/failure/failure.h"
#include "ingest/report/reason.h"
#include "ingest/text/html_text.h"

static bool is_message(struct slice type)
{
	return slice_is(type, "message/rfc822") || slice_is(type, "message/global") ||
	       slice_is(type, "message/rfc2822");
}

/* A message header alone, under the types that reporters use. */
static bool is_message_header(struct slice type)
{
	static const char *const types[] = {
		"text/rfc822-headers",   "text/rfc-822-headers",   "text/rfc822",
		"text/rfc-822",          "message/rfc822-headers", "message/rfc-822-headers",
		"message/global-headers"
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is(type, types[i]))
			return true;
	return false;
}

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

/* --- a mail, part by part ----------------------------------------------------- */

enum { BEGIN, NEXT, PART, OLD_FAILURE, AFTER, LAST_FAILURE, PAGE, PASS_ON };

struct frame *walk_push_mail(struct walk *walk, struct slice raw,
			     const struct part_context *context)
{
	const struct part_context outer = *context;
	struct frame *frame = walk_push(walk, FRAME_MAIL);

	frame->text = raw;
	frame->own = outer;
	return frame;
}

/* Takes over the mail as fetched if ingest.c has already opened it for its header. */
static bool open_mail(struct walk *walk, struct frame *frame, struct error *err)
{
	frame->mail.mime = walk->mime;
	walk->mime = NULL;
	if (!frame->mail.mime &&
	    !mime_open(frame->text, walk->settings->limits.nesting, &frame->mail.mime, err))
		return false;
	if (!walk->state.headers.dkim_verdict)
		walk->state.headers = walk->mail_headers;
	return true;
}

/* Reads the failure report from the parts collected so far. */
static enum walk_step read_failure(struct walk *walk, struct frame *frame, unsigned step)
{
	const struct failure *failure = frame->mail.failure;

	frame->step = step;
	frame->mail.failure = NULL;
	frame->mail.failure_context = frame->own;
	walk_push_report(walk, REPORT_FAILURE, NULL, failure, &frame->mail.failure_context);
	return WALK_ON;
}

static void end_failure(struct walk *walk, struct frame *frame)
{
	if (!walk_failed(walk))
		return;
	/* A feedback report about our own report mail quotes that mail: do not search it. */
	if (strcmp(walk->outcome.reason, REASON_UNSUPPORTED) == 0)
		walk->state.is_sealed = true;
	hash_field(&walk->state.content, walk_body_of(frame->text));
	walk_refuse(walk, &frame->mail.failure_context, &walk->outcome);
}

static enum walk_step end_part(struct walk *walk, struct frame *frame)
{
	if (walk_unread(walk) > frame->mail.rejects)
		mime_hash_body(frame->mail.mime, true, &walk->state.content);
	frame->step = NEXT;
	return WALK_ON;
}

static enum walk_step refuse_part(struct walk *walk, struct frame *frame, const struct error *why)
{
	walk_refuse(walk, &frame->inner, why);
	return end_part(walk, frame);
}

static bool is_declared_feedback(const struct mime_part *part)
{
	return slice_is(part->type, "message/feedback-report");
}

static bool is_feedback(const struct mime_part *part)
{
	return is_declared_feedback(part) || classify(part->head) == PART_FEEDBACK;
}

static bool is_html(const struct mime_part *part)
{
	return slice_is(part->type, "text/html");
}

static bool is_notice(const struct mime_part *part)
{
	return (slice_is(part->type, "text/plain") || is_html(part)) &&
	       failure_is_notice(part->head);
}

static enum walk_step next_part(struct walk *walk, struct frame *frame)
{
	struct mime_part *part = &frame->mail.part;
	struct error why;

	if (walk->state.parts > walk->settings->limits.mime_parts ||
	    !mime_next(frame->mail.mime, part))
		return frame->mail.failure ? read_failure(walk, frame, LAST_FAILURE) : WALK_DONE;
	frame->inner = (struct part_context){
		.type = part->type,
		.name = part->name,
		.charset = part->charset,
		.depth = frame->own.depth,
		.quirks = frame->own.quirks,
	};
	frame->mail.rejects = walk_unread(walk);
	if (!walk_count_part(walk, &why))
		return refuse_part(walk, frame, &why);
	if (part->refusal.class != ERROR_NONE)
		return refuse_part(walk, frame, &part->refusal);
	if (frame->mail.failure && (is_feedback(part) || is_notice(part)))
		return read_failure(walk, frame, OLD_FAILURE);
	frame->step = PART;
	return WALK_ON;
}

/* Collects a part of a failure report; *taken: the part belonged to one. */
static bool collect_failure(struct walk *walk, struct frame *frame, bool *taken, struct error *err)
{
	const struct mime_part *part = &frame->mail.part;
	struct mime *mime = frame->mail.mime;
	const struct ingest_limits *limits = &walk->settings->limits;
	const bool feedback = is_feedback(part), header_only = is_message_header(part->type);
	const bool in_report = !part->encoded && slice_is(mime_type(mime), "multipart/report");

	*taken = true;
	if (feedback || is_notice(part)) {
		frame->mail.failure = failure_new(walk->arena);
		if (!frame->mail.failure)
			return error_reject(err, REASON_TOO_LARGE, "too many reports");
		return feedback ? failure_feedback(frame->mail.failure, mime_body(mime), in_report,
						   is_declared_feedback(part), err)
				: failure_notice(frame->mail.failure, mime_body(mime),
						 is_html(part), limits, err);
	}
	/* skip the returned message: it was not sent to us as a report */
	if (frame->mail.is_returned && (header_only || is_message(part->type)))
		return true;
	if (frame->mail.failure && (header_only || is_message(part->type)))
		return failure_sample(frame->mail.failure, mime_body(mime), header_only, limits,
				      err);
	*taken = false;
	return true;
}

/* Should the part be read, and refused if it is no report? */
static bool is_candidate(const struct mime_part *part)
{
	const struct slice head = part->head;

	return !classify_is_companion(part->type, part->name) ||
	       classify_is_certain(classify(head), head);
}

/* RFC 3464 and RFC 8098: a bounce or read receipt for our own message. */
static bool is_return_notice(struct slice type)
{
	return slice_is(type, "message/delivery-status") ||
	       slice_is(type, "message/global-delivery-status") ||
	       slice_is(type, "message/disposition-notification") ||
	       slice_is(type, "message/global-disposition-notification");
}

/* Filters put such a text in place of a removed attachment. */
static bool is_removal_notice(const struct mime_part *part)
{
	static const char *const words[] = { "removed", "deleted", "blocked", "quarantined",
					     "stripped" };
	const struct slice head = part->head;

	if (!slice_starts_with(part->type, "text/") ||
	    slice_find_text(head, "attachment") == head.size)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_find_text(head, words[i]) < head.size)
			return true;
	return false;
}

static enum walk_step read_part(struct walk *walk, struct frame *frame)
{
	const struct mime_part *part = &frame->mail.part;
	struct error why;
	bool taken;

	frame->step = AFTER;
	walk->outcome.class = ERROR_NONE;
	walk->state.is_stripped |= is_removal_notice(part);
	if (is_return_notice(part->type)) {
		frame->mail.is_returned = true;
		walk->state.is_sealed = true;
		return WALK_ON;
	}
	if (!collect_failure(walk, frame, &taken, &why))
		return refuse_part(walk, frame, &why);
	if (taken)
		return WALK_ON;
	if (is_message(part->type)) {
		if (!walk_deeper(walk, &frame->inner, true, &why))
			return refuse_part(walk, frame, &why);
		walk_push_mail(walk, mime_body(frame->mail.mime), &frame->inner);
	} else if (is_candidate(part)) {
		walk_push_part(walk, part->content, false, &frame->inner);
	}
	return WALK_ON;
}

enum walk_step walk_step_mail(struct walk *walk, struct frame *frame, struct error *err)
{
	switch (frame->step) {
	case BEGIN: frame->step = NEXT; return open_mail(walk, frame, err) ? WALK_ON : WALK_FAILED;
	case NEXT: return next_part(walk, frame);
	case OLD_FAILURE: end_failure(walk, frame); return read_part(walk, frame);
	case PART: return read_part(walk, frame);
	case AFTER:
		return walk_failed(walk) ? refuse_part(walk, frame, &walk->outcome)
					 : end_part(walk, frame);
	default: end_failure(walk, frame); return WALK_DONE;
	}
}

/* --- hidden reports ----------------------------------------------------------- */

struct frame *walk_push_embedded(struct walk *walk, struct slice bytes,
				 const struct part_context *context)
{
	const struct part_context outer = *context;
	struct frame *frame = walk_push(walk, FRAME_EMBEDDED);

	frame->text = bytes;
	frame->own = outer;
	strbuf_init(&frame->content, walk->settings->limits.mail_bytes + KIB);
	frame->step = NEXT;
	return frame;
}

/* Copies the next embedded object into content and pushes it. */
static enum walk_step next_embedded(struct walk *walk, struct frame *frame, struct error *err)
{
	struct embedded embedded;
	struct error why;

	if (!frame->text.data || !embedded_next(&frame->text, &embedded))
		return WALK_DONE;
	if (!walk_count_part(walk, err))
		return WALK_FAILED;
	strbuf_reset(&frame->content);
	embedded_decode(&embedded, &frame->content);
	frame->inner = frame->own;
	quirk_add(&frame->inner.quirks, QUIRK_WRAPPED);
	if (!walk_deeper(walk, &frame->inner, false, &why)) {
		walk_refuse(walk, &frame->inner, &why);
		return WALK_ON;
	}
	frame->step = AFTER;
	if (embedded.form == EMBEDDED_PARTS)
		walk_push_mail(walk, strbuf_slice(&frame->content), &frame->inner);
	else
		walk_push_part(walk, input_from_memory(strbuf_slice(&frame->content)), true,
			       &frame->inner);
	return WALK_ON;
}

enum walk_step walk_step_embedded(struct walk *walk, struct frame *frame, struct error *err)
{
	if (frame->step == NEXT)
		return next_embedded(walk, frame, err);
	if (walk_failed(walk))
		walk_refuse(walk, &frame->inner, &walk->outcome);
	frame->step = NEXT;
	return WALK_ON;
}

bool walk_has_odd_line_ends(struct slice raw)
{
	return memmem(raw.data, raw.size, "\r\r\n", 3) || !memchr(raw.data, '\n', raw.size);
}

void walk_mend_line_ends(struct slice raw, struct strbuf *mended)
{
	for (size_t i = 0; i < raw.size; i++) {
		if (raw.data[i] != '\r')
			strbuf_add_byte(mended, raw.data[i]);
		else if (i + 1 == raw.size || !memchr("\r\n", raw.data[i + 1], 2))
			strbuf_add_byte(mended, '\n');
	}
}

static enum walk_step begin_hidden(struct walk *walk, struct frame *frame, struct error *err)
{
	frame->step = PASS_ON;
	if (walk_has_odd_line_ends(frame->text)) {
		strbuf_init(&frame->content, frame->text.size);
		walk_mend_line_ends(frame->text, &frame->content);
		quirk_add(&frame->own.quirks, QUIRK_WRAPPED);
		walk_push_mail(walk, strbuf_slice(&frame->content), &frame->own);
		return WALK_ON;
	}
	frame->step = NEXT;
	return mime_open(frame->text, walk->settings->limits.nesting, &frame->mail.mime, err)
		       ? WALK_ON
		       : WALK_FAILED;
}

/* Searches the text of an HTML part: a report may be pasted with escaped tags. */
static enum walk_step search_page(struct walk *walk, struct frame *frame)
{
	const struct slice page = mime_body(frame->mail.mime);

	strbuf_release(&frame->content);
	strbuf_init(&frame->content, page.size + 1);
	html_text_add(page, &frame->content);
	walk_push_embedded(walk, strbuf_slice(&frame->content), &frame->inner);
	frame->step = PAGE;
	return WALK_ON;
}

static enum walk_step next_hidden(struct walk *walk, struct frame *frame)
{
	const struct mime_part *part = &frame->mail.part;

	if (!mime_next(frame->mail.mime, &frame->mail.part))
		return WALK_DONE;
	if (part->encoded && mime_body_size(frame->mail.mime) > SEARCH_SIZE_MAX)
		return WALK_ON;
	frame->inner = frame->own;
	frame->inner.type = part->type;
	frame->inner.name = part->name;
	walk_push_embedded(walk, mime_body(frame->mail.mime), &frame->inner);
	frame->step = AFTER;
	return WALK_ON;
}

enum walk_step walk_step_hidden(struct walk *walk, struct frame *frame, struct error *err)
{
	switch (frame->step) {
	case BEGIN: return begin_hidden(walk, frame, err);
	case AFTER:
		if (!walk_failed(walk) && walk->state.result.reports == 0 &&
		    is_html(&frame->mail.part))
			return search_page(walk, frame);
		__attribute__((fallthrough));
	case PAGE:
		if (walk_failed(walk))
			return walk_pass_on(walk, err);
		frame->step = NEXT;
		__attribute__((fallthrough));
	case NEXT: return next_hidden(walk, frame);
	default: return walk_pass_on(walk, err);
	}
}
