/* test_signature_key.c - which texts at a name are a key, and what of them counts
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/trust/signature_key.h"
#include "tests/lib/rows.h"

#define TEXTS(literal)                   \
	{                                \
		literal, sizeof(literal) \
	} /* with the NUL of the last one */

static void records(void **state)
{
	static const struct {
		struct slice texts;
		bool tls_report;
		const char *expected; /* NULL: no key */
	} cases[] = {
		{ TEXTS("v=DKIM1; k=rsa; p=QUJD"), false, "k=rsa; p=QUJD" },
		{ TEXTS("p=QUJD"), false, "k=rsa; p=QUJD" },
		{ TEXTS(" v = DKIM1 ;\tk = rsa ; p = QU JD ; "), false, "k=rsa; p=QUJD" },
		{ TEXTS("v=DKIM1; k=ed25519; p=QUJD"), false, "k=ed25519; p=QUJD" },
		{ TEXTS("v=DKIM1; t=y:s; n=a note; p=QUJD"), false, "k=rsa; t=s; p=QUJD" },
		{ TEXTS("v=DKIM1; h=sha1:sha256; p=QUJD"), false, "k=rsa; p=QUJD" },
		{ TEXTS("v=DKIM1; h=sha1; p=QUJD"), false, NULL },
		{ TEXTS("v=DKIM2; p=QUJD"), false, NULL },
		{ TEXTS("v=DKIM1; k=gost; p=QUJD"), false, NULL },
		/* revoked, and none */
		{ TEXTS("v=DKIM1; p="), false, NULL },
		{ TEXTS("v=DKIM1; k=rsa"), false, NULL },
		{ TEXTS("p"), false, NULL },
		{ TEXTS(""), false, NULL },
		{ { "", 0 }, false, NULL },
		/* what it is for */
		{ TEXTS("v=DKIM1; s=email; p=QUJD"), false, "k=rsa; p=QUJD" },
		{ TEXTS("v=DKIM1; s=tlsrpt:*; p=QUJD"), false, "k=rsa; p=QUJD" },
		{ TEXTS("v=DKIM1; s=other; p=QUJD"), true, NULL },
		{ TEXTS("v=DKIM1; s=tlsrpt; p=QUJD"), false, NULL },
		{ TEXTS("v=DKIM1; s=tlsrpt; p=QUJD"), true, "k=rsa; p=QUJD" },
		/* not base64 */
		{ TEXTS("v=DKIM1; p=QU\x01JD"), false, NULL },
		{ TEXTS("v=DKIM1; p=QU\xff"), false, NULL },
		/* several texts */
		{ TEXTS("v=spf1 -all\0v=DKIM1; p=QUJD"), false, "k=rsa; p=QUJD" },
		{ TEXTS("k=rsa; p=QUJD\0v=spf1 -all"), false, "k=rsa; p=QUJD" },
		{ TEXTS("v=DKIM1; p=QUJD\0v=DKIM1; p=REVG"), false, "k=rsa; p=QUJD" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct strbuf key;

		strbuf_init(&key, SIGNATURE_KEY_BYTES);
		if (signature_key_read(cases[i].texts, cases[i].tls_report, &key) !=
			    (cases[i].expected != NULL) ||
		    (cases[i].expected && strcmp(key.buf, cases[i].expected) != 0))
			fail_msg("case %zu: %s", i, key.buf);
		strbuf_release(&key);
	}
}

static void a_key_that_is_too_large_is_none(void **state)
{
	char text[SIGNATURE_KEY_BYTES + 3] = "p=";
	struct strbuf key;

	(void)state;
	memset(text + 2, 'A', SIGNATURE_KEY_BYTES);
	strbuf_init(&key, SIGNATURE_KEY_BYTES);
	assert_false(signature_key_read(slice_of(text), false, &key));
	strbuf_release(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(a_key_that_is_too_large_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
