/* test_mime.c - parts, encodings, and mail made to hurt
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "ingest/unwrap/header_fields.h"
#include "ingest/unwrap/mime.h"
#include "tests/lib/rows.h"

#define DEPTH 16

struct leaf {
	const char *type, *name, *body;
};

static void expect_leaves(size_t number, struct slice mail, const struct leaf *want)
{
	struct mime *mime;
	struct mime_part part;
	struct error err;

	if (!mime_open(mail, DEPTH, &mime, &err))
		fail_msg("case %zu: %s", number, err.text);
	for (; want->type; want++) {
		assert_true(mime_next(mime, &part));
		if (!slice_is(part.type, want->type) || !slice_is(mime_body(mime), want->body) ||
		    !slice_equal(part.name, slice_of(want->name)))
			fail_msg("case %zu: %.*s, \"%.*s\", \"%.*s\"", number, (int)part.type.size,
				 part.type.data, (int)part.name.size, part.name.data,
				 (int)mime_body(mime).size, mime_body(mime).data);
	}
	if (mime_next(mime, &part))
		fail_msg("case %zu: one part too many", number);
	mime_close(mime);
}

static void parts_and_encodings(void **state)
{
	static const struct {
		const char *mail;
		struct leaf want[4];
	} cases[] = {
		{ "Content-Type: APPLICATION/Zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		  "aGVsbG8=\r\n",
		  { { "application/zip", "a.zip", "hello" } } },
		/* padding missing: no byte is lost */
		{ "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8\r\n",
		  { { "text/plain", NULL, "hello" } } },
		{ "Content-Transfer-Encoding: base64\r\n\r\naGVsbA",
		  { { "text/plain", NULL, "hell" } } },
		{ "Content-Transfer-Encoding: base64\r\n\r\na G\tVs\r\n\r\nbG8=",
		  { { "text/plain", NULL, "hello" } } },
		{ "Content-Transfer-Encoding: quoted-printable\n\na=3Db=\nc\n",
		  { { "text/plain", NULL, "a=bc\n" } } },
		{ "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 f\n%:&5L;&\\ \n`\nend\n",
		  { { "text/plain", NULL, "hello" } } },
		{ "Content-Transfer-Encoding: binary\n\nas it is",
		  { { "text/plain", NULL, "as it is" } } },
		/* mbox line and debris in front */
		{ "From someone Mon Nov  2 10:00:00 2026\nSubject: x\n\nbody\n",
		  { { "text/plain", NULL, "body\n" } } },
		{ "\r\n \r\n<<<debris\r\nSubject: x\r\n\r\nbody",
		  { { "text/plain", NULL, "body" } } },
		/* a header typed wrongly is no header */
		{ "ContentType: text/xml\r\nX: y\r\n\r\n<feedback/>",
		  { { "text/plain", NULL, "<feedback/>" } } },
		/* RFC 2231 and RFC 2047 names */
		{ "Content-Type: text/xml\r\nContent-Disposition: attachment;\r\n"
		  " filename*0*=utf-8''a%21;\r\n filename*1=\"!b.xml\"\r\n\r\nx",
		  { { "text/xml", "a!!b.xml", "x" } } },
		{ "Content-Type: text/xml; name=\"=?utf-8?Q?a=C3=A9.xml?=\"\r\n\r\nx",
		  { { "text/xml", "a\xc3\xa9.xml", "x" } } },
		{ "Content-Type: multipart/mixed; boundary=b\r\n\r\nprologue\r\n--b\r\n\r\none\r\n"
		  "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
		  "--c\r\nContent-Type: text/html\r\n\r\ntwo\r\n--c--\r\n--b\r\n"
		  "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nthree\r\n--b--\r\nepilogue",
		  { { "text/plain", NULL, "one" },
		    { "text/html", NULL, "two" },
		    { "message/rfc822", NULL, "Subject: x\r\n\r\nthree" } } },
		/* the end is missing */
		{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none",
		  { { "text/plain", NULL, "one" } } },
		{ "Content-Type: multipart/mixed; boundary=\"\\\"\"\r\n\r\n--\"\r\n\r\none\r\n--\"--\r\n",
		  { { "text/plain", NULL, "one" } } },
	};

	/* what a mail server adds; the second has a line that is no field */
	static const char *const added[] = {
		"", "Received: from a\r\n\tby b (\r\n c);\r\n x\r\nX-Content-Type: text/xml\r\n",
		"X: y\r\nno field\r\n"
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const bool begins = slice_starts_with(slice_of(cases[i].mail), "Content");

		for (size_t j = 0; j < (begins ? sizeof(added) / sizeof(added[0]) : 1); j++) {
			struct strbuf mail;

			strbuf_init(&mail, MIB);
			strbuf_add_format(&mail, "%s%s", added[j], cases[i].mail);
			expect_leaves(i, strbuf_slice(&mail), cases[i].want);
			strbuf_release(&mail);
		}
	}
}

