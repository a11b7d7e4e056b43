/* walk.h - one mail or file on its way, for the files that walk over it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_WALK_H
#define INGEST_WALK_H

#include "base/strbuf.h"
#include "ingest/failure/failure.h"
#include "ingest/ingest.h"
#include "ingest/report/budget.h"
#include "ingest/trust/mail_headers.h"
#include "ingest/unwrap/classify.h"

/* One mail or file on its way. */
struct walk {
	const struct ingest_settings *settings;
	struct arena *arena;
	struct document_sink *sink;
	struct ingest_result *result;
	struct report_summary **last; /* where the next summary is linked */
	struct mail_headers headers;
	struct signatures *signatures; /* NULL: not verified */
	struct budget budget;
	struct hash content; /* what the feed documents' ids are made of */
	struct quirk_set quirks; /* of pieces that could not be used */
	struct slice named_domain; /* in the name of the first of them that has one */
	unsigned parts;
};

/* A piece, and how it was met. */
struct wrapping {
	struct slice type, name; /* as declared; type is absent outside of mail */
	struct slice charset;	 /* as declared, or absent */
	enum piece outer;	 /* the outermost container, or the report itself */
	unsigned depth;
	struct quirk_set quirks;
};

/* A REJECT is the verdict on one piece and is kept; the rest is passed on. */
bool walk_refusal(struct walk *walk, const struct wrapping *wrapping, const struct error *why,
		  struct error *err);

/* One part more; REJECT "too-many-parts". */
bool walk_count_part(struct walk *walk, struct error *err);

/* One level down; nested: not the first container, or a mail in a mail. */
bool walk_deeper(struct walk *walk, struct wrapping *wrapping, bool nested, struct error *err);

/* A container, or a report. */
bool walk_piece(struct walk *walk, struct input *input, struct wrapping *wrapping,
		struct error *err);

/* The report at the core of a piece; input and piece, or else failure. */
bool walk_report(struct walk *walk, struct input *input, struct wrapping *wrapping,
		 enum piece piece, const struct failure *failure, struct error *err);

/* The reports behind the first one of an XML or JSON piece, which has been read
 * and had something behind it. */
bool walk_glued(struct walk *walk, struct input *input, const struct wrapping *wrapping,
		enum piece piece, struct error *err);

/* The reports inside of the root element of an XML piece that is no report;
 * *err stays as it is when there are none. */
bool walk_wrapped(struct walk *walk, struct input *input, const struct wrapping *wrapping,
		  struct error *err);

/* All parts of a mail. */
bool walk_mail(struct walk *walk, struct slice raw, const struct wrapping *wrapping,
	       struct error *err);
/* What is hidden in bytes, or in the parts of a mail, where nothing was found. */
bool walk_embedded(struct walk *walk, struct slice bytes, const struct wrapping *wrapping,
		   struct error *err);
bool walk_hidden(struct walk *walk, struct slice raw, const struct wrapping *wrapping,
		 struct error *err);

/* What follows the header of a mail. */
struct slice walk_body_of(struct slice raw);

/* All of an input, up to limit bytes. */
bool walk_whole(struct input *input, size_t limit, struct strbuf *content, struct error *err);

/* The first bytes of an input, for classify(). */
bool walk_peek(struct input *input, char buffer[static CLASSIFY_BYTES], struct slice *head,
	       struct error *err);

#endif
