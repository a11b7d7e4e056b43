/* walk.h - the walk over the parts of one mail or file
 *
 * SPDX-License-Identifier: MIT
 *
 * An iterator over the reports in MIME parts, archives, compressed data and
 * mails within mails.  What has been opened stands on a stack of frames, the
 * innermost on top; walk_next() steps the top frame until a report is open.  A
 * frame pushes another one for what is inside of it and learns from
 * walk->outcome how that ended.  Each container counts against limits.nesting,
 * so the stack is bounded.
 */
#ifndef INGEST_WALK_H
#define INGEST_WALK_H

#include "base/strbuf.h"
#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/result.h"
#include "ingest/report_reader.h"
#include "ingest/unwrap/classify.h"
#include "ingest/unwrap/embedded.h"
#include "ingest/unwrap/mime.h"
#include "ingest/unwrap/zip.h"

struct failure;

/* How a part was found. */
struct part_context {
	struct slice type, name; /* as declared; type is absent outside of mail */
	struct slice charset;	 /* as declared, or absent */
	enum part_kind outer;	 /* the outermost container, or the report itself */
	unsigned depth;
	struct quirk_set quirks;
};

enum frame_kind {
	FRAME_MAIL_ROOT, /* a mail as fetched, and the search for hidden reports */
	FRAME_FILE_ROOT, /* the same for any other file */
	FRAME_MAIL,	 /* its parts */
	FRAME_PART,	 /* what is recognised by its first bytes */
	FRAME_ZIP,
	FRAME_DOCUMENT,	 /* XML or JSON: a report, several, or one in something else */
	FRAME_REPORT,
	FRAME_HIDDEN,	 /* parts of a mail without a report, looked into */
	FRAME_EMBEDDED,	 /* what bytes that are no report hold */
};

/* What has been found so far; a search for hidden reports begins anew. */
struct walk_state {
	struct ingest_result result;
	struct report_summary **next_summary, *last_summary;
	struct mail_headers headers;
	struct budget budget;
	struct hash content; /* what the feed documents' ids are made of */
	struct quirk_set quirks; /* of parts that could not be used */
	/* Of refusals that matter where a report has been read as well. */
	struct error serious;
	unsigned serious_count;
	unsigned companions; /* of reports in their archive, among the rejects */
	bool is_sealed; /* an archive that is whole, or whose checksum says that it is not */
	bool is_stripped; /* a filter says that it removed an attachment */
	struct slice named_domain; /* in the name of the first of them that has one */
	unsigned parts;
};

struct frame {
	struct frame *below;
	enum frame_kind kind;
	unsigned step; /* 0: it has just been pushed */
	struct part_context *context; /* of the part: own, or inner of a frame below */
	struct part_context own;
	struct part_context inner; /* of what was pushed last */
	struct input *input;	   /* read by it */
	struct input *owned;	   /* closed with it; NULL: the input is somebody else's */
	struct strbuf content;	   /* held for it, or zero */
	struct slice text;	   /* a mail; or what is left to be looked at */
	union {
		struct walk_state *before_search; /* of roots; NULL: there is none */
		struct {
			struct mime *mime;
			struct mime_part part;
			struct failure *failure; /* being collected; NULL: none is */
			struct part_context failure_context;
			unsigned rejects; /* before the part */
			bool is_returned; /* a bounce, or the receipt of a mail */
		} mail; /* and of FRAME_HIDDEN */
		struct {
			struct unzip *unzip;
			struct unzip_member member;
			unsigned reports, companions; /* before the archive */
			bool empty;
		} zip;
		struct {
			enum part_kind kind;
			struct slice first; /* of several, read or refused */
		} document;
		struct {
			enum report_kind kind;
			const struct failure *failure;
			struct report_source source;
			struct report_summary *summary;
			struct report_reader reader;
			struct error refusal; /* of a run or a document */
		} report;
	};
};

