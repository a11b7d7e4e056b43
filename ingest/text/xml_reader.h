/* xml_reader.h - XML as a stream of tags
 *
 * SPDX-License-Identifier: MIT
 *
 * Tags come with their local names only: reporters use no namespace, any
 * namespace and prefixes nobody declared.  Nothing outside the document is
 * ever opened, and a document type declaration is refused, so there are no
 * entities beyond the five of XML.
 */
#ifndef INGEST_TEXT_XML_READER_H
#define INGEST_TEXT_XML_READER_H

#include "ingest/report/input.h"

struct xml_tag {
	const char *name;	   /* of a tag that opens; one that closes has the same */
	const char *namespace;	   /* of a tag that opens; NULL: none */
	uint32_t text_at, text_size; /* for xml_reader_text() */
	uint8_t depth;		   /* elements around this one: 0 is the root */
	bool opens;		   /* else it closes */
	bool text_too_long;	   /* over LIMIT_TEXT_BYTES: cut, not usable */
};

struct xml_reader;

/* Reads the input from where it stands; it must be UTF-8 whatever it declares
 * (text_decode.h) and outlive the reader. */
struct xml_reader *xml_reader_new(struct input *input);
void xml_reader_free(struct xml_reader *reader);

/* The next tag, valid until the next call; NULL at the end, when the input has
 * been read to its end.  Errors: what the input said; REJECT "corrupt" (document
 * type declaration, nested too deep), "too-large"; REJECT "not-a-report" (a web
 * page); REJECT "bad-xml" (not well-formed: a repair may help).  They come
 * behind the tags that stand before them. */
bool xml_reader_next(struct xml_reader *reader, const struct xml_tag **tag, struct error *err);

/* What stood between the tag before and this one, blanks around it cut.  It
 * belongs to the element around a tag that opens, and to the element itself
 * where the tag closes.  Absent: nothing but blanks. */
struct slice xml_reader_text(const struct xml_reader *reader, const struct xml_tag *tag);

/* At the end: more than blanks follow the root element. */
bool xml_reader_has_trailing_data(const struct xml_reader *reader);

/* The reason of an error that a repair may cure. */
#define XML_BROKEN "bad-xml"

#endif
