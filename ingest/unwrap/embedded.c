/* SPDX-License-Identifier: MIT */
#include "ingest/unwrap/embedded.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "ingest/unwrap/classify.h"

#define BOUNDARY_SIZE_MAX 70 /* RFC 2046 section 5.1.1 */
/* Maximum number of lines of which some kilobytes are examined. */
#define TRIES_MAX 100

/* Removes quote marks: mail programs quote the text that they reply to. */
static struct slice unquoted(struct slice line)
{
	while (line.size > 0 && (line.data[0] == '>' || ascii_is_space(line.data[0])))
		line = (struct slice){ line.data + 1, line.size - 1 };
	return slice_trim(line);
}

static bool is_base64(struct slice line)
{
	if (line.size == 0)
		return false;
	for (size_t i = 0; i < line.size; i++)
		if (!ascii_is_alnum(line.data[i]) && !memchr("+/=", line.data[i], 3))
			return false;
	return true;
}

/* Starts of base64-encoded gzip, zip, XML with or without a byte order mark, and JSON. */
static bool begins_base64(struct slice line)
{
	static const char *const starts[] = { "H4sI",     "UEsDB", "PD94bWwg", "PGZlZWRiYWNr",
					      "77u/PD94", "eyJ",   "ewog",     "ew0K" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (slice_starts_with(line, starts[i]))
			return is_base64(line);
	return false;
}

/* Is the line a boundary, followed by the header of a part? */
static bool begins_part(struct slice line, struct slice rest)
{
	line = slice_trim(line);
	return line.size > 2 && line.size <= 2 + BOUNDARY_SIZE_MAX &&
	       slice_starts_with(line, "--") && !memchr(line.data, '"', line.size) &&
	       slice_starts_with_nocase(rest, "Content-");
}

static bool begins_uuencoded(struct slice line)
{
	uint64_t mode;
	struct slice rest;

	(void)slice_split(line, ' ', &rest);
	return slice_starts_with(line, "begin ") &&
	       slice_to_uint(slice_split(rest, ' ', &rest), 9999, &mode) && rest.size > 0;
}

/* yEnc 1.3, an encoding of binary files in news articles */
static bool begins_yencoded(struct slice line)
{
	return slice_starts_with(line, "=ybegin ") && slice_find_text(line, " name=") < line.size;
}

static bool begins_document(struct slice text)
{
	const struct slice head = { text.data,
				    text.size < CLASSIFY_BYTES ? text.size : CLASSIFY_BYTES };
	const enum part_kind part = classify(head);

	return (part == PART_XML || part == PART_JSON) && classify_is_certain(part, head);
}

/* Returns the text after the base64 lines. */
static struct slice base64_end(struct slice rest)
{
	while (rest.data) {
		const struct slice at = rest;

		if (!is_base64(unquoted(slice_split(rest, '\n', &rest))))
			return at;
	}
	return rest;
}

static struct slice uuencoded_end(struct slice rest)
{
	while (rest.data)
		if (slice_is(slice_trim(slice_split(rest, '\n', &rest)), "end"))
			break;
	return rest;
}

static struct slice yencoded_end(struct slice rest)
{
	while (rest.data)
		if (slice_starts_with(slice_split(rest, '\n', &rest), "=yend"))
			break;
	return rest;
}

static struct slice up_to(struct slice text, struct slice rest)
{
	return rest.data ? slice_between(text.data, rest.data) : text;
}

static bool in_line(struct slice at, struct slice line, struct slice *rest, unsigned *tries,
		    struct embedded *embedded)
{
	struct slice after = *rest;

	if (begins_base64(unquoted(line))) {
		embedded->form = EMBEDDED_BASE64;
		after = base64_end(after);
	} else if (begins_uuencoded(line)) {
		embedded->form = EMBEDDED_UUENCODED;
		after = uuencoded_end(after);
	} else if (begins_yencoded(line)) {
		embedded->form = EMBEDDED_YENCODED;
		after = yencoded_end(after);
	} else if (begins_part(line, *rest)) {
		embedded->form = EMBEDDED_PARTS;
		after = slice_of(NULL);
	} else if (line.size > 0 && (line.data[0] == '<' || line.data[0] == '{') &&
		   (*tries)++ < TRIES_MAX && begins_document(at)) {
		embedded->form = EMBEDDED_BYTES;
		after = slice_of(NULL);
	} else {
		return false;
	}
	embedded->text = up_to(at, after);
	*rest = after;
	return true;
}

/* The top three bits of the gzip flags are always zero. */
static const char *find_gzip(struct slice text)
{
	const char *at = text.data, *end = text.data + text.size;

	while ((at = memmem(at, (size_t)(end - at), "\x1f\x8b\x08", 3)) != NULL) {
		if (end - at > 3 && (unsigned char)at[3] < 0x20)
			break;
		at++;
	}
	return at;
}

/* Finds compressed data anywhere in binary data. */
static bool in_bytes(struct slice text, struct embedded *embedded)
{
	const char *gzip = find_gzip(text);
	const char *zip = memmem(text.data, text.size, "PK\3\4", 4);
	const char *found = !zip || (gzip && gzip < zip) ? gzip : zip;

	if (!found)
		return false;
	embedded->form = EMBEDDED_BYTES;
	embedded->text = slice_between(found, text.data + text.size);
	return true;
}

bool embedded_next(struct slice *text, struct embedded *embedded)
{
	const struct slice whole = *text;
	struct slice rest = whole;
	unsigned tries = 0;

	while (rest.data) {
		const struct slice at = rest;
		const struct slice line = slice_split(rest, '\n', &rest);

		if (!in_line(at, line, &rest, &tries, embedded))
			continue;
		*text = rest;
		return true;
	}
	*text = slice_of(NULL);
	return whole.size > 0 && in_bytes(whole, embedded);
}

/* RFC 2045 does not define this encoding; each line begins with its length. */
static void uudecode(struct slice rest, struct strbuf *out)
{
	(void)slice_split(rest, '\n', &rest);
	while (rest.data) {
		const struct slice line = slice_split(rest, '\n', &rest);
		size_t size = line.size > 0 ? (size_t)(line.data[0] - ' ') & 63 : 0;

		for (size_t at = 1; size > 0 && at + 3 < line.size + 3; at += 4) {
			unsigned bits = 0;
			char bytes[3];

			for (size_t i = 0; i < 4; i++) {
				const char c = at + i < line.size ? line.data[at + i] : ' ';

				bits = bits << 6 | ((unsigned)(c - ' ') & 63);
			}
			bytes[0] = (char)(bits >> 16);
			bytes[1] = (char)(bits >> 8);
			bytes[2] = (char)bits;
			strbuf_add(out, bytes, size < 3 ? size : 3);
			size -= size < 3 ? size : 3;
		}
	}
}

/* Each byte is shifted by 42; line ends, NUL and "=" are escaped and shifted by 64 more. */
static void ydecode(struct slice rest, struct strbuf *out)
{
	(void)slice_split(rest, '\n', &rest);
	while (rest.data) {
		struct slice line = slice_split(rest, '\n', &rest);

		if (slice_starts_with(line, "=yend"))
			break;
		if (slice_starts_with(line, "=ypart "))
			continue;
		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		for (size_t i = 0; i < line.size; i++) {
			const bool escaped = line.data[i] == '=' && i + 1 < line.size;

			i += escaped;
			strbuf_add_byte(out, (char)(line.data[i] - 42 - (escaped ? 64 : 0)));
		}
	}
}

static void make_mail(struct slice parts, struct strbuf *out)
{
	struct slice rest;
	const struct slice boundary = slice_trim(slice_split(parts, '\n', &rest));

	strbuf_add_text(out, "Content-Type: multipart/mixed; boundary=\"");
	strbuf_add(out, boundary.data + 2, boundary.size - 2);
	strbuf_add_text(out, "\"\n\n");
	strbuf_add_slice(out, parts);
}

void embedded_decode(const struct embedded *embedded, struct strbuf *out)
{
	const struct slice text = embedded->text;
	char *room;

	switch (embedded->form) {
	case EMBEDDED_BASE64:
		room = strbuf_room(out, BASE64_DECODED_SIZE(text.size));
		if (room)
			out->len += base64_decode(text, room);
		break;
	case EMBEDDED_UUENCODED: uudecode(text, out); break;
	case EMBEDDED_YENCODED: ydecode(text, out); break;
	case EMBEDDED_PARTS: make_mail(text, out); break;
	case EMBEDDED_BYTES: strbuf_add_slice(out, text); break;
	}
}