struct walk {
	const struct ingest_settings *settings;
	struct arena *arena;
	/* Of the mail as fetched: opened and read before the walk begins. */
	struct mime *mime; /* taken by its frame */
	struct mail_headers mail_headers;
	struct walk_state state;
	struct frame *top;
	struct error outcome; /* of the frame that ended last: NONE or REJECT */
};

/* The stack is empty, everything else as it is set up. */
void walk_begin(struct walk *walk, const struct ingest_settings *settings, struct arena *arena);
void walk_release(struct walk *walk);

/* raw, or the input and the name, must stay until the end. */
void walk_push_mail_root(struct walk *walk, struct slice raw);
void walk_push_file_root(struct walk *walk, struct input *input, struct slice name);

/* On to the next report, which is then the top frame; no frame: the end.
 * false: RETRY or FATAL; what is wrong with parts is in the result. */
bool walk_next(struct walk *walk, struct error *err);

/* Parts that make the mail another one: a companion of reports does not. */
static inline unsigned walk_unread(const struct walk *walk)
{
	return walk->state.result.rejects - walk->state.companions;
}

/* A part that cannot be used; why is a REJECT. */
void walk_refuse(struct walk *walk, const struct part_context *context, const struct error *why);
/* What stands beside reports and is none: it was not lost. */
bool walk_is_companion(const struct part_context *context, const struct error *why);

/* --- for the files of the walk ---------------------------------------------- */

enum walk_step {
	WALK_ON,     /* there is more to do, on the top of the stack */
	WALK_REPORT, /* a report is open */
	WALK_DONE,   /* the frame has come to its end */
	WALK_FAILED, /* the same, and the error tells why */
};

struct frame *walk_push(struct walk *walk, enum frame_kind kind);
/* A mail whose parts inherit from context. */
struct frame *walk_push_mail(struct walk *walk, struct slice raw,
			     const struct part_context *context);
/* The input is closed with the frame when it is owned. */
struct frame *walk_push_part(struct walk *walk, struct input *input, bool owned,
			     struct part_context *context);
struct frame *walk_push_report(struct walk *walk, enum report_kind kind, struct input *input,
			       const struct failure *failure, struct part_context *context);
struct frame *walk_push_embedded(struct walk *walk, struct slice bytes,
				 const struct part_context *context);

/* One step each. */
enum walk_step walk_step_mail(struct walk *walk, struct frame *frame, struct error *err);
enum walk_step walk_step_hidden(struct walk *walk, struct frame *frame, struct error *err);
enum walk_step walk_step_embedded(struct walk *walk, struct frame *frame, struct error *err);
enum walk_step walk_step_part(struct walk *walk, struct frame *frame, struct error *err);
enum walk_step walk_step_zip(struct walk *walk, struct frame *frame, struct error *err);
enum walk_step walk_step_document(struct walk *walk, struct frame *frame, struct error *err);
enum walk_step walk_step_report(struct walk *walk, struct frame *frame, struct error *err);

static inline bool walk_failed(const struct walk *walk)
{
	return walk->outcome.class != ERROR_NONE;
}

/* The frame ends as the one above it did. */
enum walk_step walk_pass_on(const struct walk *walk, struct error *err);

/* One part more; REJECT "too-many-parts". */
bool walk_count_part(struct walk *walk, struct error *err);

/* One level down; nested: not the first container, or a mail in a mail. */
bool walk_deeper(const struct walk *walk, struct part_context *context, bool nested,
		 struct error *err);

/* What follows the header of a mail. */
struct slice walk_body_of(struct slice raw);

/* A mail whose line ends are CR CR LF, or CR alone; and the text it should be. */
bool walk_has_odd_line_ends(struct slice raw);
void walk_mend_line_ends(struct slice raw, struct strbuf *mended);

/* All of an input, up to limit bytes. */
bool walk_whole(struct input *input, size_t limit, struct strbuf *content, struct error *err);

/* The first bytes of an input, for classify(). */
bool walk_peek(struct input *input, char buffer[static CLASSIFY_BYTES], struct slice *head,
	       struct error *err);

#endif
