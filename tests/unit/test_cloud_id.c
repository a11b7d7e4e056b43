/* test_cloud_id.c - the addresses that an Elastic Cloud id stands for
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "bridge/config/cloud_id.h"
#include "tests/lib/rows.h"

/* us-east-1.aws.found.io$e1234$k5678 and variations, in base64 */
static const struct {
	const char *id, *url, *kibana;
} good[] = {
	{ "deployment:dXMtZWFzdC0xLmF3cy5mb3VuZC5pbyRlMTIzNCRrNTY3OA==",
	  "https://e1234.us-east-1.aws.found.io:443", "https://k5678.us-east-1.aws.found.io:443" },
	/* host:9243$e1234$k5678 */
	{ "x:aG9zdDo5MjQzJGUxMjM0JGs1Njc4", "https://e1234.host:9243", "https://k5678.host:9243" },
	/* host:9243$e1234:9244$k5678:5601 */
	{ "x:aG9zdDo5MjQzJGUxMjM0OjkyNDQkazU2Nzg6NTYwMQ==", "https://e1234.host:9244",
	  "https://k5678.host:5601" },
	/* host$e1234 and no label */
	{ "aG9zdCRlMTIzNA==", "https://e1234.host:443", NULL },
};

static void known_ids(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 65536);
	FOR_ROWS (i, good) {
		const char *const *urls, *kibana = cloud_id_kibana(good[i].id, &arena);
		struct error err;

		assert_true(cloud_id_urls(good[i].id, &arena, &urls, &err));
		assert_string_equal(urls[0], good[i].url);
		assert_null(urls[1]);
		assert_true(!kibana == !good[i].kibana);
		if (kibana)
			assert_string_equal(kibana, good[i].kibana);
	}
	arena_release(&arena);
}

static void what_is_no_cloud_id(void **state)
{
	/* "", a label alone, host without $, "host$", "ho/st$e", "host$e@x" */
	static const char *const bad[] = {
		"", "x:", "x:aG9zdA==", "x:aG9zdCQ=", "x:aG8vc3QkZQ==", "x:aG9zdCRlQHg="
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 65536);
	FOR_ROWS (i, bad) {
		const char *const *urls;
		struct error err;

		assert_false(cloud_id_urls(bad[i], &arena, &urls, &err));
		assert_int_equal(err.class, ERROR_FATAL);
		assert_null(cloud_id_kibana(bad[i], &arena));
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_ids),
		cmocka_unit_test(what_is_no_cloud_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
