/* test_kafka_mailbox.c - mails of a topic, and the offset that follows them
 *
 * SPDX-License-Identifier: MIT
 *
 * Against the mock cluster of librdkafka: a broker in this process that speaks the
 * protocol, over loopback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "mailbox/mailbox.h"

#define TOPIC "mails"
#define GROUP "bridges"
#define ASK_MS 10000
/* More than a mailbox holds, at 900 kB each.  The mock cluster keeps 5 MB of a
 * partition. */
#define LARGE_MAILS 30
#define LARGE_PARTITIONS 6

struct lab {
	rd_kafka_t *host, *producer;
	rd_kafka_mock_cluster_t *cluster;
	const char *brokers[2];
	struct kafka_mailbox_settings settings;
	char directory[64], kept[128];
	struct mailbox *mailbox;
};

static rd_kafka_t *handle(struct lab *lab, rd_kafka_type_t type)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	rd_kafka_conf_set(conf, "bootstrap.servers", lab->brokers[0], why, sizeof(why));
	rd_kafka_conf_set(conf, "group.id", GROUP, why, sizeof(why));
	return rd_kafka_new(type, conf, why, sizeof(why));
}

static int begin(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	char why[256];

	lab->host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
	lab->cluster = rd_kafka_mock_cluster_new(lab->host, 1);
	rd_kafka_mock_topic_create(lab->cluster, TOPIC, 1, 1);
	lab->brokers[0] = rd_kafka_mock_cluster_bootstraps(lab->cluster);
	lab->producer = handle(lab, RD_KAFKA_PRODUCER);
	snprintf(lab->directory, sizeof(lab->directory), "/tmp/test_kafka.XXXXXX");
	assert_non_null(mkdtemp(lab->directory));
	snprintf(lab->kept, sizeof(lab->kept), "%s/invalid", lab->directory);
	lab->settings = (struct kafka_mailbox_settings){
		.connection.brokers = lab->brokers,
		.topic = TOPIC,
		.group = GROUP,
		.invalid_directory = lab->kept,
		.max_mail_bytes = 1000,
		.timeout_ms = 20000,
	};
	lab->mailbox = kafka_mailbox_new(&lab->settings);
	*state = lab;
	return 0;
}

static int end(void **state)
{
	struct lab *lab = *state;
	char command[256];

	lab->mailbox->ops->free(lab->mailbox);
	rd_kafka_destroy(lab->producer);
	rd_kafka_mock_cluster_destroy(lab->cluster);
	rd_kafka_destroy(lab->host);
	snprintf(command, sizeof(command), "rm -r %s", lab->directory);
	assert_int_equal(system(command), 0);
	free(lab);
	return 0;
}

