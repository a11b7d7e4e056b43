/* test_xml_repair.c - decoding and repairing the text of XML documents
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "ingest/text/text_decode.h"
#include "ingest/text/xml_repair.h"
#include "tests/lib/rows.h"
#include "tests/lib/whole_input.h"

#define NONE QUIRK_COUNT
#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

/* Reads twice, in small and in large pieces. */
static void expect(struct input *input, struct slice want)
{
	struct strbuf out;
	struct error err;

	strbuf_init(&out, 1 << 20);
	whole_input(input, 1, &out);
	assert_int_equal(out.len, want.size);
	assert_memory_equal(out.buf, want.data, want.size);
	assert_true(input_rewind(input, &err));
	whole_input(input, 64, &out);
	assert_int_equal(out.len, want.size);
	assert_memory_equal(out.buf, want.data, want.size);
	strbuf_release(&out);
}

static void expect_quirk(const struct quirk_set *quirks, enum quirk quirk)
{
	struct quirk_set want = { 0 };

	if (quirk != NONE)
		quirk_add(&want, quirk);
	assert_memory_equal(quirks, &want, sizeof(want));
}

static void expect_decoded(struct slice bytes, struct slice charset, bool lenient,
			   struct slice want, enum quirk quirk)
{
	struct quirk_set quirks = { 0 };
	struct input *memory = input_from_memory(bytes);
	struct input *decoded = text_decode_new(memory, charset, lenient, &quirks);

	expect(decoded, want);
	expect_quirk(&quirks, quirk);
	input_close(decoded);
	input_close(memory);
}

