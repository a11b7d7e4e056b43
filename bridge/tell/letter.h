/* letter.h - composes a mail
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_LETTER_H
#define BRIDGE_TELL_LETTER_H

#include "base/strbuf.h"

struct letter_file {
	struct slice content; /* absent: none */
	const char *name, *type, *subtype;
};

struct letter {
	const char *from, *from_name; /* an address; a name for people, UTF-8 */
	const char *const *to;        /* addresses, ended by NULL */
	struct slice subject;         /* one line of UTF-8 */
	struct slice id;              /* of base64url; Message-ID is made of it and of from */
	int64_t date;
	struct slice text, html; /* UTF-8; html may be absent */
	struct letter_file logo; /* shown by html as cid:LETTER_LOGO_ID */
	struct letter_file attachment;
};

#define LETTER_LOGO_ID "logo"

/* Writes the whole message with CR LF in ASCII (RFC 2047, quoted-printable, base64), with
 * lines of usually 78 and at most 998 bytes. The same letter gives the same bytes. Texts
 * cannot add headers: control characters in them are encoded. */
void letter_write(const struct letter *letter, struct strbuf *out);

#endif
