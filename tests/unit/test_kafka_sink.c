/* test_kafka_sink.c - messages that are stored when the cluster says so
 *
 * SPDX-License-Identifier: MIT
 *
 * Against the mock cluster of librdkafka: three brokers in this process that
 * speak the protocol, over loopback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "output/kafka_sink.h"

#define BROKERS 3
#define PARTITIONS 4
#define PRODUCE 0 /* keys of the requests */
#define METADATA 3
#define TOPIC "reportbridge-feed"

struct lab {
	rd_kafka_t *host;
	rd_kafka_mock_cluster_t *cluster;
	const char *brokers[2];
	struct kafka_settings settings;
	char letters[64];
	struct sink *sink;
};

static int begin(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	char why[256];
	int fd;

	lab->host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
	lab->cluster = rd_kafka_mock_cluster_new(lab->host, BROKERS);
	/* Unlike a broker, the mock lists the partitions of a topic with an error too.
	 * The leader epochs there, of version 7 on, crash librdkafka 2.3. */
	rd_kafka_mock_set_apiversion(lab->cluster, METADATA, 0, 2);
	rd_kafka_mock_topic_create(lab->cluster, TOPIC, PARTITIONS, 1);
	lab->brokers[0] = rd_kafka_mock_cluster_bootstraps(lab->cluster);
	snprintf(lab->letters, sizeof(lab->letters), "/tmp/test_kafka.XXXXXX");
	fd = mkstemp(lab->letters);
	close(fd);
	lab->settings = (struct kafka_settings){
		.connection.brokers = lab->brokers,
		.compression = "lz4",
		.dead_letter_file = lab->letters,
		.timeout_ms = 6000,
	};
	lab->sink = kafka_sink_new(&lab->settings);
	*state = lab;
	return 0;
}

static int end(void **state)
{
	struct lab *lab = *state;

	lab->sink->ops->free(lab->sink);
	rd_kafka_mock_cluster_destroy(lab->cluster);
	rd_kafka_destroy(lab->host);
	unlink(lab->letters);
	free(lab);
	return 0;
}

static void fill(struct bulk *bulk, unsigned first, unsigned count)
{
	bulk_init(bulk, 1 << 20);
	for (unsigned i = first; i < first + count; i++) {
		char id[32], json[64];

		snprintf(id, sizeof(id), "id%u", i);
		snprintf(json, sizeof(json), "{\"n\":%u}", i);
		assert_true(bulk_add(bulk, 0, slice_of(TOPIC), slice_of(id), slice_of(json)));
	}
}

static void expect_verdicts(const struct bulk *bulk, enum verdict expected)
{
	for (size_t i = 0; i < bulk->count; i++)
		assert_int_equal(bulk->items[i].verdict, expected);
}

static void post(struct lab *lab, unsigned first, unsigned count, enum verdict expected)
{
	struct bulk bulk;
	struct error err;

	fill(&bulk, first, count);
	if (!sink_post(lab->sink, &bulk, &err))
		fail_msg("%s", err.text);
	expect_verdicts(&bulk, expected);
	assert_int_equal(bulk.trouble.class != ERROR_NONE, expected == VERDICT_RETRY);
	bulk_release(&bulk);
}

/* Brokers that are back are not met at once. */
static void post_until_stored(struct lab *lab, unsigned first, unsigned count)
{
	const int64_t until = clock_ms() + 60000;
	struct bulk bulk;
	struct error err;
	size_t stored = 0;

	while (stored < count && clock_ms() < until) {
		fill(&bulk, first, count);
		assert_true(sink_post(lab->sink, &bulk, &err));
		stored = 0;
		for (size_t i = 0; i < bulk.count; i++)
			stored += bulk.items[i].verdict == VERDICT_STORED;
		bulk_release(&bulk);
	}
	assert_int_equal(stored, count);
}

static rd_kafka_t *consumer_of(struct lab *lab)
{
	rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(PARTITIONS);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *consumer;
	char why[256];

	rd_kafka_conf_set(conf, "bootstrap.servers", lab->brokers[0], why, sizeof(why));
	rd_kafka_conf_set(conf, "group.id", "test", why, sizeof(why));
	consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	rd_kafka_poll_set_consumer(consumer);
	for (int p = 0; p < PARTITIONS; p++)
		rd_kafka_topic_partition_list_add(all, TOPIC, p)
			->offset = RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(consumer, all);
	rd_kafka_topic_partition_list_destroy(all);
	return consumer;
}

/* Every document is there under its id: exactly once, unless it was posted
 * again after a verdict of RETRY. */
