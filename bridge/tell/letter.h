/* letter.h - a mail made of its parts
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_LETTER_H
#define BRIDGE_TELL_LETTER_H

#include "base/strbuf.h"

struct letter_file {
	struct slice content; /* absent: there is none */
	const char *name, *type, *subtype;
};

struct letter {
	const char *from, *from_name; /* an address; a name for people, UTF-8 */
	const char *const *to;	      /* addresses, ended by NULL */
	struct slice subject;	      /* one line of UTF-8 */
	struct slice id; /* letters of base64url; Message-ID is made of it and of from */
	int64_t date;
	struct slice text, html; /* UTF-8; html may be absent */
	struct letter_file logo; /* shown by html as cid:LETTER_LOGO_ID */
	struct letter_file attachment;
};

#define LETTER_LOGO_ID "logo"

/* The whole message with CR LF: lines of 78 bytes mostly and never of more than
 * 998, ASCII alone (RFC 2047, quoted-printable, base64).  The same letter gives
 * the same bytes.  Headers are free of what the texts hold: a control character
 * in them is encoded. */
void letter_write(const struct letter *letter, struct strbuf *out);

#endif