static void every_encoding_becomes_utf8(void **state)
{
	static const struct {
		struct slice bytes;
		bool lenient;
		struct slice want;
		enum quirk quirk;
	} cases[] = {
		{ BYTES("<a>\xc3\xa4</a>"), false, BYTES("<a>\xc3\xa4</a>"), NONE },
		{ BYTES("\xef\xbb\xbf<a/>"), false, BYTES("<a/>"), QUIRK_XML_JUNK },
		{ BYTES("<a>\xe4</a>"), false, BYTES("<a>\xe4</a>"), NONE },
		{ BYTES("<a>\xe4\x80\x81</a>"), true, BYTES("<a>\xe4\x80\x81</a>"), NONE },
		{ BYTES("<a>\xe4 \x80\x81</a>"), true,
		  BYTES("<a>\xc3\xa4 \xe2\x82\xac\xef\xbf\xbd</a>"), QUIRK_ENCODING },
		{ BYTES("<a>\xe2\x82"), true, BYTES("<a>\xc3\xa2\xe2\x80\x9a"), QUIRK_ENCODING },
		{ BYTES("<?xml version='1.0' encoding='koi9'?>\xe4"), true,
		  BYTES("<?xml version='1.0' encoding='koi9'?>\xc3\xa4"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding=\"Windows-1251\"?>\xcf"), false,
		  BYTES("<?xml encoding=\"Windows-1251\"?>\xd0\x9f"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding=\"iso_8859-2\"?>\xb1"), false,
		  BYTES("<?xml encoding=\"iso_8859-2\"?>\xc4\x85"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding=\"latin1\"?>\x80\x81"), false,
		  BYTES("<?xml encoding=\"latin1\"?>\xe2\x82\xac\xef\xbf\xbd"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding=\"US-ASCII\"?>"), false,
		  BYTES("<?xml encoding=\"US-ASCII\"?>"), NONE },
		{ BYTES("\xff\xfe<\0\xe4\0"), false, BYTES("<\xc3\xa4"), QUIRK_ENCODING },
		{ BYTES("\xfe\xff\xd8\x3d\xdc\xec"), false, BYTES("\xf0\x9f\x93\xac"),
		  QUIRK_ENCODING },
		/* half a pair, and half a unit */
		{ BYTES("\xfe\xff\xd8\x3d\0a\0"), false,
		  BYTES("\xef\xbf\xbd"
			"a\xef\xbf\xbd"),
		  QUIRK_ENCODING },
		{ BYTES(""), true, BYTES(""), NONE },
		/* without mark and declaration; in 32 bits; JSON */
		{ BYTES("<\0\xe4\0"), false, BYTES("<\xc3\xa4"), QUIRK_ENCODING },
		{ BYTES("\0\n\0<"), false, BYTES("\n<"), QUIRK_ENCODING },
		{ BYTES("{\0}\0"), false, BYTES("{}"), QUIRK_ENCODING },
		{ BYTES("<\0\0\0\xec\xf4\1\0"), false, BYTES("<\xf0\x9f\x93\xac"), QUIRK_ENCODING },
		{ BYTES("\0\0\xfe\xff\0\0\0<\0\x11\0\0\0\0\0a"), false,
		  BYTES("<\xef\xbf\xbd"
			"a"),
		  QUIRK_ENCODING },
		{ BYTES("\xff\xfe\0\0<\0\0\0"), false, BYTES("<"), QUIRK_ENCODING },
		/* several bytes to a character */
		{ BYTES("<?xml encoding='Shift_JIS'?>\x93\xfa\x96\x7b\\"), false,
		  BYTES("<?xml encoding='Shift_JIS'?>\xe6\x97\xa5\xe6\x9c\xac\\"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding='GB2312'?>\xd6\xd0\xff<"), false,
		  BYTES("<?xml encoding='GB2312'?>\xe4\xb8\xad\xef\xbf\xbd<"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding='big5'?>\xa4\xa4\xa4"), true,
		  BYTES("<?xml encoding='big5'?>\xe4\xb8\xad\xef\xbf\xbd"), QUIRK_ENCODING },
		{ BYTES("<?xml encoding='euc-kr'?>\xc7\xd1"), false,
		  BYTES("<?xml encoding='euc-kr'?>\xed\x95\x9c"), QUIRK_ENCODING },
		/* escape sequences are followed where nothing is broken */
		{ BYTES("<?xml encoding='iso-2022-jp'?>\x1b$BF|K\\\x1b(B<"), false,
		  BYTES("<?xml encoding='iso-2022-jp'?>\xe6\x97\xa5\xe6\x9c\xac<"),
		  QUIRK_ENCODING },
		{ BYTES("<?xml encoding='iso-2022-jp'?>\x1b$BF|K\\<"), true,
		  BYTES("<?xml encoding='iso-2022-jp'?>\x1b$BF|K\\<"), QUIRK_ENCODING },
		/* UTF-8 is UTF-8, whatever is said */
		{ BYTES("<?xml encoding='gbk'?>\xe4\xb8\xad"), false,
		  BYTES("<?xml encoding='gbk'?>\xe4\xb8\xad"), QUIRK_ENCODING },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_decoded(cases[i].bytes, slice_of(NULL), cases[i].lenient, cases[i].want,
			       cases[i].quirk);
}

static void what_the_mail_says_counts_last(void **state)
{
	static const struct {
		const char *charset;
		struct slice bytes, want;
		enum quirk quirk;
	} cases[] = {
		{ "gbk", BYTES("<a>\xd6\xd0"), BYTES("<a>\xe4\xb8\xad"), QUIRK_ENCODING },
		{ "GBK", BYTES("<?xml encoding='utf-8'?>\xd6\xd0"),
		  BYTES("<?xml encoding='utf-8'?>\xe4\xb8\xad"), QUIRK_ENCODING },
		{ "ISO-2022-JP", BYTES("{\"\x1b$BF|\x1b(B\"}"), BYTES("{\"\xe6\x97\xa5\"}"),
		  QUIRK_ENCODING },
		/* an accent might follow the brace */
		{ "windows-1258", BYTES("{\"a\":\"\xd0\"}"), BYTES("{\"a\":\"\xc4\x90\"}"),
		  QUIRK_ENCODING },
		/* the document or its bytes know better */
		{ "gbk", BYTES("<?xml encoding='koi8-r'?>\xd6"),
		  BYTES("<?xml encoding='koi8-r'?>\xd0\xb6"), QUIRK_ENCODING },
		{ "gbk", BYTES("<a>\xe4\xb8\xad"), BYTES("<a>\xe4\xb8\xad"), NONE },
		/* the habit of mail programs, and what we do not know */
		{ "iso-8859-1", BYTES("<a>\xe4"), BYTES("<a>\xe4"), NONE },
		{ "ISO-2022-CN-EXT", BYTES("<a>\xe4"), BYTES("<a>\xe4"), NONE },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_decoded(cases[i].bytes, slice_of(cases[i].charset), false, cases[i].want,
			       cases[i].quirk);
}

static void near_xml_becomes_xml(void **state)
{
	static const struct {
		struct slice bytes, want;
		enum quirk quirk;
	} cases[] = {
		/* what is well-formed means the same afterwards */
		{ BYTES("<a b='1 > 0'>x &amp; &lt; &#65; &#x1f4ec; y</a>"),
		  BYTES("<a b='1 > 0'>x &amp; &lt; &#65; &#x1f4ec; y</a>"), NONE },
		{ BYTES("<a><!-- <b & c> --><![CDATA[<d & e>]]><?f & ?></a>"),
		  BYTES("<a><!-- <b & c> --><![CDATA[<d & e>]]><?f & ?></a>"), NONE },
		{ BYTES("<?xml version='1.0'?>\n<a:b/>"), BYTES("<a:b/>"), NONE },
		{ BYTES("<a>1 > 0</a>"), BYTES("<a>1 &gt; 0</a>"), NONE },
		/* what is not becomes so */
		{ BYTES("junk & <\n<a/>"), BYTES("<a/>"), QUIRK_XML_JUNK },
		{ BYTES("<?xml version='1.0'?>\"<a/>"), BYTES("<a/>"), QUIRK_XML_JUNK },
		{ BYTES("<?xml version='1.0'?><?xml version='1.0'?><a/>"), BYTES("<a/>"),
		  QUIRK_XML_JUNK },
		{ BYTES("<a>A & B &nbsp; &#0; &#xd800; &; &#; &#x;</a>"),
		  BYTES("<a>A &amp; B &amp;nbsp; &amp;#0; &amp;#xd800; &amp;; &amp;#; &amp;#x;</a>"),
		  QUIRK_XML_REPAIRED },
		{ BYTES("<a><x@y.example></a>"), BYTES("<a>&lt;x@y.example&gt;</a>"),
		  QUIRK_XML_REPAIRED },
		{ BYTES("<a>1 < 2 <3 </>"), BYTES("<a>1 &lt; 2 &lt;3 &lt;/&gt;"),
		  QUIRK_XML_REPAIRED },
		{ BYTES("<a b='x & y < z'/>"), BYTES("<a b='x &amp; y &lt; z'/>"),
		  QUIRK_XML_REPAIRED },
		{ BYTES("<a>\x01\0b\x1f</a>"), BYTES("<a>b</a>"), QUIRK_XML_REPAIRED },
		{ BYTES("<a><xs:schema x='1'>b</xs:schema></a>"), BYTES("<a>b</a>"),
		  QUIRK_XML_STRAY },
		{ BYTES("<a>b &"), BYTES("<a>b &amp;"), QUIRK_XML_REPAIRED },
		{ BYTES("<a><"), BYTES("<a>&lt;"), QUIRK_XML_REPAIRED },
		/* left for the parser to refuse */
		{ BYTES("<!DOCTYPE a []><a/>"), BYTES("<!DOCTYPE a []><a/>"), NONE },
		{ BYTES("<a><b></a>"), BYTES("<a><b></a>"), NONE },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct quirk_set quirks = { 0 };
		struct input *memory = input_from_memory(cases[i].bytes);
		struct input *repaired = xml_repair_new(memory, &quirks);

		expect(repaired, cases[i].want);
		expect_quirk(&quirks, cases[i].quirk);
		input_close(repaired);
		input_close(memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_becomes_utf8),
		cmocka_unit_test(what_the_mail_says_counts_last),
		cmocka_unit_test(near_xml_becomes_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
