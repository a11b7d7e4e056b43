/* SPDX-License-Identifier: MIT */
#include "ingest/unwrap/classify.h"

#include "base/ascii.h"
#include "ingest/text/charset.h"

#define TAR_BLOCK 512
#define TAR_CHECKSUM 148 /* offset of the eight-byte checksum */

static bool begins(struct slice head, const char *magic, size_t size)
{
	return head.size >= size && memcmp(head.data, magic, size) == 0;
}

static bool is_binary_format(struct slice head)
{
	return begins(head, "\x89PNG", 4) || begins(head, "\xff\xd8\xff", 3) ||
	       begins(head, "GIF8", 4) || begins(head, "%PDF-", 5) || begins(head, "BM", 2);
}

/* A header block of tar (POSIX.1): the checksum counts its own bytes as blanks.  Old
 * programs write no magic number. */
static bool is_tar(struct slice head)
{
	unsigned sum = 0, want = 0;

	if (head.size < TAR_BLOCK || head.data[0] == '\0')
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= TAR_CHECKSUM && i < TAR_CHECKSUM + 8 ? ' '
								 : (unsigned char)head.data[i];
	for (size_t i = TAR_CHECKSUM; i < TAR_CHECKSUM + 8; i++)
		if (head.data[i] >= '0' && head.data[i] <= '7')
			want = want * 8 + (unsigned)(head.data[i] - '0');
	return sum == want;
}

