/* SPDX-License-Identifier: MIT
 *
 * The only file that uses libxml2.
 *
 * Uses libxml2's push parser with SAX2 handlers and no tree: it parses a chunk of
 * the input, the handlers queue the tags, and the queue is drained before the next
 * chunk is read.  XML_PARSE_HUGE stays off, so the library's limits apply in
 * addition to ours.
 */
#include "ingest/text/xml_reader.h"

#include <stdlib.h>

#include <libxml/parser.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/report/reason.h"

/* Small, so that the tags of a chunk fit into the L1 cache. */
#define CHUNK_SIZE (4 * KIB)
/* Limit for one tag or comment: the library buffers it whole and compares each attribute
 * with all previous ones. */
#define MARKUP_SIZE_MAX (64 * KIB)
#define HELD_SIZE_MAX (MARKUP_SIZE_MAX + 32 * KIB)
/* Limit between two tags, including blanks: more text is a decompression bomb. */
#define GAP_SIZE_MAX (1 * MIB)

_Static_assert(LIMIT_XML_DEPTH <= UINT8_MAX, "depths fit");

struct xml_reader {
	struct input *input;
	xmlParserCtxtPtr parser;
	/* Tags of the last chunk; the names belong to the library and live as long as its
	 * parser. */
	struct xml_tag *tags;
	size_t count, alloc, at;
	struct strbuf texts; /* of the queued tags, and of the open text */
	size_t text_at;      /* start of the text since the last tag, without leading blanks */
	bool text_too_long;
	uint64_t gap; /* bytes since the last tag */
	unsigned depth;
	bool root_closed;
	bool failed;   /* a handler has set failure and stopped the parser */
	bool broken;   /* not well-formed; see message */
	bool finished; /* the end was passed to the library */
	bool ended, trailing_data;
	char message[200];
	struct error failure;
};

static void stop(struct xml_reader *reader)
{
	reader->failed = true;
	xmlStopParser(reader->parser);
}

static struct xml_tag *queue_tag(struct xml_reader *reader)
{
	struct slice text = { reader->texts.buf + reader->text_at,
			      reader->texts.len - reader->text_at };
	struct xml_tag *tag;

	if (reader->count == reader->alloc)
		reader->tags = xgrow(reader->tags, reader->count, &reader->alloc,
				     sizeof(*reader->tags));
	tag = &reader->tags[reader->count++];
	if (text.size > 0)
		text = slice_trim(text);
	*tag = (struct xml_tag){
		.text_at = (uint32_t)(text.data - reader->texts.buf),
		.text_size = (uint32_t)text.size,
		.depth = (uint8_t)reader->depth,
		.text_too_long = reader->text_too_long,
	};
	reader->text_at = reader->texts.len;
	reader->text_too_long = false;
	reader->gap = 0;
	return tag;
}

static void on_open(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		    int namespace_count, const xmlChar **namespaces, int attribute_count,
		    int defaulted_count, const xmlChar **attributes)
{
	struct xml_reader *reader = user;
	struct xml_tag *tag;

	(void)prefix;
	(void)namespace_count;
	(void)namespaces;
	(void)attribute_count;
	(void)defaulted_count;
	(void)attributes;
	if (reader->failed)
		return;
	if (reader->depth == LIMIT_XML_DEPTH) {
		error_reject(&reader->failure, REASON_CORRUPT, "elements nested deeper than %d",
			     LIMIT_XML_DEPTH);
		stop(reader);
		return;
	}
	tag = queue_tag(reader);
	tag->opens = true;
	tag->name = (const char *)name;
	tag->namespace = (const char *)uri;
	reader->depth++;
}

static void on_close(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_reader *reader = user;

	(void)name;
	(void)prefix;
	(void)uri;
	if (reader->failed)
		return;
	reader->depth--;
	reader->root_closed = reader->depth == 0;
	(void)queue_tag(reader);
}

static void on_text(void *user, const xmlChar *bytes, int size)
{
	struct xml_reader *reader = user;
	struct slice text = { (const char *)bytes, (size_t)size };

	if (reader->failed)
		return;
	reader->gap += text.size;
	if (reader->gap > GAP_SIZE_MAX) {
		error_reject(&reader->failure, "too-large", "more than %zu bytes between two tags",
			     GAP_SIZE_MAX);
		stop(reader);
		return;
	}
	if (reader->texts.len == reader->text_at && !reader->text_too_long) {
		while (text.size > 0 && ascii_is_space(text.data[0])) {
			text.data++;
			text.size--;
		}
	}
	if (text.size > LIMIT_TEXT_BYTES - (reader->texts.len - reader->text_at))
		reader->text_too_long = true;
	else
		strbuf_add_slice(&reader->texts, text);
}

static void on_document_type(void *user, const xmlChar *name, const xmlChar *external_id,
			     const xmlChar *system_id)
{
	struct xml_reader *reader = user;

	(void)external_id;
	(void)system_id;
	if (reader->failed)
		return;
	if (slice_is_nocase(slice_of((const char *)name), "html"))
		error_reject(&reader->failure, "not-a-report", "a web page");
	else
		error_reject(&reader->failure, REASON_CORRUPT, "a document type declaration");
	stop(reader);
}