static void produce_to(struct lab *lab, int32_t partition, const char *text)
{
	rd_kafka_producev(lab->producer, RD_KAFKA_V_TOPIC(lab->settings.topic),
			  RD_KAFKA_V_PARTITION(partition),
			  RD_KAFKA_V_VALUE((void *)(uintptr_t)text, strlen(text)),
			  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
	assert_int_equal(rd_kafka_flush(lab->producer, ASK_MS), 0);
}

static void produce(struct lab *lab, const char *text)
{
	produce_to(lab, 0, text);
}

static void open_mailbox(struct lab *lab)
{
	struct error err;

	if (!lab->mailbox->ops->open(lab->mailbox, &err))
		fail_msg("%s", err.text);
}

/* Returns the id of the next mail, which has this text; NULL: there is none. */
static uint32_t next(struct lab *lab, const char *text)
{
	const struct mail *mail;
	struct error err;

	if (!lab->mailbox->ops->next(lab->mailbox, &mail, &err))
		fail_msg("%s", err.text);
	if (!text) {
		assert_null(mail);
		return 0;
	}
	assert_non_null(mail);
	assert_true(slice_is(mail->raw, text));
	return mail->id;
}

static const char *settle(struct lab *lab, uint32_t id, enum mail_fate fate)
{
	struct mail_settlement settlement = { .id = id, .fate = fate };
	struct error err;

	if (!lab->mailbox->ops->settle(lab->mailbox, &settlement, 1, &err))
		fail_msg("%s", err.text);
	return settlement.refusal;
}

/* Negative: none. */
static int64_t committed_of(struct lab *lab, int32_t partition)
{
	rd_kafka_t *consumer = handle(lab, RD_KAFKA_CONSUMER);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int64_t offset;

	rd_kafka_topic_partition_list_add(list, lab->settings.topic, partition);
	assert_int_equal(rd_kafka_committed(consumer, list, ASK_MS), 0);
	offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(consumer);
	return offset;
}

static int64_t committed(struct lab *lab)
{
	return committed_of(lab, 0);
}

static void wait_for_mail(struct lab *lab, int64_t ms)
{
	struct error err;

	assert_true(lab->mailbox->ops->wait(lab->mailbox, clock_ms() + ms, &err));
}

static void the_offset_stops_before_an_unfinished_mail(void **state)
{
	struct lab *lab = *state;
	uint32_t one, two, three;

	produce(lab, "one");
	produce(lab, "two");
	produce(lab, "three");
	open_mailbox(lab);
	one = next(lab, "one");
	two = next(lab, "two");
	three = next(lab, "three");
	next(lab, NULL);
	assert_null(settle(lab, two, MAIL_AGGREGATE));
	assert_true(committed(lab) < 0);
	assert_null(settle(lab, one, MAIL_AGGREGATE));
	assert_int_equal(committed(lab), 2);
	(void)three;
	lab->mailbox->ops->close(lab->mailbox);
	open_mailbox(lab);
	three = next(lab, "three");
	next(lab, NULL);
	assert_null(settle(lab, three, MAIL_SMTP_TLS));
	assert_int_equal(committed(lab), 3);
}

static void a_kept_mail_comes_again_after_the_poll(void **state)
{
	struct lab *lab = *state;
	uint32_t kept;

	produce(lab, "kept");
	open_mailbox(lab);
	kept = next(lab, "kept");
	next(lab, NULL);
	assert_null(settle(lab, kept, MAIL_KEEP));
	produce(lab, "new");
	wait_for_mail(lab, 10000); /* the time of the next poll */
	assert_null(settle(lab, next(lab, "new"), MAIL_AGGREGATE));
	next(lab, NULL);
	assert_true(committed(lab) < 0);
	wait_for_mail(lab, 60000);
	kept = next(lab, "kept");
	next(lab, NULL);
	assert_null(settle(lab, kept, MAIL_AGGREGATE));
	assert_int_equal(committed(lab), 2);
}

static void refused_mail_is_kept_in_a_maildir(void **state)
{
	struct lab *lab = *state;
	struct maildir_settings maildir = { .path = lab->kept,
					    .examine = true,
					    .max_mail_bytes = 1000 };
	struct mailbox *reader = maildir_mailbox_new(&maildir);
	const struct mail *mail;
	struct error err;
	uint32_t id;

	produce(lab, "no report");
	open_mailbox(lab);
	/* Somebody else's file is in the way of the directory. */
	fclose(fopen(lab->kept, "w"));
	id = next(lab, "no report");
	next(lab, NULL);
	assert_non_null(settle(lab, id, MAIL_INVALID));
	assert_true(committed(lab) < 0);
	unlink(lab->kept);
	wait_for_mail(lab, 100);
	id = next(lab, "no report");
	assert_null(settle(lab, id, MAIL_INVALID));
	assert_int_equal(committed(lab), 1);
	assert_true(reader->ops->open(reader, &err));
	assert_true(reader->ops->next(reader, &mail, &err));
	assert_true(slice_is(mail->raw, "no report"));
	reader->ops->free(reader);
}

/* Reads to the end of the round and settles all; the number of mails. */
static unsigned drain(struct lab *lab, enum mail_fate fate)
{
	uint32_t ids[LARGE_MAILS];
	const struct mail *mail;
	unsigned count = 0;
	struct error err;

	for (;;) {
		if (!lab->mailbox->ops->next(lab->mailbox, &mail, &err))
			fail_msg("%s", err.text);
		if (!mail)
			break;
		assert_true(count < LARGE_MAILS);
		ids[count++] = mail->id;
	}
	for (unsigned i = 0; i < count; i++)
		assert_null(settle(lab, ids[i], fate));
	return count;
}

static void fill_large_topic(struct lab *lab)
{
	char *large = calloc(1, 900001);

	memset(large, 'x', 900000);
	lab->settings.topic = "large";
	rd_kafka_mock_topic_create(lab->cluster, "large", LARGE_PARTITIONS, 1);
	for (unsigned i = 0; i < LARGE_MAILS; i++)
		produce_to(lab, (int32_t)(i % LARGE_PARTITIONS), large);
	free(large);
}

/* librdkafka has fetched more mails than were returned. */
static void closing_drops_what_was_not_returned(void **state)
{
	struct lab *lab = *state;
	const struct mail *mail;
	struct error err;

	fill_large_topic(lab);
	open_mailbox(lab);
	assert_true(lab->mailbox->ops->next(lab->mailbox, &mail, &err));
	assert_non_null(mail);
	lab->mailbox->ops->close(lab->mailbox);
	open_mailbox(lab);
	assert_in_range(drain(lab, MAIL_AGGREGATE), 16, 20);
}

static void above_the_limit_nothing_more_is_read(void **state)
{
	struct lab *lab = *state;
	unsigned held;

	fill_large_topic(lab);
	open_mailbox(lab);
	held = drain(lab, MAIL_KEEP);
	assert_in_range(held, 16, 20);
	wait_for_mail(lab, 2000); /* librdkafka fetches ahead meanwhile */
	assert_int_equal(drain(lab, MAIL_KEEP), held);
	wait_for_mail(lab, 300);
	assert_int_equal(drain(lab, MAIL_AGGREGATE), held);
	wait_for_mail(lab, 20000);
	assert_int_equal(drain(lab, MAIL_AGGREGATE), LARGE_MAILS - held);
	for (int32_t i = 0; i < LARGE_PARTITIONS; i++)
		assert_int_equal(committed_of(lab, i), LARGE_MAILS / LARGE_PARTITIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_offset_stops_before_an_unfinished_mail, begin,
						end),
		cmocka_unit_test_setup_teardown(a_kept_mail_comes_again_after_the_poll, begin, end),
		cmocka_unit_test_setup_teardown(refused_mail_is_kept_in_a_maildir, begin, end),
		cmocka_unit_test_setup_teardown(closing_drops_what_was_not_returned, begin, end),
		cmocka_unit_test_setup_teardown(above_the_limit_nothing_more_is_read, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
