/* test_round.c - one batch is answered while the next is read, and none is mixed up
 *
 * SPDX-License-Identifier: MIT
 */
#include <execinfo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/log.h"
#include "bridge/run/round.h"

/* Mails that are no reports: one feed document each, two batches and a rest. */
#define MAILS 1100

static const struct index_naming naming = { .prefix = "p", .period = INDEX_MONTH };

/* What happened, one letter each: a bulk is begun (b) and answered (a), a
 * batch settled (s); runs of mails read are one m. */
static char events[64];
static size_t event_count;

static void note(char event)
{
	if (event == 'm' && event_count > 0 && events[event_count - 1] == 'm')
		return;
	assert_true(event_count < sizeof(events) - 1);
	events[event_count++] = event;
	events[event_count] = '\0';
}

/* Frames on the stack between a round and its sink. */
#define FRAMES_MAX 64
static int frames_of_round, frames_to_sink;

static int frames(void)
{
	void *stack[FRAMES_MAX];

	return backtrace(stack, FRAMES_MAX);
}

struct fake_mailbox {
	struct mailbox mailbox;
	struct mail mail;
	char text[64];
	uint32_t given, fails_at; /* 0: never */
	unsigned settled[MAILS + 1];
};

static struct fake_mailbox *mailbox_of(struct mailbox *mailbox)
{
	return (struct fake_mailbox *)(void *)mailbox;
}

static bool fake_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct fake_mailbox *fake = mailbox_of(mailbox);

	if (fake->fails_at && fake->given + 1 == fake->fails_at)
		return error_set(err, ERROR_RETRY, "the connection broke");
	*mail = NULL;
	if (fake->given == MAILS)
		return true;
	note('m');
	fake->given++;
	snprintf(fake->text, sizeof(fake->text), "Subject: %u\r\n\r\nno report %u\r\n", fake->given,
		 fake->given);
	fake->mail = (struct mail){ .id = fake->given,
				    .name = "mail",
				    .raw = slice_of(fake->text) };
	*mail = &fake->mail;
	return true;
}

static bool fake_settle(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count,
			struct error *err)
{
	(void)err;
	note('s');
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(settlements[i].fate, MAIL_INVALID);
		mailbox_of(mailbox)->settled[settlements[i].id]++;
	}
	return true;
}

static const struct mailbox_ops mailbox_ops = { .name = "fake",
						.next = fake_next,
						.settle = fake_settle };

struct fake_sink {
	struct sink sink;
	struct bulk *bulk;
	unsigned answers, away_at; /* 0: never */
	bool ready;
};

static struct fake_sink *sink_of(struct sink *sink)
{
	return (struct fake_sink *)(void *)sink;
}

static void fake_start(struct sink *sink, struct bulk *bulk)
{
	assert_null(sink_of(sink)->bulk);
	sink_of(sink)->bulk = bulk;
	note('b');
}

/* Called where a document is added to a bulk, by the caller of bulk_add(). */
static bool fake_ready(struct sink *sink)
{
	const int now = frames() - frames_of_round;

	if (now > frames_to_sink)
		frames_to_sink = now;
	return sink_of(sink)->ready;
}

static bool fake_finish(struct sink *sink, struct error *err)
{
	struct fake_sink *fake = sink_of(sink);
	struct bulk *bulk = fake->bulk;

	assert_non_null(bulk);
	fake->bulk = NULL;
	if (++fake->answers == fake->away_at)
		return error_set(err, ERROR_RETRY, "away");
	note('a');
	for (size_t i = 0; i < bulk->count; i++)
		bulk->items[i].verdict = VERDICT_STORED;
	return true;
}

static const struct sink_ops sink_ops = {
	.name = "fake", .start = fake_start, .ready = fake_ready, .finish = fake_finish
};

static bool visit(struct fake_mailbox *mailbox, struct fake_sink *sink, bool careful,
		  struct error *err)
{
	struct tenant_table *tenants = tenant_table_new();
	struct ingest_settings settings = { .now = 1700000000, .tenants = tenants };
	static struct poison poison;
	static struct worker_state state;
	static struct mailbox_state shown;
	struct batch batches[2];
	struct output_queue queue;
	struct round round = { .name = "fake",
			       .mailbox = &mailbox->mailbox,
			       .filling = &batches[0],
			       .posted = &batches[1],
			       .careful = careful,
			       .poison = &poison,
			       .state = &state,
			       .shown = &shown };
	bool good;

