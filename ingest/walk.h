/* walk.h - the walk over the parts of one mail or file
 *
 * SPDX-License-Identifier: MIT
 *
 * Iterates over the reports in MIME parts, archives, compressed data and nested
 * mails.  Open containers form a stack of frames, the innermost on top; walk_next()
 * steps the top frame until a report is open.  A frame pushes another frame for its
 * contents and reads that frame's result from walk->outcome.  Each container counts
 * against limits.nesting, so the stack is bounded.
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

/* Search for hidden reports: a larger file or encoded part is not searched, because it would be
 * in memory once more. */
#define SEARCH_SIZE_MAX (8 * MIB)

/* Where a part was found, and as what it was declared. */
struct part_context {
	struct slice type, name; /* as declared; type is absent outside mail */
	struct slice charset;    /* as declared, or absent */
	enum part_kind outer;    /* the outermost container, or the report itself */
	unsigned depth;
	struct quirk_set quirks;
};

enum frame_kind {
	FRAME_MAIL_ROOT, /* a mail as fetched, and the search for hidden reports */
	FRAME_FILE_ROOT, /* the same for any other file */
	FRAME_MAIL,      /* the parts of a mail */
	FRAME_PART,      /* a part, recognised by its first bytes */
	FRAME_ZIP,
	FRAME_DOCUMENT, /* XML or JSON: one or several reports, or a report inside other text */
	FRAME_REPORT,
	FRAME_HIDDEN,   /* a mail without a report: searches its parts for hidden ones */
	FRAME_EMBEDDED, /* reports embedded in other bytes */
};

/* Results so far; a search for hidden reports resets them. */
struct walk_state {
	struct ingest_result result;
	struct report_summary **next_summary, *last_summary;
	struct mail_headers headers;
	struct budget budget;
	struct hash content;     /* for the IDs of feed documents */
	struct quirk_set quirks; /* of unusable parts */
	/* Refusals that count even if a report was read. */
	struct error serious;
	unsigned serious_count;
	unsigned companions; /* rejects that only accompany reports in an archive */
	bool is_sealed;   /* no search: unsupported or altered archive, bounce, own mail quoted */
	bool is_stripped; /* a filter notice says that an attachment was removed */
	struct slice named_domain; /* from the first part name that contains a domain */
	unsigned parts;
};

struct frame {
	struct frame *below;
	enum frame_kind kind;
	unsigned step;                /* 0: just pushed */
	struct part_context *context; /* of the part: own, or inner of a lower frame */
	struct part_context own;
	struct part_context inner; /* of the frame pushed last */
	struct input *input;       /* being read */
	struct input *owned;       /* closed with the frame; NULL: another owner closes it */
	struct strbuf content;     /* owned buffer, or zero */
	struct slice text;         /* a mail, or the text that is still to be searched */
	union {
		struct walk_state *before_search; /* of roots; NULL: no search */
		struct {
			struct mime *mime;
			struct mime_part part;
			struct failure *failure; /* being collected, or NULL */
			struct part_context failure_context;
			unsigned rejects; /* before this part */
			bool is_returned; /* a bounce or a read receipt */
		} mail;                   /* also used by FRAME_HIDDEN */
		struct {
			struct unzip *unzip;
			struct unzip_member member;
			unsigned reports, companions; /* before this archive */
			bool empty;
		} zip;
		struct {
			enum part_kind kind;
			struct slice first; /* the first report, already read or refused */
		} document;
		struct {
			enum report_kind kind;
			const struct failure *failure;
			struct report_source source;
			struct report_summary *summary;
			struct report_reader reader;
			struct error refusal; /* from reading a run or a document */
		} report;
	};
};

struct walk {
	const struct ingest_settings *settings;
	struct arena *arena;
	/* The mail as fetched is opened and its header read before the walk begins. */
	struct mime *mime; /* moved into its frame */
	struct mail_headers mail_headers;
	struct walk_state state;
	struct frame *top;
	struct error outcome; /* of the last frame that ended: NONE or REJECT */
};

/* Initialises a walk with an empty stack. */
void walk_begin(struct walk *walk, const struct ingest_settings *settings, struct arena *arena);
void walk_release(struct walk *walk);

/* raw, or input and name, must stay valid until the end. */
void walk_push_mail_root(struct walk *walk, struct slice raw);
void walk_push_file_root(struct walk *walk, struct input *input, struct slice name);

/* Advances to the next report, which is then the top frame; an empty stack is the end.
 * Returns false on RETRY or FATAL; faults of parts are in the result. */
bool walk_next(struct walk *walk, struct error *err);

/* Rejected parts other than companions of reports. */
static inline unsigned walk_unread(const struct walk *walk)
{
	return walk->state.result.rejects - walk->state.companions;
}

/* Records an unusable part; why is a REJECT. */
void walk_refuse(struct walk *walk, const struct part_context *context, const struct error *why);
/* Is the part an expected companion of a report, so that refusing it loses nothing? */
bool walk_is_companion(const struct part_context *context, const struct error *why);

/* --- internal to the walk ----------------------------------------------------- */

enum walk_step {
	WALK_ON,     /* continue with the top frame */
	WALK_REPORT, /* a report is open */
	WALK_DONE,   /* the frame has ended */
	WALK_FAILED, /* the frame has ended with an error */
};

struct frame *walk_push(struct walk *walk, enum frame_kind kind);
/* Pushes a mail whose parts inherit from context. */
struct frame *walk_push_mail(struct walk *walk, struct slice raw,
			     const struct part_context *context);
/* An owned input is closed with the frame. */
struct frame *walk_push_part(struct walk *walk, struct input *input, bool owned,
			     struct part_context *context);
struct frame *walk_push_report(struct walk *walk, enum report_kind kind, struct input *input,
			       const struct failure *failure, struct part_context *context);
struct frame *walk_push_embedded(struct walk *walk, struct slice bytes,
				 const struct part_context *context);

/* Each takes one step of its kind of frame. */
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

/* Ends the frame with the outcome of the frame above it. */
enum walk_step walk_pass_on(const struct walk *walk, struct error *err);

/* Counts one more part; REJECT "too-many-parts" above the limit. */
bool walk_count_part(struct walk *walk, struct error *err);

/* Enters one more level.  nested: not the outermost container, or a mail in a mail. */
bool walk_deeper(const struct walk *walk, struct part_context *context, bool nested,
		 struct error *err);

/* Returns the mail without its header. */
struct slice walk_body_of(struct slice raw);

/* Detects a mail with CR CR LF or bare CR line ends; the second function repairs it. */
bool walk_has_odd_line_ends(struct slice raw);
void walk_mend_line_ends(struct slice raw, struct strbuf *mended);

/* Reads all of an input, up to limit bytes. */
bool walk_whole(struct input *input, size_t limit, struct strbuf *content, struct error *err);

/* Reads the first bytes of an input for classify(). */
bool walk_peek(struct input *input, char buffer[static CLASSIFY_BYTES], struct slice *head,
	       struct error *err);

#endif
