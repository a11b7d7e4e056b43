/* walk.c - the walk: its stack and root frames
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/walk.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "base/xalloc.h"
#include "ingest/report/reason.h"
#include "ingest/report/report_name.h"

/* --- the stack ---------------------------------------------------------------- */

struct frame *walk_push(struct walk *walk, enum frame_kind kind)
{
	struct frame *frame = xcalloc(1, sizeof(*frame));

	frame->kind = kind;
	frame->context = &frame->own;
	frame->below = walk->top;
	walk->top = frame;
	return frame;
}

static void pop(struct walk *walk)
{
	struct frame *frame = walk->top;

	switch (frame->kind) {
	case FRAME_MAIL_ROOT:
	case FRAME_FILE_ROOT: free(frame->before_search); break;
	case FRAME_MAIL:
	case FRAME_HIDDEN: mime_close(frame->mail.mime); break;
	case FRAME_ZIP: unzip_close(frame->zip.unzip); break;
	case FRAME_REPORT: report_reader_close(&frame->report.reader); break;
	case FRAME_PART:
	case FRAME_DOCUMENT:
	case FRAME_EMBEDDED: break;
	}
	input_close(frame->owned);
	strbuf_release(&frame->content);
	walk->top = frame->below;
	free(frame);
}

void walk_begin(struct walk *walk, const struct ingest_settings *settings, struct arena *arena)
{
	*walk = (struct walk){
		.settings = settings,
		.arena = arena,
		.state = { .budget = { .limit = settings->limits.unpacked_bytes } },
	};
	walk->state.next_summary = &walk->state.result.summaries;
	hash_init(&walk->state.content);
}

void walk_release(struct walk *walk)
{
	while (walk->top)
		pop(walk);
	mime_close(walk->mime);
	walk->mime = NULL;
}

bool walk_is_companion(const struct part_context *context, const struct error *why)
{
	const bool damaged = strcmp(why->reason, REASON_BAD_XML) != 0 &&
			     strcmp(why->reason, REASON_BAD_JSON) != 0 &&
			     strcmp(why->reason, REASON_UNSUPPORTED) != 0;

	return strcmp(why->reason, REASON_NOT_A_REPORT) == 0 ||
	       (!damaged && classify_is_companion_name(context->name));
}

/* Once a report has been read, its companions no longer count as rejects. */
static void forget_companions(struct walk_state *state)
{
	if (state->result.reports == 0)
		return;
	state->result.reject = state->serious;
	state->result.rejects = state->serious_count;
	state->companions = 0;
}

void walk_refuse(struct walk *walk, const struct part_context *context, const struct error *why)
{
	struct walk_state *state = &walk->state;
	struct ingest_result *result = &state->result;

	struct error named = *why;

	if (context->name.size > 0)
		error_context(&named, "%.*s", (int)utf8_prefix(context->name, 200).size,
			      context->name.data);
	if (result->rejects++ == 0)
		result->reject = named;
	if (!walk_is_companion(context, why) && state->serious_count++ == 0)
		state->serious = named;
	if (!state->named_domain.data)
		(void)report_name_domain(walk->arena, context->name, &state->named_domain);
	quirk_add_all(&state->quirks, &context->quirks);
}

enum walk_step walk_pass_on(const struct walk *walk, struct error *err)
{
	if (!walk_failed(walk))
		return WALK_DONE;
	*err = walk->outcome;
	return WALK_FAILED;
}

/* --- roots ---------------------------------------------------------------------- */

enum { BEGIN, READ, SEARCHED };

/* There was no report, and nothing that looked like one. */
static bool found_nothing(const struct walk *walk)
{
	return walk->state.result.reports == 0 && walk->state.result.rejects == 0;
}

/* Could a search overturn the first refusal? */
static bool is_worth_a_search(const struct walk_state *state)
{
	const struct ingest_result *result = &state->result;
	static const char *const worth[] = { REASON_NOT_A_REPORT, REASON_UNSUPPORTED,
					     REASON_BAD_MIME, REASON_BAD_ZIP };

	for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++)
		if (result->reports == 0 && !state->is_sealed &&
		    strcmp(result->reject.reason, worth[i]) == 0)
			return true;
	return false;
}

/* Without any report, searches for hidden ones.  If there are none, end_search() restores
 * the previous state. */
static void begin_search(struct walk *walk, struct frame *root)
{
	struct walk_state *state = &walk->state;

	root->before_search = xmalloc(sizeof(*state));
	*root->before_search = *state;
	state->result.reject = (struct error){ 0 };
	state->result.rejects = state->serious_count = state->companions = state->parts = 0;
	state->quirks = (struct quirk_set){ 0 };
	hash_init(&state->content);
	root->step = SEARCHED;
}

static enum walk_step end_search(struct walk *walk, struct frame *root)
{
	if (walk->state.result.reports == 0)
		walk->state = *root->before_search;
	else
		forget_companions(&walk->state);
	return WALK_DONE;
}

