/* xml_reader.h - reads XML as a stream of tags
 *
 * SPDX-License-Identifier: MIT
 *
 * Returns only the local names of tags: reporters use no namespace, any namespace
 * or undeclared prefixes.  Never opens anything outside the document and refuses a
 * document type declaration, so only the five predefined entities exist.
 */
#ifndef INGEST_TEXT_XML_READER_H
#define INGEST_TEXT_XML_READER_H

#include "ingest/report/input.h"

struct xml_tag {
	const char *name;            /* equal names of a reader have the same address */
	const char *namespace;       /* of an opening tag, or NULL */
	uint32_t text_at, text_size; /* for xml_reader_text() */
	uint8_t depth;               /* number of enclosing elements; the root has 0 */
	bool opens;                  /* false: it closes */
	bool text_too_long;          /* exceeds LIMIT_TEXT_BYTES: truncated and unusable */
};

struct xml_reader;

/* Reads the input from its current position.  It must be UTF-8, whatever it declares
 * (text_decode.h), and outlive the reader. */
struct xml_reader *xml_reader_new(struct input *input);
void xml_reader_free(struct xml_reader *reader);

/* Returns the next tag, valid until the next call; NULL at the end, when the whole input
 * has been read.  Errors are returned after the tags before them: those of the input;
 * REJECT "corrupt" (document type declaration, nested too deep), "too-large",
 * "not-a-report" (a web page) or "bad-xml" (not well-formed: a repair may help). */
bool xml_reader_next(struct xml_reader *reader, const struct xml_tag **tag, struct error *err);

/* Returns the text between the previous tag and this one, without surrounding blanks.
 * Before an opening tag it belongs to the enclosing element, before a closing tag to that
 * element.  Absent: only blanks. */
struct slice xml_reader_text(const struct xml_reader *reader, const struct xml_tag *tag);

/* At the end: does other text than blanks follow the root element? */
bool xml_reader_has_trailing_data(const struct xml_reader *reader);

/* Reason of an error that a repair may fix. */
#define XML_BROKEN "bad-xml"

#endif
