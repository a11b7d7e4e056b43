/* walk_piece.c - what a piece is, and what is in it
 *
 * SPDX-License-Identifier: MIT
 *
 * What is a container is opened and walked in turn, what is a report goes to
 * its parser.  The only recursion is that of containers in containers, and
 * each step of it is counted.
 */
#include "ingest/walk.h"

#include "base/utf8.h"
#include "ingest/failure/failure.h"
#include "ingest/report/report_name.h"
#include "ingest/unwrap/gunzip.h"
#include "ingest/unwrap/zip.h"

/* Feedback fields alone, without a sample. */
#define FEEDBACK_SIZE_MAX (1 * MIB)

/* A REJECT is the verdict on one piece and is kept; the rest is passed on. */
bool walk_refusal(struct walk *walk, const struct wrapping *wrapping,
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
	if (!walk->named_domain.data)
		(void)report_name_domain(walk->arena, wrapping->name, &walk->named_domain);
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
bool walk_report(struct walk *walk, struct input *input, struct wrapping *wrapping,
		 enum piece piece, const struct failure *failure, struct error *err)
{
	struct report_summary *summary = arena_alloc(walk->arena, sizeof(*summary));
	const struct report_source source = {
		.input = input,
		.name = wrapping->name,
		.charset = wrapping->outer == piece ? wrapping->charset : slice_of(NULL),
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

bool walk_count_part(struct walk *walk, struct error *err)
{
	const unsigned most = walk->settings->limits.mime_parts;

	return ++walk->parts <= most ||
	       error_reject(err, REASON_TOO_MANY_PARTS, "more than %u parts", most);
}

bool walk_deeper(struct walk *walk, struct wrapping *wrapping, bool nested, struct error *err)
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
	ok = walk_piece(walk, content, wrapping, err);
	input_close(content);
	return ok;
}

/* All of an input, up to limit bytes. */
bool walk_whole(struct input *input, size_t limit, struct strbuf *content,
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

/* What file managers leave in archives for themselves. */
static bool is_debris(struct slice name)
{
	const char *slash = name.size > 0 ? memrchr(name.data, '/', name.size) : NULL;
	const char *base = slash ? slash + 1 : name.data;

	return slice_starts_with(name, "__MACOSX/") ||
	       (base < name.data + name.size && *base == '.');
}

/* "readme.txt" beside a report. */
static bool is_companion(const struct wrapping *wrapping, const struct error *why)
{
	return why->class == ERROR_REJECT && strcmp(why->reason, REASON_NOT_A_REPORT) == 0 &&
	       !classify_is_report_name(wrapping->name);
}

static bool read_members(struct walk *walk, struct input *packed, const struct wrapping *wrapping,
			 struct error *err)
{
	const unsigned reports = walk->result->reports;
	struct unzip *unzip;
	struct unzip_member member;
	struct wrapping companion;
	struct error no_report = { .class = ERROR_NONE };
	bool ok = true, empty = true;

	if (!unzip_open(packed, &walk->budget, walk->settings->limits.archive_members, &unzip,
			err))
		return false;
	while (ok) {
		struct wrapping inner = *wrapping;
		struct error why;

		if (!unzip_next(unzip, &inner.quirks, &member))
			break;
		why = member.refusal;
		empty = false;
		inner.name = member.name;
		if (is_debris(member.name) ||
		    (member.input && walk_piece(walk, member.input, &inner, &why))) {
			input_close(member.input);
			continue;
		}
		input_close(member.input);
		if (is_companion(&inner, &why)) {
			companion = inner;
			no_report = why;
		} else {
			ok = walk_refusal(walk, &inner, &why, err);
		}
	}
	if (ok && no_report.class != ERROR_NONE && walk->result->reports == reports)
		ok = walk_refusal(walk, &companion, &no_report, err);
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
	if (!walk_whole(packed, walk->settings->limits.mail_bytes, &content, err))
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

	if (!walk_whole(input, walk->settings->limits.mail_bytes, &content, err))
		return false;
	ok = walk_mail(walk, strbuf_slice(&content), wrapping, err);
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
	if (!walk_whole(input, FEEDBACK_SIZE_MAX, &content, err))
		return false;
	ok = failure_feedback(failure, strbuf_slice(&content), true, true, err) &&
	     walk_report(walk, NULL, wrapping, PIECE_FEEDBACK, failure, err);
	strbuf_release(&content);
	return ok;
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
	case PIECE_ARCHIVE:
		return error_reject(err, REASON_UNSUPPORTED, "an archive that is neither zip nor gzip");
	case PIECE_ENCRYPTED:
		return error_reject(err, REASON_UNSUPPORTED, "encrypted");
	default:
		return error_reject(err, REASON_NOT_A_REPORT, "no known format");
	}
}

/* Was there more in the piece than the report that was read last? */
static bool something_follows(const struct walk *walk)
{
	const struct report_summary *last = walk->result->summaries;

	while (last->next)
		last = last->next;
	return quirk_has(&last->quirks, QUIRK_XML_JUNK) ||
	       quirk_has(&last->quirks, QUIRK_TRAILING_DATA);
}

static bool read_document(struct walk *walk, struct input *input, struct wrapping *wrapping,
			  enum piece piece, struct error *err)
{
	if (walk_report(walk, input, wrapping, piece, NULL, err))
		return !something_follows(walk) || walk_glued(walk, input, wrapping, piece, err);
	return piece == PIECE_XML && err->class == ERROR_REJECT &&
	       strcmp(err->reason, REASON_NOT_A_REPORT) == 0 &&
	       walk_wrapped(walk, input, wrapping, err);
}

bool walk_piece(struct walk *walk, struct input *input, struct wrapping *wrapping,
		struct error *err)
{
	const bool inside = wrapping->outer != PIECE_UNKNOWN;
	char buffer[CLASSIFY_BYTES];
	struct slice head;
	enum piece piece;

	if (!walk_peek(input, buffer, &head, err))
		return false;
	piece = classify(head);
	if (!inside)
		wrapping->outer = piece;
	switch (piece) {
	case PIECE_GZIP:
		return walk_deeper(walk, wrapping, inside, err) &&
		       read_gzip(walk, input, wrapping, err);
	case PIECE_ZIP:
		return walk_deeper(walk, wrapping, inside, err) &&
		       read_zip(walk, input, wrapping, err);
	case PIECE_XML:
	case PIECE_JSON:
		return read_document(walk, input, wrapping, piece, err);
	case PIECE_FEEDBACK:
		return read_feedback_file(walk, input, wrapping, err);
	case PIECE_MAIL:
		return walk_deeper(walk, wrapping, true, err) &&
		       read_mail_file(walk, input, wrapping, err);
	default:
		return refuse(piece, err);
	}
}