static void refuse_no_report(struct walk *walk, const struct part_context *context,
			     const char *text)
{
	struct error why;

	error_reject(&why, REASON_NOT_A_REPORT, "%s", text);
	walk_refuse(walk, context, &why);
}

void walk_push_mail_root(struct walk *walk, struct slice raw)
{
	walk_push(walk, FRAME_MAIL_ROOT)->text = raw;
}

static enum walk_step step_mail_root(struct walk *walk, struct frame *root)
{
	switch (root->step) {
	case BEGIN:
		walk_push_mail(walk, root->text, &root->own);
		root->step = READ;
		return WALK_ON;
	case READ:
		if (walk_failed(walk)) {
			walk_refuse(walk, &root->own, &walk->outcome);
			hash_field(&walk->state.content, root->text);
		}
		forget_companions(&walk->state);
		if (found_nothing(walk)) {
			refuse_no_report(walk, &root->own,
					 walk->state.is_stripped
						 ? "a filter removed the attachment from the mail"
						 : "no report in the mail");
			hash_field(&walk->state.content, walk_body_of(root->text));
		}
		if (!is_worth_a_search(&walk->state))
			return WALK_DONE;
		begin_search(walk, root);
		walk_push(walk, FRAME_HIDDEN)->text = root->text;
		return WALK_ON;
	default: return end_search(walk, root);
	}
}

/* A bare file is a part without a mail around it. */
void walk_push_file_root(struct walk *walk, struct input *input, struct slice name)
{
	struct frame *root = walk_push(walk, FRAME_FILE_ROOT);

	root->input = input;
	root->own.name = name;
}

/* Hashes the bytes of an unusable file. */
static bool hash_input(struct walk *walk, struct input *input, struct error *err)
{
	char buffer[8 * KIB];
	size_t got;

	if (!input_rewind(input, err))
		return false;
	do {
		if (!input_read(input, buffer, sizeof(buffer), &got, err))
			return false;
		hash_bytes(&walk->state.content, buffer, got);
	} while (got > 0);
	return true;
}

static enum walk_step search_file(struct walk *walk, struct frame *root, struct error *err)
{
	const struct part_context context = { .name = root->own.name };

	if (!input_rewind(root->input, err))
		return WALK_FAILED;
	if (!walk_whole(root->input, SEARCH_SIZE_MAX, &root->content, err))
		return err->class == ERROR_REJECT ? WALK_DONE : WALK_FAILED; /* too large */
	begin_search(walk, root);
	walk_push_embedded(walk, strbuf_slice(&root->content), &context);
	return WALK_ON;
}

static enum walk_step step_file_root(struct walk *walk, struct frame *root, struct error *err)
{
	const struct part_context file = { .depth = 0 }; /* the caller adds the file name */

	switch (root->step) {
	case BEGIN:
		walk_push_part(walk, root->input, false, &root->own);
		root->step = READ;
		return WALK_ON;
	case READ:
		if (walk_failed(walk))
			walk_refuse(walk, &file, &walk->outcome);
		forget_companions(&walk->state);
		if (found_nothing(walk))
			refuse_no_report(walk, &file, "no report in it");
		if (walk->state.result.rejects == 0)
			return WALK_DONE;
		if (!hash_input(walk, root->input, err))
			return WALK_FAILED;
		return is_worth_a_search(&walk->state) ? search_file(walk, root, err) : WALK_DONE;
	default: return end_search(walk, root);
	}
}

/* --- stepping --------------------------------------------------------------------- */

static enum walk_step step(struct walk *walk, struct frame *frame, struct error *err)
{
	switch (frame->kind) {
	case FRAME_MAIL_ROOT: return step_mail_root(walk, frame);
	case FRAME_FILE_ROOT: return step_file_root(walk, frame, err);
	case FRAME_MAIL: return walk_step_mail(walk, frame, err);
	case FRAME_PART: return walk_step_part(walk, frame, err);
	case FRAME_ZIP: return walk_step_zip(walk, frame, err);
	case FRAME_DOCUMENT: return walk_step_document(walk, frame, err);
	case FRAME_REPORT: return walk_step_report(walk, frame, err);
	case FRAME_HIDDEN: return walk_step_hidden(walk, frame, err);
	case FRAME_EMBEDDED: return walk_step_embedded(walk, frame, err);
	}
	abort();
}

bool walk_next(struct walk *walk, struct error *err)
{
	while (walk->top) {
		struct error why;

		switch (step(walk, walk->top, &why)) {
		case WALK_ON: break;
		case WALK_REPORT: return true;
		case WALK_DONE:
			walk->outcome.class = ERROR_NONE;
			pop(walk);
			break;
		case WALK_FAILED:
			/* a REJECT is the verdict on one part; other errors end the walk */
			if (why.class != ERROR_REJECT) {
				*err = why;
				return false;
			}
			walk->outcome = why;
			pop(walk);
			break;
		}
	}
	return true;
}
