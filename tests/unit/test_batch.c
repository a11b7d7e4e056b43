/* test_batch.c - the fate of a mail follows from all of its documents
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "bridge/run/batch.h"
#include "tests/lib/rows.h"

static const struct index_naming naming = { .prefix = "p", .period = INDEX_MONTH };

/* A sink that answers what the last letter of the document says: s(tored),
 * d(uplicate), r(etry), x (refused). */
struct fake_sink {
	struct sink sink;
	struct bulk *bulk;
	unsigned posts;
	size_t items;
	bool away, ready;
};

static void fake_start(struct sink *sink, struct bulk *bulk)
{
	struct fake_sink *fake = (struct fake_sink *)(void *)sink;

	assert_null(fake->bulk); /* one at a time */
	fake->bulk = bulk;
	fake->posts++;
}

static bool fake_ready(struct sink *sink)
{
	return ((struct fake_sink *)(void *)sink)->ready;
}

static bool fake_finish(struct sink *sink, struct error *err)
{
	struct fake_sink *fake = (struct fake_sink *)(void *)sink;
	struct bulk *bulk = fake->bulk;

	fake->bulk = NULL;
	if (fake->away)
		return error_set(err, ERROR_RETRY, "away");
	fake->items += bulk->count;
	for (size_t i = 0; i < bulk->count; i++) {
		const struct slice lines = bulk_item_lines(bulk, i);

		switch (lines.data[lines.size - 4]) {
		case 's': bulk->items[i].verdict = VERDICT_STORED; break;
		case 'd': bulk->items[i].verdict = VERDICT_DUPLICATE; break;
		case 'x': bulk->items[i].verdict = VERDICT_REFUSED; break;
		default: bulk->items[i].verdict = VERDICT_RETRY; break;
		}
	}
	return true;
}

static const struct sink_ops fake_ops = {
	.name = "fake", .start = fake_start, .ready = fake_ready, .finish = fake_finish
};

static bool give(struct batch *batch, const char *json, struct error *err)
{
	const struct document_name name = {
		.kind = DOCUMENT_DMARC_AGGREGATE, .tenant = "t", .month = "2026.11", .id = "id"
	};

	return batch_add(batch, &(struct document){ &name, slice_of(json) }, err);
}

static const struct mail a_mail = { .id = 7, .name = "uid 7" };

static void fate_follows_from_all_documents(void **state)
{
	static const struct {
		const char *documents; /* one letter each */
		enum report_kind kind;
		const char *reason;
		enum mail_fate fate;
	} cases[] = {
		{ "s", REPORT_AGGREGATE, NULL, MAIL_AGGREGATE },
		{ "sd", REPORT_TLSRPT, NULL, MAIL_SMTP_TLS },
		{ "d", REPORT_FAILURE, NULL, MAIL_FAILURE },
		{ "", REPORT_AGGREGATE, NULL, MAIL_AGGREGATE },
		{ "sx", REPORT_AGGREGATE, NULL, MAIL_INVALID },
		{ "sxr", REPORT_AGGREGATE, NULL, MAIL_KEEP },
		{ "sr", REPORT_TLSRPT, NULL, MAIL_KEEP },
		{ "s", REPORT_AGGREGATE, "bad-gzip", MAIL_INVALID },
		{ "r", REPORT_NONE, "not-a-report", MAIL_KEEP },
		{ "s", REPORT_NONE, "not-a-report", MAIL_INVALID },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct fake_sink fake = { .sink = { .ops = &fake_ops } };
		struct ingest_result result = { .kind = cases[i].kind };
		struct output_queue queue;
		struct batch batch;
		struct error err;

		output_queue_init(&queue, &fake.sink, &naming);
		batch_init(&batch, &queue);
		batch_open_mail(&batch, &a_mail);
		for (const char *letter = cases[i].documents; *letter; letter++) {
			char json[32];

			snprintf(json, sizeof(json), "{\"v\":\"%c\"}", *letter);
			assert_true(give(&batch, json, &err));
		}
		if (cases[i].reason)
			error_reject(&result.reject, cases[i].reason, "text");
		batch_close_mail(&batch, &result);
		assert_true(batch_post(&batch, &err) && output_queue_finish(&queue, &err));
		assert_int_equal(batch_fate(&batch.mails[0]), cases[i].fate);
		batch_release(&batch);
		output_queue_release(&queue);
	}
}