static void expect_messages(struct lab *lab, unsigned count, bool once)
{
	rd_kafka_t *consumer = consumer_of(lab);
	const int64_t until = clock_ms() + 60000;
	unsigned *seen = calloc(count, sizeof(*seen)), total = 0;
	int quiet = 0;

	while (clock_ms() < until && (total < count || quiet < 3)) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, 100);
		char expected[64];
		unsigned n;

		quiet = m ? 0 : quiet + 1;
		if (m && !m->err) {
			assert_int_equal(sscanf(m->key, "id%u", &n), 1);
			assert_true(n < count);
			snprintf(expected, sizeof(expected), "{\"n\":%u}", n);
			assert_int_equal(m->len, strlen(expected));
			assert_memory_equal(m->payload, expected, m->len);
			seen[n]++;
			total++;
		}
		if (m)
			rd_kafka_message_destroy(m);
	}
	for (unsigned n = 0; n < count; n++)
		if (once ? seen[n] != 1 : seen[n] == 0)
			fail_msg("document %u is there %u times", n, seen[n]);
	rd_kafka_consumer_close(consumer);
	rd_kafka_destroy(consumer);
	free(seen);
}

static void documents_are_messages_under_their_id(void **state)
{
	post(*state, 0, 200, VERDICT_STORED);
	post(*state, 200, 1, VERDICT_STORED);
	expect_messages(*state, 201, true);
}

/* The broker of the library does not tell a repeat by its sequence number, as a
 * real one does; that nothing is doubled is shown there. */
static void passing_trouble_loses_nothing(void **state)
{
	struct lab *lab = *state;

	rd_kafka_mock_push_request_errors(lab->cluster, PRODUCE, 3,
					  RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
					  RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
					  RD_KAFKA_RESP_ERR__TRANSPORT);
	post(lab, 0, 50, VERDICT_STORED);
	expect_messages(lab, 50, false);
}

#define OTHER "reportbridge-dmarc_aggregate"

/* count mails, each with a document for each of the two topics. */
static void fill_mails(struct bulk *bulk, unsigned first, unsigned count)
{
	bulk_init(bulk, 1 << 20);
	for (unsigned i = 0; i < count; i++) {
		char id[32], json[64];

		snprintf(id, sizeof(id), "id%u", first + i);
		snprintf(json, sizeof(json), "{\"n\":%u}", first + i);
		assert_true(bulk_add(bulk, i, slice_of(OTHER), slice_of(id), slice_of(json)));
		assert_true(bulk_add(bulk, i, slice_of(TOPIC), slice_of(id), slice_of(json)));
	}
}

static size_t count_of(const struct bulk *bulk, enum verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < bulk->count; i++)
		count += bulk->items[i].verdict == verdict;
	return count;
}