/* Without this handler libxml2 writes to stderr. */
static void on_error(void *user, xmlErrorPtr error)
{
	struct xml_reader *reader = user;
	struct slice message = slice_trim(slice_of(error->message));

	if (error->level != XML_ERR_FATAL || reader->broken)
		return;
	reader->broken = true;
	snprintf(reader->message, sizeof(reader->message), "line %d: %.*s", error->line,
		 (int)message.size, message.data ? message.data : "");
}

static bool open_parser(struct xml_reader *reader, struct error *err)
{
	static const xmlSAXHandler handlers = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_open,
		.endElementNs = on_close,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_document_type,
		.serror = on_error,
	};
	xmlSAXHandler own = handlers; /* libxml2 copies it but takes a non-const pointer */

	reader->parser = xmlCreatePushParserCtxt(&own, reader, NULL, 0, NULL);
	if (!reader->parser)
		return error_set(err, ERROR_RETRY, "no memory for an XML parser");
	xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	/* do not guess the encoding from the first four bytes */
	reader->parser->charset = XML_CHAR_ENCODING_UTF8;
	return true;
}

/* Reads the rest of the input after the document: its quirks are complete only at its end. */
static bool drain(struct input *input, bool *trailing_data, struct error *err)
{
	char chunk[4 * KIB];
	size_t got;

	do {
		if (!input_read(input, chunk, sizeof(chunk), &got, err))
			return false;
		for (size_t i = 0; i < got && !*trailing_data; i++)
			*trailing_data = !ascii_is_space(chunk[i]);
	} while (got > 0);
	return true;
}

static bool markup_too_long(const struct xml_reader *reader)
{
	const xmlParserInput *held = reader->parser->input;

	return held && (size_t)(held->end - held->cur) > HELD_SIZE_MAX;
}

/* Reports the result of the last chunk after its tags have been returned. */
static bool check_chunk(struct xml_reader *reader, struct error *err)
{
	if (reader->failed) {
		*err = reader->failure;
		return false;
	}
	if (reader->broken && reader->root_closed) {
		reader->trailing_data = reader->ended = true;
		return drain(reader->input, &reader->trailing_data, err);
	}
	if (reader->broken)
		return error_reject(err, XML_BROKEN, "%s", reader->message);
	if (markup_too_long(reader))
		return error_reject(err, XML_BROKEN, "a tag or comment of more than %zu bytes",
				    MARKUP_SIZE_MAX);
	if (!reader->finished)
		return true;
	if (!reader->root_closed)
		return error_reject(err, XML_BROKEN, "no element");
	reader->ended = true;
	return true;
}

/* Keeps a text that continues in the next chunk. */
static void keep_open_text(struct xml_reader *reader)
{
	const size_t size = reader->texts.len - reader->text_at;

	if (reader->text_at > 0)
		memmove(reader->texts.buf, reader->texts.buf + reader->text_at, size);
	strbuf_cut(&reader->texts, size);
	reader->text_at = 0;
	reader->count = reader->at = 0;
}

static bool read_chunk(struct xml_reader *reader, struct error *err)
{
	char chunk[CHUNK_SIZE];
	size_t got;

	if (!reader->parser && !open_parser(reader, err))
		return false;
	if (!check_chunk(reader, err))
		return false;
	if (reader->ended)
		return true;
	if (!input_read(reader->input, chunk, sizeof(chunk), &got, err))
		return false;
	keep_open_text(reader);
	xmlParseChunk(reader->parser, chunk, (int)got, got == 0);
	reader->finished = got == 0;
	return true;
}

struct xml_reader *xml_reader_new(struct input *input)
{
	struct xml_reader *reader = xcalloc(1, sizeof(*reader));

	reader->input = input;
	strbuf_init(&reader->texts, LIMIT_TEXT_BYTES + 2 * HELD_SIZE_MAX);
	return reader;
}

void xml_reader_free(struct xml_reader *reader)
{
	if (!reader)
		return;
	strbuf_release(&reader->texts);
	free(reader->tags);
	xmlFreeParserCtxt(reader->parser);
	free(reader);
}

bool xml_reader_next(struct xml_reader *reader, const struct xml_tag **tag, struct error *err)
{
	while (reader->at == reader->count && !reader->ended)
		if (!read_chunk(reader, err))
			return false;
	*tag = reader->at < reader->count ? &reader->tags[reader->at++] : NULL;
	return true;
}

struct slice xml_reader_text(const struct xml_reader *reader, const struct xml_tag *tag)
{
	const struct slice absent = { NULL, 0 };

	return tag->text_size > 0
		       ? (struct slice){ reader->texts.buf + tag->text_at, tag->text_size }
		       : absent;
}

bool xml_reader_has_trailing_data(const struct xml_reader *reader)
{
	return reader->trailing_data;
}
