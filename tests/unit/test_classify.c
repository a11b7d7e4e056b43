/* test_classify.c - what a piece is, and what its content type should be
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/unwrap/classify.h"
#include "tests/lib/rows.h"

#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static void pieces(void **state)
{
	static const struct {
		struct slice head;
		enum part_kind piece;
		bool certain;
	} cases[] = {
		{ BYTES(""), PART_EMPTY, false },
		{ BYTES(" \r\n\t"), PART_EMPTY, false },
		{ BYTES("\x1f\x8b\x08"), PART_GZIP, true },
		{ BYTES("PK\3\4..."), PART_ZIP, true },
		{ BYTES("PK\5\6..."), PART_ZIP, true },
		{ BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1.."), PART_OLE, false },
		{ BYTES("<?xml version=\"1.0\"?><feedback>"), PART_XML, true },
		{ BYTES("\xef\xbb\xbf\r\n <feedback>"), PART_XML, true },
		{ BYTES("<dmarc:feedback xmlns:dmarc=\"x\">"), PART_XML, true },
		{ BYTES("debris <?xml version=\"1.0\"?>"), PART_XML, true },
		{ BYTES("\xff\xfe<\0?\0x\0m\0l\0"), PART_XML, true },
		{ BYTES("\xff\xfe<\0f\0"), PART_XML, false },
		{ BYTES("\0\n\0<\0f\0e\0e\0d\0b\0a\0c\0k\0>"), PART_XML, true },
		{ BYTES("\0\0\0<\0\0\0?\0\0\0x\0\0\0m\0\0\0l"), PART_XML, true },
		{ BYTES("{\0\"\0p\0o\0l\0i\0c\0i\0e\0s\0\"\0"), PART_JSON, true },
		{ BYTES("\xff\xfe<\0h\0t\0m\0l\0"), PART_HARMLESS, false },
		{ BYTES("\xff\xfeH\0i\0"), PART_UNKNOWN, false },
		{ BYTES("\0<\0?\0x\0m\0l"), PART_XML, true },
		{ BYTES("<3 you"), PART_XML, false },
		{ BYTES("<!DOCTYPE HTML><html>"), PART_HARMLESS, false },
		{ BYTES(" <div>hello"), PART_HARMLESS, false },
		{ BYTES("{\"organization-name\":\"x\""), PART_JSON, true },
		{ BYTES("\xef\xbb\xbf {\"policies\":[]}"), PART_JSON, true },
		{ BYTES("{curly} prose"), PART_JSON, false },
		{ BYTES("Feedback-Type: auth-failure\r\n"), PART_FEEDBACK, true },
		{ BYTES("\r\nfeedback-type:abuse\n"), PART_FEEDBACK, true },
		{ BYTES("Received: from a by b\r\n"), PART_MAIL, false },
		{ BYTES("Authentication-Results-Original: mx; spf=Pass\n smtp.mailfrom=a\n"
			"DKIM-Signature: v=1\n"),
		  PART_MAIL, false },
		{ BYTES("Note: this is prose\nand no mail\n"), PART_UNKNOWN, false },
		{ BYTES("Dear user: hello\nFrom: me\n"), PART_UNKNOWN, false },
		{ BYTES("From a@example.com Mon\n"), PART_MBOX, false },
		{ BYTES("Report-Date: x\nReport-Domain: example.com\nReport-ID: 1\n"
			"Report-Size: 20000000\nSubmitter: reporter.example\n"),
		  PART_SIZE_NOTICE, true },
		{ BYTES("unused\n"), PART_PLACEHOLDER, false },
		{ BYTES("\x89PNG\r\n"), PART_HARMLESS, false },
		{ BYTES("\0\1\2\3"), PART_UNKNOWN, false },
		{ BYTES("hello"), PART_UNKNOWN, false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const enum part_kind piece = classify(cases[i].head);

		if (piece != cases[i].piece ||
		    classify_is_certain(piece, cases[i].head) != cases[i].certain)
			fail_msg("case %zu \"%s\": %d", i, cases[i].head.data, piece);
	}
}

static void companions(void **state)
{
	static const struct {
		const char *type, *name;
		bool companion;
	} cases[] = {
		{ "text/plain", "", true },
		{ "text/html", "note.html", true },
		{ "image/png", "logo.png", true },
		{ "application/pgp-signature", "", true },
		{ "text/xml", "", false },
		{ "text/plain", "Report.XML.GZ", false },
		{ "application/octet-stream", "", false },
		{ "application/zip", "", false },
	};

	(void)state;
	FOR_ROWS (i, cases)
		if (classify_is_companion(slice_of(cases[i].type), slice_of(cases[i].name)) !=
		    cases[i].companion)
			fail_msg("case %zu", i);
}

static void types(void **state)
{
	static const struct {
		const char *type;
		enum part_kind outer, inner;
		int quirk; /* -1: none */
	} cases[] = {
		{ "application/gzip", PART_GZIP, PART_XML, -1 },
		{ "application/zip", PART_ZIP, PART_XML, -1 },
		{ "text/xml", PART_XML, PART_XML, -1 },
		{ "application/tlsrpt+gzip", PART_GZIP, PART_JSON, -1 },
		{ "application/tlsrpt+json", PART_JSON, PART_JSON, -1 },
		{ "application/x-gzip", PART_GZIP, PART_XML, QUIRK_MIME_TYPE },
		{ "application/octet-stream", PART_ZIP, PART_XML, QUIRK_MIME_TYPE },
		{ "application/gzip", PART_GZIP, PART_JSON, QUIRK_MIME_TYPE },
		{ "application/gzip", PART_ZIP, PART_XML, QUIRK_MIME_LIES },
		{ "application/zip", PART_GZIP, PART_XML, QUIRK_MIME_LIES },
		{ "application/tlsrpt+gzip", PART_JSON, PART_JSON, QUIRK_MIME_LIES },
		{ "text/plain", PART_XML, PART_XML, QUIRK_MIME_TYPE },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct quirk_set quirks = { { 0, 0 } }, want = { { 0, 0 } };

		classify_type(slice_of(cases[i].type), cases[i].outer, cases[i].inner, &quirks);
		if (cases[i].quirk >= 0)
			quirk_add(&want, (enum quirk)cases[i].quirk);
		if (memcmp(&quirks, &want, sizeof(want)) != 0)
			fail_msg("%s", cases[i].type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(companions),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
