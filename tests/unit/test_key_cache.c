/* test_key_cache.c - keys are asked for once, and only so many are kept
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/limits.h"
#include "bridge/run/key_cache.h"
#include "tests/lib/abort.h"
#include "tests/lib/dns_script.h"

#define MORE_THAN_ARE_KEPT 300
#define WAIT_MS 60000
#define MUTE_MS 700

static struct dns_script script;
static struct key_cache *cache;

/* Looks it up; how often was the name server asked? */
static unsigned asked(const char *name, int64_t wait_ms, const char *expected, bool answered)
{
	const unsigned before = script.questions;
	struct strbuf texts;
	struct text_question q = { .name = name,
				   .deadline = clock_ms() + wait_ms,
				   .texts = &texts };

	strbuf_init(&texts, KIB);
	key_cache_look_up(cache, &q, 1);
	assert_int_equal(q.answered, answered);
	assert_int_equal(q.err.class, answered ? ERROR_NONE : ERROR_RETRY);
	assert_string_equal(texts.buf, expected);
	strbuf_release(&texts);
	return script.questions - before;
}

static void once(void)
{
	assert_int_equal(asked("a.example", WAIT_MS, "key of a", true), 1);
	assert_int_equal(asked("a.example", WAIT_MS, "key of a", true), 0);
	assert_int_equal(asked("none.example", WAIT_MS, "", true), 1);
	assert_int_equal(asked("none.example", WAIT_MS, "", true), 0);
	assert_true(asked("fails.example", WAIT_MS, "", false) > 0);
	assert_int_equal(asked("fails.example", WAIT_MS, "", false), 0);
}

static void without_time(void)
{
	assert_int_equal(asked("b.example", 0, "", false), 0);
	assert_int_equal(asked("a.example", 0, "key of a", true), 0);
	/* that there was no time is not kept */
	assert_int_equal(asked("b.example", WAIT_MS, "key of b", true), 1);
	/* nor what little there was */
	assert_true(asked("hurried.example", 500, "", false) > 0);
	assert_true(asked("hurried.example", WAIT_MS, "", false) > 0);
}

static void the_oldest_goes(void)
{
	char name[32];

	for (int i = 0; i < MORE_THAN_ARE_KEPT; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		assert_int_equal(asked(name, WAIT_MS, "", true), 1);
	}
	assert_int_equal(asked(name, WAIT_MS, "", true), 0);
	assert_int_equal(asked("a.example", WAIT_MS, "key of a", true), 1);
	assert_int_equal(asked("n1.example", WAIT_MS, "", true), 1);
}

/* One that is never answered takes nothing from those after it. */
static void together(void)
{
	static const char *const names[] = { "mute.example", "a.example", "late.example",
					     "later.example" };
	static const char *const expected[] = { "", "key of a", "late key", "later key" };
	struct text_question questions[4];
	struct strbuf texts[4];
	const int64_t start = clock_ms();

	for (unsigned i = 0; i < 4; i++) {
		strbuf_init(&texts[i], KIB);
		questions[i] = (struct text_question){ .name = names[i],
						       .deadline = start + MUTE_MS,
						       .texts = &texts[i] };
	}
	key_cache_look_up(cache, questions, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(questions[i].answered, i > 0);
		assert_string_equal(texts[i].buf, expected[i]);
		strbuf_release(&texts[i]);
	}
	assert_int_equal(asked("later.example", WAIT_MS, "later key", true), 0);
}

static void look_up(void *context)
{
	(void)context;
	cache = key_cache_new(script.address);
	once();
	together();
	without_time();
	the_oldest_goes();
	key_cache_free(cache);
	script.ended = true;
}

static void keys(void **state)
{
	static const struct dns_answer answers[] = {
		{ .name = "a.example", .text = "key of a" },
		{ .name = "b.example", .text = "key of b" },
		{ .name = "late.example", .text = "late key" },
		{ .name = "later.example", .text = "later key" },
		{ .name = "fails.example", .code = 2 },
		{ .name = "mute.example", .code = DNS_SILENCE },
		{ .name = "hurried.example", .code = 2 },
		{ .name = NULL, .code = 3 },
	};

	(void)state;
	dns_script_open(&script, answers);
	fiber_start(dns_script_run, &script);
	fiber_start(look_up, NULL);
	fiber_run(fiber_wait);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
	};

	assertions_abort();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
