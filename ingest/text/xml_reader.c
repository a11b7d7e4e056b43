/* xml_reader.c - XML as a stream of tags; the only file with libxml2
 *
 * SPDX-License-Identifier: MIT
 *
 * libxml2's push parser with its own SAX2 handlers and no tree; XML_PARSE_HUGE
 * stays off, so that the library's limits hold beside ours.
 */
#include "ingest/text/xml_reader.h"

#include <libxml/parser.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"

#define PIECE_SIZE (32 * KIB)
/* One tag or comment; the library holds it whole, and searches its attributes
 * one by one for each that is added. */
#define MARKUP_SIZE_MAX (64 * KIB)
/* Between two tags, blanks included: more is there to be unpacked, not read. */
#define GAP_SIZE_MAX (1 * MIB)

struct xml_reader {
	xmlParserCtxtPtr parser;
	xml_tag_fn *tag_fn;
	void *context;
	struct strbuf text; /* since the last tag, without the blanks it begins with */
	uint64_t gap;	    /* bytes since the last tag */
	unsigned depth;
	bool root_closed;
	bool failed; /* err is set by a handler and the parser is stopped */
	bool broken; /* not well-formed; message tells why */
	char message[200];
	struct error *err;
};

static void stop(struct xml_reader *reader)
{
	reader->failed = true;
	xmlStopParser(reader->parser);
}

static void give(struct xml_reader *reader, struct xml_tag *tag)
{
	tag->depth = reader->depth;
	tag->text_too_long = reader->text.overflowed;
	if (reader->text.len > 0)
		tag->text = slice_trim(strbuf_slice(&reader->text));
	if (!reader->tag_fn(reader->context, tag, reader->err))
		stop(reader);
	strbuf_reset(&reader->text);
	reader->gap = 0;
}

static void on_open(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		    int namespace_count, const xmlChar **namespaces, int attribute_count,
		    int defaulted_count, const xmlChar **attributes)
{
	struct xml_reader *reader = user;
	struct xml_tag tag = {
		.opens = true,
		.name = slice_of((const char *)name),
		.namespace = slice_of((const char *)uri),
	};

	(void)prefix;
	(void)namespace_count;
	(void)namespaces;
	(void)attribute_count;
	(void)defaulted_count;
	(void)attributes;
	if (reader->failed)
		return;
	if (reader->depth == LIMIT_XML_DEPTH) {
		error_reject(reader->err, "corrupt", "elements nested deeper than %d",
			     LIMIT_XML_DEPTH);
		stop(reader);
		return;
	}
	give(reader, &tag);
	reader->depth++;
}

static void on_close(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_reader *reader = user;
	struct xml_tag tag = { .opens = false };

	(void)name;
	(void)prefix;
	(void)uri;
	if (reader->failed)
		return;
	reader->depth--;
	reader->root_closed = reader->depth == 0;
	give(reader, &tag);
}

static void on_text(void *user, const xmlChar *bytes, int size)
{
	struct xml_reader *reader = user;
	struct slice text = { (const char *)bytes, (size_t)size };

	if (reader->failed)
		return;
	reader->gap += text.size;
	if (reader->gap > GAP_SIZE_MAX) {
		error_reject(reader->err, "too-large", "more than %zu bytes between two tags",
			     GAP_SIZE_MAX);
		stop(reader);
		return;
	}
	if (reader->text.len == 0 && !reader->text.overflowed) {
		while (text.size > 0 && ascii_is_space(text.data[0])) {
			text.data++;
			text.size--;
		}
	}
	strbuf_add_slice(&reader->text, text);
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
		error_reject(reader->err, "not-a-report", "a web page");
	else
		error_reject(reader->err, "corrupt", "a document type declaration");
	stop(reader);
}

/* Without a handler of our own libxml2 would write to stderr. */
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
	xmlSAXHandler own = handlers; /* libxml2 copies it but wants it writable */

	reader->parser = xmlCreatePushParserCtxt(&own, reader, NULL, 0, NULL);
	if (!reader->parser)
		return error_set(err, ERROR_RETRY, "no memory for an XML parser");
	xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	/* no guessing at the first four bytes either */
	reader->parser->charset = XML_CHAR_ENCODING_UTF8;
	return true;
}

/* The rest of an input whose document has ended: its wrapping is complete only
 * when it has been read to its end. */
static bool drain(struct input *input, bool *trailing_data, struct error *err)
{
	char piece[4 * KIB];
	size_t got;

	do {
		if (!input_read(input, piece, sizeof(piece), &got, err))
			return false;
		for (size_t i = 0; i < got && !*trailing_data; i++)
			*trailing_data = !ascii_is_space(piece[i]);
	} while (got > 0);
	return true;
}

static bool markup_too_long(const struct xml_reader *reader)
{
	const xmlParserInput *held = reader->parser->input;

	return held && (size_t)(held->end - held->cur) > MARKUP_SIZE_MAX + PIECE_SIZE;
}

static bool feed(struct xml_reader *reader, struct input *input, bool *trailing_data)
{
	char piece[PIECE_SIZE];
	size_t got;

	*trailing_data = false;
	do {
		if (!input_read(input, piece, sizeof(piece), &got, reader->err))
			return false;
		xmlParseChunk(reader->parser, piece, (int)got, got == 0);
		if (reader->failed)
			return false;
		if (reader->broken && reader->root_closed) {
			*trailing_data = true;
			return drain(input, trailing_data, reader->err);
		}
		if (reader->broken)
			return error_reject(reader->err, XML_BROKEN, "%s", reader->message);
		if (markup_too_long(reader))
			return error_reject(reader->err, XML_BROKEN,
					    "a tag or comment of more than %zu bytes",
					    MARKUP_SIZE_MAX);
	} while (got > 0);
	if (!reader->root_closed)
		return error_reject(reader->err, XML_BROKEN, "no element");
	return true;
}

bool xml_read(struct input *input, xml_tag_fn *tag_fn, void *context, bool *trailing_data,
	      struct error *err)
{
	struct xml_reader reader = { .tag_fn = tag_fn, .context = context, .err = err };
	bool good;

	if (!open_parser(&reader, err))
		return false;
	strbuf_init(&reader.text, LIMIT_TEXT_BYTES);
	good = feed(&reader, input, trailing_data);
	strbuf_release(&reader.text);
	xmlFreeParserCtxt(reader.parser);
	return good;
}