/* The refusal of a batch is no verdict on its messages. */
static void a_batch_that_is_too_large_is_sent_singly(void **state)
{
	struct lab *lab = *state;

	post(lab, 0, 1, VERDICT_STORED); /* the topic takes messages */
	rd_kafka_mock_push_request_errors(lab->cluster, PRODUCE, 4,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	{
		struct bulk bulk;
		struct error err;

		fill(&bulk, 1, 200);
		assert_true(sink_post(lab->sink, &bulk, &err));
		/* what is left of the four refusals may meet single messages */
		assert_int_equal(count_of(&bulk, VERDICT_STORED) + count_of(&bulk, VERDICT_REFUSED),
				 200);
		assert_true(count_of(&bulk, VERDICT_REFUSED) < 4);
		bulk_release(&bulk);
	}
}

static unsigned notices;

static void count_topic_notice(enum sink_notice kind, const struct error *what)
{
	if (kind == SINK_WAITS && strstr(what->text, OTHER ": "))
		notices++;
}

/* A mail with a document for a topic that refuses it waits as a whole: the other
 * topics must not grow at every poll. */
static void a_refused_topic_does_not_make_others_grow(void **state)
{
	struct lab *lab = *state;
	struct bulk bulk;
	struct error err;
	size_t grown = 0;

	notices = 0;
	lab->sink->notice = count_topic_notice;
	rd_kafka_mock_topic_create(lab->cluster, OTHER, PARTITIONS, 1);
	rd_kafka_mock_topic_set_error(lab->cluster, OTHER,
				      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	for (unsigned poll = 0; poll < 5; poll++) {
		fill_mails(&bulk, 0, 50);
		/* and a mail that does not need the topic */
		assert_true(bulk_add(&bulk, 50, slice_of(TOPIC), slice_of("id50"),
				     slice_of("{\"n\":50}")));
		assert_true(sink_post(lab->sink, &bulk, &err));
		assert_int_equal(bulk.items[100].verdict, VERDICT_STORED);
		grown += count_of(&bulk, VERDICT_STORED) - 1;
		assert_int_equal(count_of(&bulk, VERDICT_STORED) + count_of(&bulk, VERDICT_HOLD),
				 101);
		assert_non_null(strstr(bulk.trouble.text, OTHER));
		bulk_release(&bulk);
	}
	assert_int_equal(grown, 1); /* the message that proves the topic */
	assert_int_equal(notices, 5);
	assert_false(kafka_sink_check_topic(lab->sink, OTHER, &err));
	assert_non_null(strstr(err.text, "grant it WRITE"));
	assert_true(kafka_sink_check_topic(lab->sink, TOPIC, &err));
}

/* After a pause it is asked again, with one message. */
static void a_topic_that_takes_messages_again_gets_them(void **state)
{
	struct lab *lab = *state;
	const int64_t until = clock_ms() + 60000;
	struct bulk bulk;
	struct error err;
	bool done = false;

	rd_kafka_mock_topic_create(lab->cluster, OTHER, PARTITIONS, 1);
	rd_kafka_mock_topic_set_error(lab->cluster, OTHER,
				      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	fill_mails(&bulk, 0, 10);
	assert_true(sink_post(lab->sink, &bulk, &err));
	bulk_release(&bulk);
	rd_kafka_mock_topic_set_error(lab->cluster, OTHER, RD_KAFKA_RESP_ERR_NO_ERROR);
	while (!done && clock_ms() < until) {
		fill_mails(&bulk, 0, 10);
		assert_true(sink_post(lab->sink, &bulk, &err));
		done = count_of(&bulk, VERDICT_STORED) == bulk.count;
		bulk_release(&bulk);
		usleep(100000);
	}
	assert_true(done);
}

static void without_brokers_documents_wait(void **state)
{
	struct lab *lab = *state;

	post(lab, 0, 1, VERDICT_STORED);
	for (int b = 1; b <= BROKERS; b++)
		rd_kafka_mock_broker_set_down(lab->cluster, b);
	post(lab, 1, 20, VERDICT_RETRY);
	for (int b = 1; b <= BROKERS; b++)
		rd_kafka_mock_broker_set_up(lab->cluster, b);
	post_until_stored(lab, 1, 20);
	expect_messages(lab, 21, false);
}

static void what_no_broker_takes_is_a_dead_letter(void **state)
{
	struct lab *lab = *state;
	char line[512] = "";
	FILE *file;

	/* a new producer's first request is its own, and fails for good */
	rd_kafka_mock_push_request_errors(lab->cluster, PRODUCE, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	post(lab, 0, 1, VERDICT_REFUSED);
	file = fopen(lab->letters, "r");
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_non_null(strstr(line, "\"type\":\"MSG_SIZE_TOO_LARGE\""));
	assert_non_null(strstr(line, "{\\\"n\\\":0}"));
	post(lab, 0, 1, VERDICT_STORED);
}

static void nobody_listens(void **state)
{
	static const char *const nobody[] = { "127.0.0.1:9", NULL };
	struct lab *lab = *state;
	struct kafka_settings settings = lab->settings;
	struct sink *sink;
	struct bulk bulk;
	struct error err;

	settings.connection.brokers = nobody;
	settings.timeout_ms = 1000;
	sink = kafka_sink_new(&settings);
	fill(&bulk, 0, 3);
	assert_true(sink_post(sink, &bulk, &err));
	expect_verdicts(&bulk, VERDICT_RETRY);
	assert_non_null(strstr(bulk.trouble.text, "topic " TOPIC));
	bulk_release(&bulk);
	sink->ops->free(sink);
}

static void a_setting_that_is_impossible_is_named_without_its_value(void **state)
{
	struct lab *lab = *state;
	struct kafka_settings settings = lab->settings;
	struct sink *sink;
	struct bulk bulk;
	struct error err;

	settings.compression = "secret";
	sink = kafka_sink_new(&settings);
	fill(&bulk, 0, 1);
	assert_false(sink_post(sink, &bulk, &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_non_null(strstr(err.text, "compression.codec"));
	assert_null(strstr(err.text, "secret"));
	bulk_release(&bulk);
	sink->ops->free(sink);
}

int main(void)
{
#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		IN_LAB(documents_are_messages_under_their_id),
		IN_LAB(passing_trouble_loses_nothing),
		IN_LAB(a_batch_that_is_too_large_is_sent_singly),
		IN_LAB(a_refused_topic_does_not_make_others_grow),
		IN_LAB(a_topic_that_takes_messages_again_gets_them),
		IN_LAB(without_brokers_documents_wait),
		IN_LAB(what_no_broker_takes_is_a_dead_letter),
		IN_LAB(nobody_listens),
		IN_LAB(a_setting_that_is_impossible_is_named_without_its_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