/* DER or BER of CMS enveloped-data (RFC 5652 section 6): an encrypted S/MIME mail. */
static bool is_enveloped(struct slice head)
{
	static const char type[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";

	return begins(head, "\x30", 1) &&
	       memmem(head.data, head.size < 32 ? head.size : 32, type, sizeof(type) - 1);
}

/* LZMA and zlib have no magic number, but common parameters. */
static bool is_foreign_archive(struct slice head)
{
	return is_tar(head) || begins(head, "\x5d\0\0", 3) || begins(head, "\x78\x9c", 2) ||
	       begins(head, "\x78\xda", 2) || begins(head, "\x1f\x9d", 2) ||
	       begins(head, "MSCF", 4) || begins(head, "\x04\x22\x4d\x18", 4) ||
	       begins(head, "7z\xbc\xaf\x27\x1c", 6) || begins(head, "Rar!\x1a\x07", 6) ||
	       begins(head, "BZh", 3) ||
	       begins(head,
		      "\xfd"
		      "7zXZ",
		      5) ||
	       begins(head, "\x28\xb5\x2f\xfd", 4) || begins(head, "LZIP", 4);
}

static bool is_html(struct slice text)
{
	static const char *const tags[] = { "<!doctype html", "<html",  "<head", "<body",
					    "<div",           "<p>",    "<p ",   "<table",
					    "<meta",          "<style", "<br",   "<span",
					    "<font" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (slice_starts_with_nocase(text, tags[i]))
			return true;
	return false;
}

/* A list of reports, such as "[{". */
static bool is_list_of_objects(struct slice text)
{
	const struct slice inner = slice_trim(slice_skip(text, 1));

	return text.data[0] == '[' && inner.size > 0 && memchr("{[", inner.data[0], 2);
}

/* Converts UTF-16 or UTF-32 to UTF-8; false: other encodings. */
static bool to_utf8(struct slice head, struct strbuf *text)
{
	size_t mark;
	const struct charset *charset = charset_of_bytes(head, &mark);
	struct charset_converter *converter = charset ? charset_open(charset) : NULL;

	if (!converter)
		return false;
	strbuf_init(text, CHARSET_OUT_MAX * CLASSIFY_BYTES);
	head = slice_skip(head, mark);
	head.size = head.size < CLASSIFY_BYTES ? head.size : CLASSIFY_BYTES;
	(void)charset_convert(converter, head, false, text);
	charset_close(converter);
	return true;
}

static bool names_report_xml(struct slice head)
{
	return slice_find_text(head, "<?xml") < head.size ||
	       slice_find_text(head, "<feedback") < head.size ||
	       slice_find_text(head, ":feedback") < head.size;
}

static bool names_report_json(struct slice head)
{
	return slice_find_text(head, "\"policies\"") < head.size ||
	       slice_find_text(head, "\"date-range\"") < head.size ||
	       slice_find_text(head, "\"report-id\"") < head.size ||
	       slice_find_text(head, "\"organization-name\"") < head.size;
}

/* Does a line of head begin with "name:"? */
static bool has_field(struct slice head, const char *name)
{
	struct slice rest = head;

	while (rest.data) {
		const struct slice line = slice_split(rest, '\n', &rest);

		if (slice_starts_with_nocase(line, name))
			return true;
	}
	return false;
}

static bool is_size_notice(struct slice head)
{
	return has_field(head, "Report-Domain:") && has_field(head, "Report-Size:") &&
	       has_field(head, "Submitter:");
}

/* Does the line begin with "name:", with the characters of a field name (RFC 5322 section
 * 3.6.8)? */
static bool is_field(struct slice line)
{
	const size_t colon = slice_find(line, ':');

	for (size_t i = 0; i < colon; i++)
		if (line.data[i] <= ' ' || line.data[i] >= 0x7f)
			return false;
	return colon > 0 && colon < line.size;
}

/* Servers add fields of their own at the top, so the first field may have any name, but a
 * common mail field must follow. */
static bool is_mail(struct slice head)
{
	static const char *const fields[] = { "Received:",
					      "Return-Path:",
					      "Delivered-To:",
					      "From:",
					      "Date:",
					      "Subject:",
					      "To:",
					      "Message-ID:",
					      "MIME-Version:",
					      "Content-Type:",
					      "DKIM-Signature:",
					      "Authentication-Results:",
					      "ARC-",
					      "X-",
					      "Reply-To:",
					      "Envelope-To:",
					      "Sender:" };
	struct slice rest;

	if (!is_field(slice_split(head, '\n', &rest)))
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (has_field(head, fields[i]))
			return true;
	return false;
}

static enum part_kind classify_narrow(struct slice head)
{
	struct slice text;

	if (head.size == 0)
		return PART_EMPTY;
	if (begins(head, "\x1f\x8b", 2))
		return PART_GZIP;
	if (begins(head, "PK\3\4", 4) || begins(head, "PK\5\6", 4))
		return PART_ZIP;
	if (begins(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return PART_OLE;
	if (is_foreign_archive(head))
		return PART_ARCHIVE;
	if (is_binary_format(head))
		return PART_HARMLESS;
	text = slice_trim(begins(head, "\xef\xbb\xbf", 3) ? slice_skip(head, 3) : head);
	if (text.size == 0)
		return PART_EMPTY;
	if (slice_is_nocase(text, "unused"))
		return PART_PLACEHOLDER;
	if (text.data[0] == '<')
		return is_html(text) ? PART_HARMLESS : PART_XML;
	if (text.data[0] == '{' || is_list_of_objects(text))
		return PART_JSON;
	if (begins(head, "From ", 5))
		return PART_MBOX;
	if (slice_starts_with(text, "-----BEGIN PGP MESSAGE") || is_enveloped(head))
		return PART_ENCRYPTED;
	if (slice_starts_with_nocase(text, "Feedback-Type:"))
		return PART_FEEDBACK;
	if (is_mail(text))
		return PART_MAIL;
	if (is_size_notice(text))
		return PART_SIZE_NOTICE;
	return names_report_xml(text) ? PART_XML : PART_UNKNOWN;
}

/* Only documents come in UTF-16 or UTF-32. */
static bool is_wide_document(struct slice head, enum part_kind *part)
{
	struct strbuf text;

	if (!to_utf8(head, &text))
		return false;
	*part = classify_narrow(strbuf_slice(&text));
	strbuf_release(&text);
	return *part == PART_XML || *part == PART_JSON || *part == PART_HARMLESS;
}

static bool is_certain(enum part_kind part, struct slice head)
{
	switch (part) {
	case PART_GZIP:
	case PART_ZIP:
	case PART_FEEDBACK:
	case PART_SIZE_NOTICE: return true;
	case PART_ENCRYPTED: return is_enveloped(head);
	case PART_XML: return names_report_xml(head);
	case PART_JSON: return names_report_json(head);
	default: return false;
	}
}

enum part_kind classify(struct slice head)
{
	enum part_kind part;

	return is_wide_document(head, &part) ? part : classify_narrow(head);
}

bool classify_is_certain(enum part_kind part, struct slice head)
{
	struct strbuf text;
	bool certain;

	if (to_utf8(head, &text)) {
		certain = is_certain(part, strbuf_slice(&text));
		strbuf_release(&text);
	} else {
		certain = is_certain(part, head);
	}
	return certain;
}

bool classify_is_report_name(struct slice name)
{
	static const char *const suffixes[] = { ".xml", ".gz", ".zip", ".json" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (slice_ends_with_nocase(name, suffixes[i]))
			return true;
	return false;
}

bool classify_is_companion_name(struct slice name)
{
	static const char *const suffixes[] = { ".xsd", ".xsl",  ".xslt",   ".dtd", ".css",
						".pdf", ".csv",  ".txt",    ".md",  ".log",
						".htm", ".html", ".png",    ".jpg", ".jpeg",
						".gif", ".svg",  ".ico",    ".doc", ".docx",
						".xls", ".xlsx", ".ics",    ".vcf", ".asc",
						".sig", ".p7s",  ".sha256", ".md5", ".ini" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (slice_ends_with_nocase(name, suffixes[i]))
			return true;
	return false;
}

bool classify_is_companion(struct slice type, struct slice name)
{
	static const char *const types[] = { "image/",
					     "audio/",
					     "video/",
					     "text/",
					     "multipart/",
					     "application/pgp-",
					     "application/pkcs7-",
					     "application/x-pkcs7-",
					     "application/pdf",
					     "application/ics",
					     "application/ms-tnef",
					     "application/applefile",
					     "message/delivery-status",
					     "message/disposition-notification" };

	if (classify_is_report_name(name) || slice_is(type, "text/xml") ||
	    slice_is(type, "text/json"))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_starts_with(type, types[i]))
			return true;
	return false;
}

static enum part_kind format_of(struct slice type)
{
	if (slice_find_text(type, "gzip") < type.size)
		return PART_GZIP;
	if (slice_find_text(type, "zip") < type.size)
		return PART_ZIP;
	if (slice_find_text(type, "xml") < type.size)
		return PART_XML;
	if (slice_find_text(type, "json") < type.size)
		return PART_JSON;
	return PART_UNKNOWN;
}

void classify_type(struct slice type, enum part_kind outer, enum part_kind inner,
		   struct quirk_set *quirks)
{
	static const struct {
		enum part_kind outer, inner;
		const char *type;
	} expected[] = {
		{ PART_GZIP, PART_XML, "application/gzip" },
		{ PART_XML, PART_XML, "text/xml" },
		/* in neither RFC, but common among the largest reporters */
		{ PART_ZIP, PART_XML, "application/zip" },
		{ PART_GZIP, PART_JSON, "application/tlsrpt+gzip" },
		{ PART_JSON, PART_JSON, "application/tlsrpt+json" },
	};
	const enum part_kind declared = format_of(type);

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (expected[i].outer == outer && expected[i].inner == inner &&
		    slice_is(type, expected[i].type))
			return;
	quirk_add(quirks, declared != PART_UNKNOWN && declared != outer ? QUIRK_MIME_LIES
									: QUIRK_MIME_TYPE);
}