	event_count = 0;
	mailbox->mailbox.ops = &mailbox_ops;
	sink->sink.ops = &sink_ops;
	ingest_limits_default(&settings.limits);
	round.ingest = ingest_new(&settings);
	output_queue_init(&queue, &sink->sink, &naming);
	batch_init(&batches[0], &queue);
	batch_init(&batches[1], &queue);
	frames_of_round = frames();
	good = round_run(&round, err);
	assert_null(sink->bulk);
	assert_int_equal(queue.filling->count, 0);
	batch_release(&batches[0]);
	batch_release(&batches[1]);
	output_queue_release(&queue);
	ingest_free(round.ingest);
	tenant_table_free(tenants);
	return good;
}

static void all_settled_once(const struct fake_mailbox *mailbox)
{
	for (uint32_t i = 1; i <= MAILS; i++)
		assert_int_equal(mailbox->settled[i], 1);
}

static void the_next_batch_is_read_while_one_is_answered(void **state)
{
	struct fake_mailbox mailbox = { .given = 0 };
	struct fake_sink sink = { .ready = false };
	struct error err;

	(void)state;
	assert_true(visit(&mailbox, &sink, false, &err));
	assert_string_equal(events, "mbmabsmabsas");
	all_settled_once(&mailbox);
}

static void what_is_answered_is_settled_at_once(void **state)
{
	struct fake_mailbox mailbox = { .given = 0 };
	struct fake_sink sink = { .ready = true };
	struct error err;

	(void)state;
	assert_true(visit(&mailbox, &sink, false, &err));
	assert_string_equal(events, "mbasmbasmbas");
	all_settled_once(&mailbox);
}

/* A mailbox that breaks off behind the first batch each time must come to its
 * end nevertheless: the first batch is settled before it can break off. */
static void a_mailbox_that_broke_off_is_visited_carefully(void **state)
{
	struct fake_mailbox mailbox = { .fails_at = 501 };
	struct fake_sink sink = { .ready = false };
	struct error err;

	(void)state;
	assert_false(visit(&mailbox, &sink, false, &err));
	assert_string_equal(events, "mba");
	assert_int_equal(mailbox.settled[1], 0);
	mailbox.given = 0;
	assert_false(visit(&mailbox, &sink, true, &err));
	assert_string_equal(events, "mbas");
	assert_int_equal(mailbox.settled[1], 1);
	assert_int_equal(mailbox.settled[501], 0);
}

static void what_is_not_answered_is_not_settled(void **state)
{
	struct fake_mailbox mailbox = { .given = 0 };
	struct fake_sink sink = { .away_at = 2 };
	struct error err;

	(void)state;
	assert_false(visit(&mailbox, &sink, false, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_string_equal(events, "mbmabsm");
	assert_int_equal(mailbox.settled[500], 1);
	assert_int_equal(mailbox.settled[501], 0);
}

/* Whoever debugs the way of a document sees all of it. */
static void few_frames_lie_between_a_round_and_its_sink(void **state)
{
	struct fake_mailbox mailbox = { .given = 0 };
	struct fake_sink sink = { .ready = false };
	struct error err;

	(void)state;
	frames_to_sink = 0;
	assert_true(visit(&mailbox, &sink, false, &err));
	print_message("frames from round_run() to the sink: %d\n", frames_to_sink);
	assert_in_range(frames_to_sink, 3, 10);
}

static int quiet(void **state)
{
	(void)state;
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_batch_is_read_while_one_is_answered),
		cmocka_unit_test(what_is_answered_is_settled_at_once),
		cmocka_unit_test(a_mailbox_that_broke_off_is_visited_carefully),
		cmocka_unit_test(what_is_not_answered_is_not_settled),
		cmocka_unit_test(few_frames_lie_between_a_round_and_its_sink),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