static void no_mail_at_all(void **state)
{
	static const char *const cases[] = { "", "\n", "no header here\n", ": x\n", "a b: c\n" };
	struct mime *mime;
	struct error err;

	(void)state;
	FOR_ROWS (i, cases) {
		assert_false(mime_open(slice_of(cases[i]), DEPTH, &mime, &err));
		assert_string_equal(err.reason, "bad-mime");
	}
}

static void headers_are_decoded(void **state)
{
	static const char mail[] =
		"Subject: =?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=\r\n =?utf-8?Q?_ok?=\r\n"
		"X-Folded: a\r\n b\r\n\r\n";
	struct mime *mime;
	struct header_field field;
	struct slice rest;
	struct error err;

	(void)state;
	assert_true(mime_open(slice_of(mail), DEPTH, &mime, &err));
	rest = mime_header(mime);
	assert_true(header_field_next(&rest, &field));
	assert_true(slice_is(field.name, "Subject"));
	assert_true(slice_is(mime_header_value(mime, field.value),
			     "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88 ok"));
	assert_true(header_field_next(&rest, &field));
	assert_true(slice_is(mime_header_value(mime, field.value), "a b"));
	assert_false(header_field_next(&rest, &field));
	mime_close(mime);
}

/* Opens, walks and counts the leaves; *refused: one of them was too deep. */
static unsigned leaves(const struct strbuf *mail, bool *refused)
{
	struct mime *mime;
	struct mime_part part;
	unsigned count = 0;
	struct error err;

	*refused = false;
	if (!mime_open(strbuf_slice(mail), DEPTH, &mime, &err))
		return 0;
	while (mime_next(mime, &part)) {
		count++;
		if (part.refusal.class != ERROR_NONE) {
			assert_string_equal(part.refusal.reason, "too-deep");
			*refused = true;
		}
	}
	mime_close(mime);
	return count;
}

static void nest(struct strbuf *mail, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		strbuf_add_format(mail, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i,
				  i);
	strbuf_add_text(mail, "\nx\n");
}

static void depth_is_bounded(void **state)
{
	struct strbuf mail;
	bool refused;

	(void)state;
	strbuf_init(&mail, 64 * MIB);
	nest(&mail, DEPTH);
	assert_int_equal(leaves(&mail, &refused), 1);
	assert_false(refused);
	strbuf_reset(&mail);
	nest(&mail, DEPTH + 1);
	assert_int_equal(leaves(&mail, &refused), 1);
	assert_true(refused);
	strbuf_reset(&mail);
	nest(&mail, 3900);
	assert_int_equal(leaves(&mail, &refused), 1);
	assert_true(refused);
	strbuf_release(&mail);
}

static void large_numbers(void **state)
{
	struct strbuf mail;
	bool refused;

	(void)state;
	strbuf_init(&mail, 64 * MIB);
	strbuf_add_text(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 3900; i++)
		strbuf_add_text(&mail, "--b\n\nx\n");
	assert_int_equal(leaves(&mail, &refused), 3900);
	strbuf_reset(&mail);
	for (int i = 0; i < 90000; i++)
		strbuf_add_format(&mail, "X-%d: y\n", i);
	strbuf_add_text(&mail, "\nbody");
	assert_int_equal(leaves(&mail, &refused), 1);
	/* an address parser would recurse over this one */
	strbuf_reset(&mail);
	strbuf_add_text(&mail, "To: ");
	for (int i = 0; i < 50000; i++)
		strbuf_add_text(&mail, "g:");
	strbuf_add_text(&mail, "\nContent-Type: message/rfc822\n\nTo: ");
	for (int i = 0; i < 50000; i++)
		strbuf_add_text(&mail, "g:(");
	strbuf_add_text(&mail, "\n\nbody");
	assert_int_equal(leaves(&mail, &refused), 1);
	strbuf_release(&mail);
}

static void a_large_mail_is_read_in_place(void **state)
{
	struct strbuf mail;
	struct mime *mime;
	struct mime_part part;
	struct slice body;
	struct error err;

	(void)state;
	strbuf_init(&mail, 64 * MIB);
	strbuf_add_text(&mail, "Subject: x\nContent-Type: text/xml\n\n");
	while (mail.len <= 2 * MIB)
		strbuf_add_text(&mail, "<feedback/>\n");
	assert_true(mime_open(strbuf_slice(&mail), DEPTH, &mime, &err));
	assert_true(mime_next(mime, &part));
	body = mime_body(mime);
	assert_true(slice_is(part.type, "text/xml"));
	assert_ptr_equal(body.data + body.size, mail.buf + mail.len);
	mime_close(mime);
	strbuf_release(&mail);
}

static void long_header(void **state)
{
	struct strbuf mail;
	struct mime *mime;
	struct error err;

	(void)state;
	strbuf_init(&mail, 64 * MIB);
	strbuf_add_text(&mail, "To: a@example.com\n");
	while (mail.len <= MIB)
		strbuf_add_text(&mail, " b\n");
	strbuf_add_text(&mail, "\nbody");
	assert_false(mime_open(strbuf_slice(&mail), DEPTH, &mime, &err));
	assert_string_equal(err.reason, "too-large");
	strbuf_release(&mail);
}

