/* SPDX-License-Identifier: MIT
 *
 * GMime only finds boundaries and reads the fields about the content: its address parser
 * recurses over its input, so it must never parse an address.  Hence nested messages are
 * plain parts, and the mail itself is parsed as a part.  Content without a transfer
 * encoding is returned in place.
 */
#include "ingest/unwrap/mime.h"

#include <signal.h>
#include <stdlib.h>

#include <gmime/gmime.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/report/reason.h"
#include "ingest/unwrap/classify.h"
#include "ingest/unwrap/header_fields.h"
#include "ingest/unwrap/transfer_encoding.h"

/* GMime leaks the replaced entries of its type registry, once per process; hide this from
 * the leak checker. */
#if defined(__SANITIZE_ADDRESS__)
#define KNOWS_LEAKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KNOWS_LEAKS
#endif
#endif
#ifdef KNOWS_LEAKS
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

/* Number of lines that may precede the first header field, such as "From " of an mbox. */
#define JUNK_LINES 64
/* Mail servers add far less; fields are copied when they are read. */
#define HEADER_SIZE_MAX (1 * MIB)

/* Maximum number of lines that may be boundaries, far above the limit of parts.  GMime
 * allocates about 2 KB per part before it returns the first one. */
#define BOUNDARIES_MAX (20 * LIMIT_MIME_PARTS)

/* Copying a larger mail would cost more than it saves. */
#define REDUCED_MAX (1 * MIB)

/* A multipart on the path from the root to the current leaf. */
struct position {
	GMimeMultipart *multipart;
	int next;
};

struct mime {
	struct slice header;   /* from the first field on */
	struct slice raw;      /* what GMime reads: the mail from there on, or reduced */
	struct strbuf reduced; /* the mail with a shorter header */
	GByteArray array;      /* raw in GMime's form, never resized */
	GMimeStream *stream;
	GMimeObject *root;
	bool root_given; /* the root is the only part, and was returned */
	unsigned max_depth, depth;
	struct position *positions; /* max_depth elements */
	char *type, *root_type;
	char *value; /* of the last header field that was decoded */
	/* of the last part */
	struct input *content;
	struct slice body; /* in place; absent: encoded */
	char *decoded;
	char head[CLASSIFY_BYTES];
};

void mime_init(void)
{
	static const struct {
		const char *type, *subtype;
	} plain[] = {
		{ "message", "rfc822" },         { "message", "rfc2822" },
		{ "message", "global" },         { "message", "news" },
		{ "message", "partial" },        { "message", "global-headers" },
		{ "message", "rfc822-headers" }, { "text", "rfc822-headers" },
	};

	static bool done; /* per process, like the registry */
	struct sigaction before;

	if (done)
		return;
	done = true;
	__lsan_disable();
	/* GMime initialises GPGME, which ignores SIGPIPE in the whole program */
	sigaction(SIGPIPE, NULL, &before);
	g_mime_init();
	sigaction(SIGPIPE, &before, NULL);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		g_mime_object_register_type(plain[i].type, plain[i].subtype, GMIME_TYPE_PART);
	__lsan_enable();
}

/* Does the line begin with "Name:" (RFC 5322 section 2.2)?  Tolerates blanks before the
 * colon, which old software wrote. */
