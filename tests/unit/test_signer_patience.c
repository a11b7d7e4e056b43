/* test_signer_patience.c - silent signers use up nobody else's patience
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bridge/run/signer_patience.h"

static int64_t now;

/* A key of that domain: how long is it waited for, if nobody answers or at once? */
static int64_t ask(struct signer_patience *patience, const char *domain, bool answers)
{
	char name[300];
	struct signer *signer;
	int64_t ms;

	snprintf(name, sizeof(name), "s1._domainkey.%s", domain);
	signer = signer_patience_find(patience, slice_of(name), now);
	ms = signer_patience_until(patience, signer, now) - now;
	if (ms < 0)
		ms = 0;
	if (answers && ms > 20)
		ms = 20;
	signer_patience_spend(patience, signer, ms, answers && ms > 0);
	now += ms;
	return ms;
}

static void a_silent_signer_leaves_the_others_their_time(void **state)
{
	static struct signer_patience patience;

	(void)state;
	now = 1000000;
	signer_patience_init(&patience, now);
	for (int i = 0; i < 100; i++)
		ask(&patience, "silent.example", false);
	assert_int_equal(ask(&patience, "also.silent.example", false), 0); /* one owner */
	assert_int_equal(ask(&patience, "google.example", true), 20);
	assert_int_equal(ask(&patience, "mail.google.example", true), 20);
}

/* However many domains somebody has. */
static void a_flood_of_strangers_is_bounded(void **state)
{
	static struct signer_patience patience;
	const int64_t start = 1000000;
	char domain[64];
	int64_t waited = 0;

	(void)state;
	now = start;
	signer_patience_init(&patience, now);
	assert_int_equal(ask(&patience, "google.example", true), 20);
	for (int i = 0; i < 10000; i++) {
		snprintf(domain, sizeof(domain), "silent%d.example", i);
		waited += ask(&patience, domain, false);
		now += 10;
	}
	assert_in_range(waited, STRANGERS_MS / 2, 10000 * 10 + 2 * STRANGERS_MS);
	/* Who answered before is not forgotten. */
	assert_int_equal(ask(&patience, "google.example", true), 20);
	assert_true(patience.signers[0].answered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_signer_leaves_the_others_their_time),
		cmocka_unit_test(a_flood_of_strangers_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
