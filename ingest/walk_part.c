/* walk_part.c - classifies a part and reads its contents
 *
 * SPDX-License-Identifier: MIT
 *
 * Opens a container and walks its contents; passes a report to its parser.
 */
#include "ingest/walk.h"

#include "ingest/failure/failure.h"
#include "ingest/report/reason.h"
#include "ingest/unwrap/gunzip.h"

/* Feedback fields without a sample are far smaller. */
#define FEEDBACK_SIZE_MAX (1 * MIB)

enum { BEGIN, NEXT, AFTER };

bool walk_count_part(struct walk *walk, struct error *err)
{
	const unsigned most = walk->settings->limits.mime_parts;

	return ++walk->state.parts <= most ||
	       error_reject(err, REASON_TOO_MANY_PARTS, "more than %u parts", most);
}

bool walk_deeper(const struct walk *walk, struct part_context *context, bool nested,
		 struct error *err)
{
	if (context->depth == walk->settings->limits.nesting)
		return error_reject(err, REASON_TOO_DEEP, "containers nested deeper than %u",
				    walk->settings->limits.nesting);
	context->depth++;
	if (nested)
		quirk_add(&context->quirks, QUIRK_NESTED);
	return true;
}

bool walk_whole(struct input *input, size_t limit, struct strbuf *content, struct error *err)
{
	const size_t step = 64 * KIB;
	size_t got;

	strbuf_init(content, limit + step);
	do {
		char *room = strbuf_room(content, step);

		if (!room || content->len > limit) {
			error_reject(err, REASON_TOO_LARGE, "a piece of more than %zu bytes",
				     limit);
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

bool walk_peek(struct input *input, char buffer[static CLASSIFY_BYTES], struct slice *head,
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

/* --- archives ----------------------------------------------------------------- */

/* File managers add these members for themselves. */
static bool is_file_manager_member(struct slice name)
{
	const char *slash = name.size > 0 ? memrchr(name.data, '/', name.size) : NULL;
	const char *base = slash ? slash + 1 : name.data;

	return slice_starts_with(name, "__MACOSX/") ||
	       (base < name.data + name.size && *base == '.');
}

static void push_zip(struct walk *walk, struct input *packed, const struct part_context *context)
{
	struct frame *frame = walk_push(walk, FRAME_ZIP);

	frame->input = packed;
	frame->own = *context;
}

static enum walk_step open_zip(struct walk *walk, struct frame *frame, struct error *err)
{
	/* unzip reads from the end: buffer a zip that is inside another container */
	if (!input_is_seekable(frame->input)) {
		if (!walk_whole(frame->input, walk->settings->limits.mail_bytes, &frame->content,
				err))
			return WALK_FAILED;
		frame->input = frame->owned = input_from_memory(strbuf_slice(&frame->content));
	}
	if (!unzip_open(frame->input, &walk->state.budget, walk->settings->limits.archive_members,
			&frame->zip.unzip, err))
		return WALK_FAILED;
	frame->zip.reports = walk->state.result.reports;
	frame->zip.companions = walk->state.companions;
	frame->zip.empty = true;
	frame->step = NEXT;
	return WALK_ON;
}

static enum walk_step end_zip(struct walk *walk, const struct frame *frame, struct error *err)
{
	if (walk->state.result.reports == frame->zip.reports)
		walk->state.companions = frame->zip.companions;
	if (!frame->zip.empty)
		return WALK_DONE;
	error_reject(err, REASON_NOT_A_REPORT, "an archive without files");
	return WALK_FAILED;
}

static enum walk_step refuse_member(struct walk *walk, struct frame *frame, const struct error *why,
				    struct error *err)
{
	if (why->class != ERROR_REJECT) {
		*err = *why;
		return WALK_FAILED;
	}
	/* Never search the raw bytes of an archive that was altered. */
	if (strcmp(why->reason, REASON_BAD_ZIP) == 0)
		walk->state.is_sealed = true;
	walk->state.companions += walk_is_companion(&frame->inner, why);
	walk_refuse(walk, &frame->inner, why);
	return WALK_ON;
}

static enum walk_step next_member(struct walk *walk, struct frame *frame, struct error *err)
{
	struct unzip_member *member = &frame->zip.member;

	frame->inner = frame->own;
	if (!unzip_next(frame->zip.unzip, &frame->inner.quirks, member))
		return end_zip(walk, frame, err);
	frame->zip.empty = false;
	frame->inner.name = member->name;
	if (is_file_manager_member(member->name)) {
		input_close(member->input);
		return WALK_ON;
	}
	if (!member->input)
		return refuse_member(walk, frame, &member->refusal, err);
	walk_push_part(walk, member->input, true, &frame->inner);
	frame->step = AFTER;
	return WALK_ON;
}

enum walk_step walk_step_zip(struct walk *walk, struct frame *frame, struct error *err)
{
	switch (frame->step) {
	case BEGIN: return open_zip(walk, frame, err);
	case NEXT: return next_member(walk, frame, err);
	default:
		frame->step = NEXT;
		return walk_failed(walk) ? refuse_member(walk, frame, &walk->outcome, err)
					 : WALK_ON;
	}
}

/* --- a part ------------------------------------------------------------------- */

struct frame *walk_push_part(struct walk *walk, struct input *input, bool owned,
			     struct part_context *context)
{
	struct frame *frame = walk_push(walk, FRAME_PART);

	frame->input = input;
	frame->owned = owned ? input : NULL;
	frame->context = context;
	return frame;
}

static void push_document(struct walk *walk, struct input *input, enum part_kind kind,
			  struct part_context *context)
{
	struct frame *frame = walk_push(walk, FRAME_DOCUMENT);

	frame->input = input;
	frame->context = context;
	frame->document.kind = kind;
}

static bool push_mail_file(struct walk *walk, struct frame *frame, struct error *err)
{
	if (!walk_whole(frame->input, walk->settings->limits.mail_bytes, &frame->content, err))
		return false;
	walk_push_mail(walk, strbuf_slice(&frame->content), frame->context);
	return true;
}

/* Feedback fields outside a mail: a failure report without a sample. */
static bool push_feedback_file(struct walk *walk, struct frame *frame, struct error *err)
{
	struct failure *failure = failure_new(walk->arena);

	if (!failure)
		return error_reject(err, REASON_TOO_LARGE, "too many reports");
	if (!walk_whole(frame->input, FEEDBACK_SIZE_MAX, &frame->content, err) ||
	    !failure_feedback(failure, strbuf_slice(&frame->content), true, true, err))
		return false;
	walk_push_report(walk, REPORT_FAILURE, NULL, failure, frame->context);
	return true;
}

static bool refuse_kind(enum part_kind kind, struct error *err)
{
	switch (kind) {
	case PART_EMPTY: return error_reject(err, REASON_NOT_A_REPORT, "empty");
	case PART_SIZE_NOTICE:
		return error_reject(err, REASON_SIZE_NOTICE, "a report was too large to send");
	case PART_PLACEHOLDER:
		return error_reject(err, REASON_PLACEHOLDER, "holds the word unused alone");
	case PART_OLE: return error_reject(err, REASON_UNSUPPORTED, "an Outlook message file");
	case PART_ARCHIVE:
		return error_reject(err, REASON_UNSUPPORTED,
				    "an archive that is neither zip nor gzip");
	case PART_ENCRYPTED:
		return error_reject(err, REASON_UNSUPPORTED,
				    "encrypted: ask the reporter for mail without encryption");
	default: return error_reject(err, REASON_NOT_A_REPORT, "no known format");
	}
}

/* Pushes the frame for this kind of part. */
static bool push_content(struct walk *walk, struct frame *frame, enum part_kind kind, bool inside,
			 struct error *err)
{
	struct part_context *context = frame->context;

	switch (kind) {
	case PART_GZIP:
		if (!walk_deeper(walk, context, inside, err))
			return false;
		walk_push_part(walk,
			       gunzip_open(frame->input, &walk->state.budget, &context->quirks),
			       true, context);
		return true;
	case PART_ZIP:
		if (!walk_deeper(walk, context, inside, err))
			return false;
		push_zip(walk, frame->input, context);
		return true;
	case PART_XML:
	case PART_JSON: push_document(walk, frame->input, kind, context); return true;
	case PART_ARCHIVE: walk->state.is_sealed = true; return refuse_kind(kind, err);
	case PART_FEEDBACK: return push_feedback_file(walk, frame, err);
	case PART_MAIL:
		return walk_deeper(walk, context, true, err) && push_mail_file(walk, frame, err);
	default: return refuse_kind(kind, err);
	}
}

static bool open_part(struct walk *walk, struct frame *frame, struct error *err)
{
	const bool inside = frame->context->outer != PART_UNKNOWN;
	char buffer[CLASSIFY_BYTES];
	struct slice head;
	enum part_kind kind;

	if (!walk_peek(frame->input, buffer, &head, err))
		return false;
	kind = classify(head);
	if (!inside)
		frame->context->outer = kind;
	return push_content(walk, frame, kind, inside, err);
}

enum walk_step walk_step_part(struct walk *walk, struct frame *frame, struct error *err)
{
	if (frame->step != BEGIN)
		return walk_pass_on(walk, err);
	frame->step = AFTER;
	return open_part(walk, frame, err) ? WALK_ON : WALK_FAILED;
}

/* --- a report ----------------------------------------------------------------- */

struct frame *walk_push_report(struct walk *walk, enum report_kind kind, struct input *input,
			       const struct failure *failure, struct part_context *context)
{
	struct frame *frame = walk_push(walk, FRAME_REPORT);

	frame->context = context;
	frame->report.kind = kind;
	frame->report.failure = failure;
	frame->report.source.input = input;
	return frame;
}

/* Is it a report that was already read, in another form or as a copy?  Its messages must
 * count once. */
static bool is_repeat(const struct walk *walk, const struct report_summary *summary)
{
	const struct report_summary *before = walk->state.result.summaries;

	while (before && (before->kind != summary->kind || before->begin != summary->begin ||
			  !slice_equal(before->report_id, summary->report_id) ||
			  memcmp(before->digest, summary->digest, HASH_SIZE) != 0))
		before = before->next;
	return before;
}

static enum walk_step open_report(struct walk *walk, struct frame *frame, struct error *err)
{
	const enum part_kind kind = frame->report.kind == REPORT_AGGREGATE ? PART_XML : PART_JSON;
	struct report_source *source = &frame->report.source;
	struct part_context *context = frame->context;

	frame->report.summary = arena_alloc(walk->arena, sizeof(*frame->report.summary));
	if (!frame->report.summary) {
		error_reject(err, REASON_TOO_LARGE, "too many reports");
		return WALK_FAILED;
	}
	if (context->type.data && !frame->report.failure)
		classify_type(context->type, context->outer, kind, &context->quirks);
	source->name = context->name;
	if (!frame->report.failure && context->outer == kind)
		source->charset = context->charset;
	source->headers = &walk->state.headers;
	source->quirks = &context->quirks;
	if (!report_reader_open(&frame->report.reader, frame->report.kind, walk->settings,
				walk->arena, source, frame->report.failure, frame->report.summary,
				err))
		return WALK_FAILED;
	if (!is_repeat(walk, frame->report.summary))
		return WALK_REPORT;
	quirk_add(&walk->state.quirks, QUIRK_REPEATED);
	return WALK_DONE;
}

static void add_report(struct walk *walk, struct report_summary *summary)
{
	struct walk_state *state = &walk->state;

	*state->next_summary = summary;
	state->next_summary = &summary->next;
	state->last_summary = summary;
	if (state->result.reports++ == 0)
		state->result.kind = summary->kind;
	for (const struct report_share *share = summary->shares; share; share = share->next)
		state->result.documents += share->documents;
	hash_bytes(&state->content, summary->digest, HASH_SIZE);
}

/* The report stays open until the caller has read all documents. */
enum walk_step walk_step_report(struct walk *walk, struct frame *frame, struct error *err)
{
	if (frame->step == BEGIN) {
		frame->step = AFTER;
		return open_report(walk, frame, err);
	}
	if (frame->report.refusal.class != ERROR_NONE) {
		*err = frame->report.refusal;
		return WALK_FAILED;
	}
	add_report(walk, frame->report.summary);
	return WALK_DONE;
}
