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
	bool opens;	    /* else it closes */
	unsigned depth;	    /* elements around this one: 0 is the root */
	struct slice name;	/* of a tag that opens; one that closes has the same */
	struct slice namespace; /* of a tag that opens; absent: none */
	/* What stood between the tag before and this one, blanks around it cut.
	 * It belongs to the element around a tag that opens, and to the element
	 * itself where the tag closes.  Absent: nothing but blanks. */
	struct slice text;
	bool text_too_long; /* over LIMIT_TEXT_BYTES: cut, not usable */
};

/* tag and its texts are valid during the call.  false ends the reading with *err. */
typedef bool xml_tag_fn(void *context, const struct xml_tag *tag, struct error *err);

/* Reads the input, which must be UTF-8 whatever it declares (text_decode.h), to
 * its end.  Errors: what tag_fn or the input said; REJECT "corrupt" (document
 * type declaration, nested too deep); REJECT "not-a-report" (a web page);
 * REJECT "bad-xml" (not well-formed: a repair may help).  Whatever follows the end of the root
 * element is no error but sets *trailing_data when it is more than blanks. */
bool xml_read(struct input *input, xml_tag_fn *tag_fn, void *context, bool *trailing_data,
	      struct error *err);

/* The reason of an error that a repair may cure. */
#define XML_BROKEN "bad-xml"

#endif