static void base64_of_any_shape(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },           { "Y", "" },
		{ "YQ", "a" },        { "YQ==", "a" },
		{ "YWI", "ab" },      { "YWJj", "abc" },
		{ "Y*W-J j", "abc" }, { "YQ==YQ==", "aa" },
		{ "====", "" },       { "//8=", "\xff\xff" },
	};
	char out[64];

	(void)state;
	FOR_ROWS (i, cases) {
		const size_t size = base64_decode(slice_of(cases[i].text), out);

		assert_true(size <= BASE64_DECODED_SIZE(strlen(cases[i].text)));
		assert_true(slice_is((struct slice){ out, size }, cases[i].want));
	}
}

/* Writes bytes in an encoding; what a line is does not matter to base64. */
static void encode(struct strbuf *out, const char *encoding, struct slice bytes)
{
	struct strbuf text;

	strbuf_init(&text, 4 * bytes.size);
	if (strcmp(encoding, "base64") == 0) {
		base64_encode(&text, bytes);
		for (size_t i = 0; i < text.len; i++)
			strbuf_add_format(out, "%c%s", text.buf[i], i % 75 == 74 ? "\r\n" : "");
	}
	for (size_t i = 0; strcmp(encoding, "quoted-printable") == 0 && i < bytes.size; i++)
		strbuf_add_format(out, "=%02X%s", (unsigned char)bytes.data[i],
				  i % 25 == 24 ? "=\r\n" : "");
	if (strcmp(encoding, "x-uuencode") == 0)
		strbuf_add_text(out, "begin 644 x\n");
	for (size_t i = 0; strcmp(encoding, "x-uuencode") == 0 && i < bytes.size; i += 45) {
		strbuf_add_byte(out, (char)(' ' + (bytes.size - i < 45 ? bytes.size - i : 45)));
		for (size_t k = i; k < i + 45 && k < bytes.size; k += 3) {
			const unsigned bits = (unsigned)(unsigned char)bytes.data[k] << 16 |
					      (unsigned)(unsigned char)bytes.data[k + 1] << 8 |
					      (unsigned char)bytes.data[k + 2];

			for (unsigned shift = 24; shift > 0; shift -= 6)
				strbuf_add_byte(out, (char)(' ' + (bits >> (shift - 6) & 63)));
		}
		strbuf_add_byte(out, '\n');
	}
	strbuf_release(&text);
}

/* Content of several pieces, read in one go, from end to start, and as a whole. */
static void large_parts_are_decoded_piece_by_piece(void **state)
{
	static const char *const encodings[] = { "base64", "quoted-printable", "x-uuencode" };
	const size_t size = 300000; /* divisible by 3, for uuencode */
	char *bytes = malloc(size), *buffer = malloc(size);

	(void)state;
	assert_true(bytes && buffer);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * i >> 7 ^ i);
	FOR_ROWS (i, encodings) {
		struct mime_part part;
		struct strbuf mail;
		struct mime *mime;
		struct error err;
		size_t got, used = 0;

		strbuf_init(&mail, 4 * MIB);
		strbuf_add_format(&mail, "Content-Transfer-Encoding: %s\r\n\r\n", encodings[i]);
		/* a piece without content */
		for (size_t k = 0; i == 0 && k < 140000; k++)
			strbuf_add_byte(&mail, '\n');
		encode(&mail, encodings[i], (struct slice){ bytes, size });
		assert_true(mime_open(strbuf_slice(&mail), DEPTH, &mime, &err));
		assert_true(mime_next(mime, &part));
		assert_int_equal(part.head.size, 4096);
		assert_memory_equal(part.head.data, bytes, 4096);
		do {
			assert_true(
				input_read(part.content, buffer + used, size - used, &got, &err));
			used += got;
		} while (got > 0);
		assert_int_equal(used, size);
		assert_memory_equal(buffer, bytes, size);
		assert_int_equal(mime_body_size(mime), size);
		for (size_t at = size; at >= 7001; at -= 7001) {
			assert_true(input_read_at(part.content, at - 1, buffer, 1, &got, &err));
			assert_int_equal(got, 1);
			assert_int_equal(buffer[0], bytes[at - 1]);
		}
		assert_true(input_read_at(part.content, size, buffer, 1, &got, &err));
		assert_int_equal(got, 0);
		assert_true(slice_equal(mime_body(mime), (struct slice){ bytes, size }));
		assert_true(slice_equal(mime_body(mime), (struct slice){ bytes, size }));
		mime_close(mime);
		strbuf_release(&mail);
	}
	free(bytes);
	free(buffer);
}

static int set_up(void **state)
{
	(void)state;
	mime_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_and_encodings),
		cmocka_unit_test(no_mail_at_all),
		cmocka_unit_test(headers_are_decoded),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(large_numbers),
		cmocka_unit_test(a_large_mail_is_read_in_place),
		cmocka_unit_test(long_header),
		cmocka_unit_test(base64_of_any_shape),
		cmocka_unit_test(large_parts_are_decoded_piece_by_piece),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