static void an_output_that_is_not_required_has_no_say(void **state)
{
	static const struct {
		const char *documents;
		bool away;
		unsigned missed;
	} cases[] = {
		{ "sd", false, 0 },
		{ "sxr", false, 2 },
		{ "ss", true, 2 },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct fake_sink good = { .sink = { .ops = &fake_ops } };
		struct fake_sink fake = { .sink = { .ops = &fake_ops }, .away = cases[i].away };
		const struct index_naming theirs = { .prefix = "p", .schema = SCHEMA_PARSEDMARC };
		struct ingest_result result = { .kind = REPORT_AGGREGATE };
		struct output_queue required, optional, other;
		struct batch batch;
		struct error err;

		output_queue_init(&required, &good.sink, &naming);
		output_queue_init(&optional, &fake.sink, &naming);
		output_queue_init(&other, &good.sink, &theirs);
		optional.required = false;
		required.next = &other;
		other.next = &optional;
		batch_init(&batch, &required);
		batch_open_mail(&batch, &a_mail);
		for (const char *letter = cases[i].documents; *letter; letter++) {
			char json[32];

			snprintf(json, sizeof(json), "{\"v\":\"%c\"}", *letter);
			good.ready = true;
			assert_true(give(&batch, json, &err));
		}
		batch_close_mail(&batch, &result);
		/* the required one takes all of it */
		for (size_t d = 0; d < required.filling->count; d++) {
			const struct bulk_item *item = &required.filling->items[d];

			required.filling->body.buf[item->lines.offset + item->lines.size - 4] = 's';
		}
		assert_true(batch_post(&batch, &err) && batch_finish(&batch, &err));
		assert_int_equal(batch.mails[0].missed, cases[i].missed);
		assert_int_equal(batch.mails[0].stored, strlen(cases[i].documents));
		assert_int_equal(batch_fate(&batch.mails[0]), MAIL_AGGREGATE);
		assert_int_equal(optional.away_until > 0, cases[i].away);
		batch_release(&batch);
		output_queue_release(&required);
		output_queue_release(&optional);
		output_queue_release(&other);
	}
}

/* One refused document among many requests still decides. */
static void a_mail_larger_than_a_request_waits_for_the_last_answer(void **state)
{
	struct fake_sink fake = { .sink = { .ops = &fake_ops } };
	struct ingest_result result = { .kind = REPORT_AGGREGATE };
	struct output_queue queue;
	struct batch batch;
	struct error err;
	struct strbuf json;

	(void)state;
	strbuf_init(&json, 1 << 20);
	strbuf_add_text(&json, "{\"v\":\"");
	for (unsigned i = 0; i < 600000; i++)
		strbuf_add_byte(&json, 'a');
	output_queue_init(&queue, &fake.sink, &naming);
	batch_init(&batch, &queue);
	batch_open_mail(&batch, &a_mail);
	for (unsigned i = 0; i < 20; i++) {
		strbuf_cut(&json, 600000);
		strbuf_add_text(&json, i == 2 ? "x\"}" : "s\"}");
		assert_true(give(&batch, json.buf, &err));
	}
	batch_close_mail(&batch, &result);
	assert_true(fake.posts >= 2);
	assert_true(batch_post(&batch, &err) && output_queue_finish(&queue, &err));
	assert_int_equal(fake.items, 20);
	assert_int_equal(batch.mails[0].stored, 19);
	assert_int_equal(batch.mails[0].refused, 1);
	assert_int_equal(batch_fate(&batch.mails[0]), MAIL_INVALID);
	batch_release(&batch);
	output_queue_release(&queue);
	strbuf_release(&json);
}

static void bulks_are_small_beside_a_large_mail(void **state)
{
	static char raw[8 * MIB], json[100 * KIB];
	const struct mail large = { .id = 8, .name = "uid 8", .raw = { raw, sizeof(raw) } };
	struct fake_sink fake = { .sink = { .ops = &fake_ops } };
	struct output_queue queue;
	struct batch batch;
	struct error err;

	(void)state;
	memset(json, 's', sizeof(json) - 1);
	output_queue_init(&queue, &fake.sink, &naming);
	batch_init(&batch, &queue);
	batch_open_mail(&batch, &a_mail);
	for (size_t i = 0; i < 40; i++)
		assert_true(give(&batch, json, &err));
	assert_int_equal(fake.posts, 0);
	batch_open_mail(&batch, &large);
	for (size_t i = 0; i < 40; i++) {
		assert_true(give(&batch, json, &err));
		assert_true(queue.filling->body.len <= 1 * MIB);
	}
	assert_true(queue.bulks[0].body.alloc <= 2 * MIB && queue.bulks[1].body.alloc <= 2 * MIB);
	assert_int_equal(fake.posts, 4);
	assert_true(batch_post(&batch, &err) && output_queue_finish(&queue, &err));
	assert_int_equal(fake.items, 80);
	batch_release(&batch);
	output_queue_release(&queue);
}

static void nothing_is_said_when_the_server_is_away(void **state)
{
	struct fake_sink fake = { .sink = { .ops = &fake_ops }, .away = true };
	struct output_queue queue;
	struct batch batch;
	struct error err;

	(void)state;
	output_queue_init(&queue, &fake.sink, &naming);
	batch_init(&batch, &queue);
	batch_open_mail(&batch, &a_mail);
	assert_true(give(&batch, "{\"v\":\"s\"}", &err));
	assert_true(batch_post(&batch, &err));
	assert_false(output_queue_finish(&queue, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_int_equal(batch.mails[0].stored, 0);
	batch_release(&batch);
	output_queue_release(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fate_follows_from_all_documents),
		cmocka_unit_test(an_output_that_is_not_required_has_no_say),
		cmocka_unit_test(a_mail_larger_than_a_request_waits_for_the_last_answer),
		cmocka_unit_test(bulks_are_small_beside_a_large_mail),
		cmocka_unit_test(nothing_is_said_when_the_server_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