static bool is_header_line(struct slice line)
{
	size_t i = 0;

	while (i < line.size && line.data[i] > ' ' && line.data[i] < 0x7f && line.data[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (i < line.size && (line.data[i] == ' ' || line.data[i] == '\t'))
		i++;
	return i < line.size && line.data[i] == ':';
}

static bool skip_junk(struct slice *raw)
{
	struct slice rest = *raw;

	for (unsigned i = 0; i <= JUNK_LINES && rest.data; i++) {
		const struct slice at = rest;
		const struct slice line = slice_split(rest, '\n', &rest);

		if (is_header_line(line)) {
			*raw = at;
			return true;
		}
	}
	return false;
}

static char *type_of(GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	char *text = type ? g_mime_content_type_get_mime_type(type) : NULL;

	for (char *c = text; c && *c; c++)
		*c = ascii_lower(*c);
	return text;
}

static GMimeObject *parse(struct mime *mime)
{
	GMimeParser *parser;
	GMimeObject *root;

	mime->array = (GByteArray){ (guint8 *)(uintptr_t)mime->raw.data, (guint)mime->raw.size };
	mime->stream = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(mime->stream), &mime->array);
	g_mime_stream_set_bounds(mime->stream, 0, (gint64)mime->raw.size);
	parser = g_mime_parser_new_with_stream(mime->stream);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	root = g_mime_parser_construct_part(parser, NULL);
	g_object_unref(parser);
	return root;
}

static bool header_too_long(struct slice raw)
{
	struct slice rest = raw;

	while (rest.data && (size_t)(rest.data - raw.data) <= HEADER_SIZE_MAX)
		if (slice_trim(slice_split(rest, '\n', &rest)).size == 0)
			return false;
	return raw.size > HEADER_SIZE_MAX;
}

/* Splits the header's next line off, without its line end; false: the header ends here. */
static bool next_line(struct slice *rest, struct slice *line)
{
	*line = slice_split(*rest, '\n', rest);
	if (line->size > 0 && line->data[line->size - 1] == '\r')
		line->size--;
	return line->size > 0;
}

static struct slice header_of(struct slice raw)
{
	struct slice rest = raw, line;
	const char *end = raw.data;

	while (rest.data && next_line(&rest, &line))
		end = line.data + line.size;
	return slice_between(raw.data, end);
}

static bool is_plain_text(struct slice line)
{
	return !memchr(line.data, '\r', line.size) && !memchr(line.data, '\0', line.size) &&
	       slice_trim(line).size > 0;
}

/* GMime makes several objects of each header field, and a mail has dozens that say nothing of
 * its structure.  Copies the mail without those; false: it is large, or its header is not
 * well-formed, so that GMime has to judge it. */
static bool reduce(struct slice raw, struct strbuf *reduced)
{
	struct slice rest = raw, line;
	bool kept = false;

	if (raw.size > REDUCED_MAX)
		return false;
	strbuf_init(reduced, REDUCED_MAX);
	(void)strbuf_room(reduced, raw.size);
	while (rest.data && next_line(&rest, &line)) {
		if (line.data[0] != ' ' && line.data[0] != '\t') {
			if (!is_header_line(line))
				return false;
			kept = slice_starts_with_nocase(line, "Content-");
		}
		if (!is_plain_text(line))
			return false;
		if (kept) {
			strbuf_add_slice(reduced, line);
			strbuf_add_byte(reduced, '\n');
		}
	}
	if (!rest.data || reduced->len == 0)
		return false;
	strbuf_add_byte(reduced, '\n');
	strbuf_add_slice(reduced, rest);
	return true;
}

/* GMime creates objects for all parts before it returns the first. */
static bool has_too_many_boundaries(struct slice raw)
{
	const char *at = raw.data, *end = raw.data + raw.size;
	unsigned count = 0;

	while ((at = memmem(at, (size_t)(end - at), "\n--", 3)) != NULL) {
		if (++count > BOUNDARIES_MAX)
			return true;
		at += 3;
	}
	return false;
}

bool mime_open(struct slice raw, unsigned max_depth, struct mime **mime, struct error *err)
{
	struct mime *m;

	if (!skip_junk(&raw))
		return error_reject(err, REASON_BAD_MIME, "no header fields");
	if (raw.size > INT32_MAX)
		return error_reject(err, REASON_TOO_LARGE, "a mail of more than 2 GiB");
	if (header_too_long(raw))
		return error_reject(err, REASON_TOO_LARGE, "a header of more than %zu bytes",
				    HEADER_SIZE_MAX);
	if (has_too_many_boundaries(raw))
		return error_reject(err, REASON_TOO_MANY_PARTS, "more than %d boundaries",
				    BOUNDARIES_MAX);
	m = xmalloc(sizeof(*m));
	/* head is not zeroed */
	memset(m, 0, offsetof(struct mime, head));
	m->header = header_of(raw);
	m->raw = reduce(raw, &m->reduced) ? strbuf_slice(&m->reduced) : raw;
	m->max_depth = max_depth;
	m->positions = xcalloc(max_depth, sizeof(*m->positions));
	m->root = parse(m);
	if (!m->root) {
		mime_close(m);
		return error_reject(err, REASON_BAD_MIME, "no readable structure");
	}
	m->root_type = type_of(m->root);
	*mime = m;
	return true;
}

static void end_part(struct mime *mime)
{
	g_free(mime->type);
	mime->type = NULL;
	input_close(mime->content);
	mime->content = NULL;
	mime->body = slice_of(NULL);
	free(mime->decoded);
	mime->decoded = NULL;
}

void mime_close(struct mime *mime)
{
	if (!mime)
		return;
	if (mime->root)
		g_object_unref(mime->root);
	g_object_unref(mime->stream);
	end_part(mime);
	g_free(mime->root_type);
	g_free(mime->value);
	strbuf_release(&mime->reduced);
	free(mime->positions);
	free(mime);
}

/* Returns the encoded content in place. */
static struct slice raw_content(const struct mime *mime, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	const gint64 size = (gint64)mime->raw.size;
	struct slice body;

	if (!stream || !GMIME_IS_STREAM_MEM(stream) || stream->bound_start < 0 ||
	    stream->bound_start > stream->bound_end || stream->bound_end > size)
		return (struct slice){ "", 0 };
	body = slice_between(mime->raw.data + stream->bound_start,
			     mime->raw.data + stream->bound_end);
	/* the line end before a boundary belongs to it, but GMime leaves the CR */
	if (body.size > 0 && body.data[body.size - 1] == '\r' && stream->bound_end < size &&
	    body.data[body.size] == '\n')
		body.size--;
	return body;
}

/* Returns the text after the "begin" line, which GMime would decode as data. */
static struct slice uuencoded_lines(struct slice text)
{
	struct slice rest = text;

	while (rest.data)
		if (slice_starts_with(slice_split(rest, '\n', &rest), "begin ") && rest.data)
			return rest;
	return text;
}

static size_t read_body(const struct mime *mime, uint64_t at, char *buffer, size_t size)
{
	struct error none; /* it reads from memory */
	size_t used = 0, got;

	do {
		(void)input_read_at(mime->content, at + used, buffer + used, size - used, &got,
				    &none);
		used += got;
	} while (got > 0);
	return used;
}

static void open_encoded(struct mime *mime, struct slice text, enum transfer_encoding encoding,
			 struct mime_part *part)
{
	mime->content = transfer_decode(text, encoding);
	part->head = (struct slice){ mime->head,
				     read_body(mime, 0, mime->head, sizeof(mime->head)) };
	part->encoded = true;
}

/* Is content declared as base64 a report or archive that nobody encoded? */
static bool is_bare(struct slice text)
{
	text = slice_trim(text);
	return slice_starts_with(text, "\x1f\x8b") || slice_starts_with(text, "PK\3\4") ||
	       slice_starts_with(text, "<") || slice_starts_with(text, "{");
}

/* Lines of quoted-printable have at most 76 characters (RFC 2045 section 6.7). */
#define SOFT_BREAK_MIN 60

/* Is a document in quoted-printable whose header says otherwise?  "=3D" stands for the "=" of
 * attributes; neither XML nor JSON has a line that ends with "=". */
static bool is_quoted_printable(struct slice text)
{
	text = slice_trim(text);
	if (!slice_starts_with(text, "<") && !slice_starts_with(text, "{"))
		return false;
	if (text.size > CLASSIFY_BYTES)
		text.size = CLASSIFY_BYTES;
	if (slice_find_text(text, "=3D\"") < text.size)
		return true;
	while (text.data) {
		const struct slice line = slice_split(text, '\n', &text);
		const size_t size = line.size > 0 && line.data[line.size - 1] == '\r'
					    ? line.size - 1
					    : line.size;

		if (text.data && size > SOFT_BREAK_MIN && line.data[size - 1] == '=')
			return true;
	}
	return false;
}

static void open_content(struct mime *mime, GMimeContentEncoding encoding, struct slice text,
			 struct mime_part *part)
{
	if (encoding == GMIME_CONTENT_ENCODING_BASE64 && is_bare(text))
		encoding = GMIME_CONTENT_ENCODING_BINARY;
	else if (encoding < GMIME_CONTENT_ENCODING_BINARY && is_quoted_printable(text))
		encoding = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
	switch (encoding) {
	case GMIME_CONTENT_ENCODING_BASE64: open_encoded(mime, text, TRANSFER_BASE64, part); break;
	case GMIME_CONTENT_ENCODING_UUENCODE:
		open_encoded(mime, uuencoded_lines(text), TRANSFER_UUENCODED, part);
		break;
	case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
		open_encoded(mime, text, TRANSFER_QUOTED_PRINTABLE, part);
		break;
	default:
		mime->body = text;
		mime->content = input_from_memory(text);
		part->head = text;
		if (part->head.size > CLASSIFY_BYTES)
			part->head.size = CLASSIFY_BYTES;
	}
	part->content = mime->content;
}

/* Some senders label a single file as a multipart without parts; GMime treats its contents
 * as the preamble. */
static struct slice text_alone(GMimeObject *object)
{
	GMimeMultipart *multipart = GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;

	if (!multipart || g_mime_multipart_get_count(multipart) > 0)
		return slice_of(NULL);
	return slice_trim(slice_of(g_mime_multipart_get_prologue(multipart)));
}

static void emit_text(struct mime *mime, GMimeObject *object, struct mime_part *part)
{
	const char *encoding = g_mime_object_get_header(object, "Content-Transfer-Encoding");

	part->name = slice_of(g_mime_object_get_content_disposition_parameter(object, "filename"));
	open_content(mime,
		     encoding ? g_mime_content_encoding_from_string(encoding)
			      : GMIME_CONTENT_ENCODING_DEFAULT,
		     text_alone(object), part);
}

static void emit_part(struct mime *mime, GMimeObject *object, struct mime_part *part)
{
	end_part(mime);
	mime->type = type_of(object);
	*part = (struct mime_part){
		.type = slice_of(mime->type),
		.charset = slice_of(g_mime_object_get_content_type_parameter(object, "charset")),
	};
	if (GMIME_IS_PART(object)) {
		part->name = slice_of(g_mime_part_get_filename(GMIME_PART(object)));
		open_content(mime, g_mime_part_get_content_encoding(GMIME_PART(object)),
			     raw_content(mime, GMIME_PART(object)), part);
	} else if (text_alone(object).size > 0) {
		emit_text(mime, object, part);
	} else if (GMIME_IS_MULTIPART(object)) {
		error_reject(&part->refusal, REASON_TOO_DEEP, "multiparts nested deeper than %u",
			     mime->max_depth);
	} else {
		error_reject(&part->refusal, REASON_BAD_MIME, "a part without readable structure");
	}
}

/* Enters a multipart; false: it is a leaf, or nested too deep. */
static bool enter(struct mime *mime, GMimeObject *object)
{
	if (!GMIME_IS_MULTIPART(object) || mime->depth == mime->max_depth ||
	    text_alone(object).size > 0)
		return false;
	mime->positions[mime->depth++] = (struct position){ GMIME_MULTIPART(object), 0 };
	return true;
}

bool mime_next(struct mime *mime, struct mime_part *part)
{
	if (!mime->root_given) {
		mime->root_given = true;
		if (!enter(mime, mime->root)) {
			emit_part(mime, mime->root, part);
			return true;
		}
	}
	while (mime->depth > 0) {
		struct position *position = &mime->positions[mime->depth - 1];
		GMimeObject *child;

		if (position->next >= g_mime_multipart_get_count(position->multipart)) {
			mime->depth--;
			continue;
		}
		child = g_mime_multipart_get_part(position->multipart, position->next++);
		if (!enter(mime, child)) {
			emit_part(mime, child, part);
			return true;
		}
	}
	return false;
}

uint64_t mime_body_size(const struct mime *mime)
{
	struct error none; /* it reads from memory */
	uint64_t size = 0;

	if (mime->content)
		(void)input_size(mime->content, &size, &none);
	return size;
}

struct slice mime_body(struct mime *mime)
{
	const size_t size = (size_t)mime_body_size(mime);

	if (!mime->body.data && mime->content) {
		mime->decoded = xmalloc(size + 1);
		mime->body = (struct slice){ mime->decoded,
					     read_body(mime, 0, mime->decoded, size) };
	}
	return mime->body;
}

void mime_hash_body(const struct mime *mime, bool as_field, struct hash *hash)
{
	char buffer[8 * KIB];
	uint64_t at = 0;
	size_t got;

	if (as_field)
		hash_uint(hash, mime->content ? mime_body_size(mime) : UINT64_MAX);
	if (!mime->content)
		return;
	while ((got = read_body(mime, at, buffer, sizeof(buffer))) > 0) {
		hash_bytes(hash, buffer, got);
		at += got;
	}
}

struct slice mime_header(const struct mime *mime)
{
	return mime->header;
}

struct slice mime_header_value(struct mime *mime, struct slice value)
{
	char *folded = g_strndup(value.data, value.size);
	char *line = g_mime_utils_header_unfold(folded);

	g_free(folded);
	g_free(mime->value);
	mime->value = line;
	/* few values need it, and it takes longer than all else here */
	if (strstr(line, "=?") || !g_str_is_ascii(line)) {
		mime->value = g_mime_utils_header_decode_text(NULL, line);
		g_free(line);
	}
	return slice_of(mime->value);
}

struct slice mime_type(const struct mime *mime)
{
	return slice_of(mime->root_type);
}
