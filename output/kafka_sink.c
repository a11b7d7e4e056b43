/* kafka_sink.c - the sink that produces to Kafka topics, with librdkafka
 *
 * SPDX-License-Identifier: MIT
 *
 * A topic that refuses messages must not make the other topics grow each time
 * its mails are read again.  So a topic first gets a single message, and mails
 * with a document for a refusing topic wait as a whole.  Kafka refuses a whole
 * batch for one message in it: messages refused in a batch are sent singly
 * before they count as refused.
 *
 * The producer is idempotent: a message resent after a lost answer is written
 * once.  Its threads talk to the brokers; callbacks run only in
 * rd_kafka_poll(), and we wait on a pipe that librdkafka writes to when there
 * is an event.  A message is delivered or fails within its time limit unless
 * its broker went away while processing it: then we destroy the producer, and a
 * message that its broker wrote after all is written a second time, with the
 * same key.
 */
#include "output/kafka_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "output/dead_letter.h"

/* Safety margin above the time limits of librdkafka. */
#define PATIENCE_MS 2000
#define CHECK_TIMEOUT_MS 10000
#define CREATION_MS 3000
#define MESSAGE_BYTES "8000000"
/* A broker checks the login's rights first and then refuses this value. */
#define NO_SUCH_ACKS "5"

/* Pause before a refusing topic is tried again, doubled up to the longest. */
#define FIRST_PAUSE_MS 5000
#define LONGEST_PAUSE_MS (5 * 60 * 1000)
/* Interval in which at most one librdkafka line per facility is passed on. */
#define LOG_QUIET_MS 60000
#define LOG_WARNING 4

enum producer_kind {
	BATCHES,
	SINGLY, /* one message per request */
	PROBE,  /* tests the write permission and writes nothing */
	PRODUCERS
};

struct topic {
	struct topic *next;
	char name[256];
	bool proven;       /* accepts messages, or the first is in flight */
	bool answered;     /* has accepted or refused a message */
	bool is_small;     /* refuses batches whose messages it accepts singly */
	unsigned refusals; /* in a row */
	int64_t refused_until;
	struct error refusal; /* reason; ERROR_NONE: not refusing */
};

struct log_line {
	char facility[16];
	int64_t quiet_until;
};

struct kafka_sink {
	struct sink sink; /* first member */
	const struct kafka_settings *settings;
	struct dead_letters letters;
	rd_kafka_t *producers[PRODUCERS]; /* NULL: to be made */
	int pipe[2];
	struct topic *topics;
	struct log_line lines[8];
	char trouble[256]; /* the latest librdkafka error about brokers; or "" */

	/* Since start(). */
	struct bulk *bulk;
	size_t outstanding; /* messages without a delivery report */
	unsigned steps;     /* completed steps */
	bool proving;       /* only the first message of each new topic was sent */
	size_t *again;      /* items refused with their batch */
	size_t again_count, again_alloc;
	struct error failure; /* why there is no producer */
};

static struct kafka_sink *sink_of(struct sink *sink)
{
	return (struct kafka_sink *)(void *)sink;
}

const char *kafka_version(void)
{
	return rd_kafka_version_str();
}

/* --- verdicts ------------------------------------------------------------------- */

/* Whether any broker would refuse the same message again. */
static bool is_refusal(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       code == RD_KAFKA_RESP_ERR_INVALID_MSG || code == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
	       code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE;
}

/* Advice if a person must change the topic or the login's rights. */
static const char *topic_hint(rd_kafka_resp_err_t code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return "the login may not write there: grant it WRITE";
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return "there is no such topic: create it";
	case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return "check topic_prefix";
	case RD_KAFKA_RESP_ERR_POLICY_VIOLATION: return "a policy of the brokers forbids it";
	default: return NULL;
	}
}

static struct topic *topic_of(struct kafka_sink *s, struct slice name)
{
	struct topic **link = &s->topics, *topic;

	while (*link && !slice_is(name, (*link)->name))
		link = &(*link)->next;
	topic = *link;
	if (topic) {
		*link = topic->next; /* to the front: mostly used next */
	} else {
		topic = xcalloc(1, sizeof(*topic));
		snprintf(topic->name, sizeof(topic->name), "%.*s", (int)name.size, name.data);
	}
	topic->next = s->topics;
	s->topics = topic;
	return topic;
}

static struct topic *topic_of_item(struct kafka_sink *s, size_t item)
{
	return topic_of(s, bulk_item_index(s->bulk, item));
}

static bool is_refused(const struct topic *topic)
{
	return topic->refusal.class != ERROR_NONE;
}

/* Starts one pause, however many messages were refused; true: it starts now. */
static bool refuse_topic(struct topic *topic, rd_kafka_resp_err_t code, const char *hint)
{
	const int64_t now = clock_ms();

	topic->proven = false;
	error_set(&topic->refusal, ERROR_RETRY, "topic %s: %s; %s", topic->name,
		  rd_kafka_err2str(code), hint);
	if (now < topic->refused_until)
		return false;
	topic->refused_until = now + backoff_ms(topic->refusals++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS,
						backoff_random());
	return true;
}

static void hold(struct kafka_sink *s, size_t item, const struct error *why)
{
	s->bulk->items[item].verdict = VERDICT_HOLD;
	if (strcmp(s->bulk->trouble.text, why->text) == 0)
		return;
	s->bulk->trouble = *why;
	sink_notice(&s->sink, SINK_WAITS, why);
}

static void keep_for_later(struct kafka_sink *s, size_t item, rd_kafka_resp_err_t code)
{
	const struct slice topic = bulk_item_index(s->bulk, item);

	s->bulk->items[item].verdict = VERDICT_RETRY;
	if (s->bulk->trouble.class != ERROR_NONE)
		return;
	error_set(&s->bulk->trouble, ERROR_RETRY, "topic %.*s: %s%s%s", (int)topic.size, topic.data,
		  rd_kafka_err2str(code), s->trouble[0] ? "; " : "", s->trouble);
}

static void refuse(struct kafka_sink *s, size_t item, rd_kafka_resp_err_t code)
{
	const int64_t now = clock_unix();
	const struct dead_letter letter = {
		.first = now,
		.last = now,
		.count = 1,
		.status = (uint64_t)(unsigned)code,
		.index = bulk_item_index(s->bulk, item),
		.id = bulk_item_id(s->bulk, item),
		.type = slice_of(rd_kafka_err2name(code)),
		.reason = slice_of(rd_kafka_err2str(code)),
		.document = bulk_item_source(s->bulk, item),
	};

	if (!dead_letters_add(&s->letters, &letter)) {
		keep_for_later(s, item, code);
		return;
	}
	bulk_note_refusal(s->bulk, item, "", rd_kafka_err2str(code));
	s->bulk->items[item].verdict = VERDICT_REFUSED;
}

static void send_again(struct kafka_sink *s, size_t item)
{
	s->again = xgrow(s->again, s->again_count, &s->again_alloc, sizeof(*s->again));
	s->again[s->again_count++] = item;
}

/* alone: it was not in a batch with others. */
static void judge(struct kafka_sink *s, size_t item, rd_kafka_resp_err_t code, bool alone)
{
	struct topic *topic = topic_of_item(s, item);
	const char *hint = topic_hint(code);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR || is_refusal(code)) {
		topic->proven = topic->answered = true;
		topic->refusals = 0;
		topic->refusal.class = ERROR_NONE;
	}
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
		s->bulk->items[item].verdict = VERDICT_STORED;
	} else if (is_refusal(code) && !alone) {
		topic->is_small |= code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
		send_again(s, item);
	} else if (is_refusal(code)) {
		refuse(s, item, code);
	} else if (hint) {
		s->sink.backoffs += refuse_topic(topic, code, hint);
		hold(s, item, &topic->refusal);
	} else {
		keep_for_later(s, item, code);
	}
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context)
{
	struct kafka_sink *s = context;

	s->outstanding--;
	/* there are no messages in flight after finish() */
	if (s->bulk)
		judge(s, (size_t)(uintptr_t)message->_private, message->err,
		      s->proving || producer == s->producers[SINGLY]);
}

/* Called from rd_kafka_poll(), since log.queue is set. */
static void on_log(const rd_kafka_t *producer, int level, const char *facility, const char *text)
{
	struct kafka_sink *s = rd_kafka_opaque(producer);
	struct log_line *line = s->lines, *oldest = s->lines;
	const int64_t now = clock_ms();
	struct error what;

	if (level > LOG_WARNING)
		return;
	for (; line < s->lines + sizeof(s->lines) / sizeof(s->lines[0]); line++) {
		if (strcmp(line->facility, facility) == 0 && now < line->quiet_until)
			return;
		if (line->quiet_until < oldest->quiet_until)
			oldest = line;
	}
	snprintf(oldest->facility, sizeof(oldest->facility), "%s", facility);
	oldest->quiet_until = now + LOG_QUIET_MS;
	error_set(&what, ERROR_RETRY, "kafka: %s: %s", facility, text);
	sink_notice(&s->sink, SINK_WARNS, &what);
}

/* Records errors of brokers: a message that was not delivered only reports a
 * timeout, and a refused login or certificate is reported only here. */
static void on_trouble(rd_kafka_t *producer, int code, const char *reason, void *context)
{
	struct kafka_sink *s = context;

	(void)producer;
	/* "all brokers are down" is less specific than the errors before it */
	if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !s->trouble[0])
		snprintf(s->trouble, sizeof(s->trouble), "%s", reason);
}

/* --- the producer ---------------------------------------------------------------- */

static bool set_property(void *conf, const char *key, const char *value)
{
	char why[256];

	return rd_kafka_conf_set(conf, key, value, why, sizeof(why)) == RD_KAFKA_CONF_OK;
}

static bool set(rd_kafka_conf_t *conf, const char *key, const char *value, struct error *err)
{
	return set_property(conf, key, value) ||
	       error_set(err, ERROR_FATAL, "kafka: cannot set %s", key);
}

static void on_probe(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
	(void)producer;
	(void)opaque;
	*(rd_kafka_resp_err_t *)message->_private = message->err;
}

static bool set_all(const struct kafka_settings *settings, enum producer_kind kind,
		    rd_kafka_conf_t *conf, struct error *err)
{
	char timeout[32];

	snprintf(timeout, sizeof(timeout), "%lld", (long long)settings->timeout_ms);
	return kafka_connection_set(&settings->connection, set_property, conf, err) &&
	       set(conf, "client.id", "reportbridge", err) &&
	       set(conf, "enable.idempotence", kind == PROBE ? "false" : "true", err) &&
	       set(conf, "acks", kind == PROBE ? NO_SUCH_ACKS : "all", err) &&
	       set(conf, "message.timeout.ms", timeout, err) &&
	       set(conf, "message.max.bytes", MESSAGE_BYTES, err) &&
	       set(conf, "compression.codec", settings->compression, err) &&
	       set(conf, "reconnect.backoff.max.ms", "2000", err) &&
	       /* same partition for a key as Java producers */
	       set(conf, "partitioner", "murmur2_random", err) &&
	       /* otherwise it would write to stderr, which is our log */
	       set(conf, "log.queue", "true", err) &&
	       (kind == BATCHES || set(conf, "batch.num.messages", "1", err));
}

static bool make_producer(struct kafka_sink *s, enum producer_kind kind, struct error *err)
{
	rd_kafka_conf_t *conf;
	rd_kafka_queue_t *queue;
	char why[256];

	if (s->producers[kind])
		return true;
	conf = rd_kafka_conf_new();
	if (!set_all(s->settings, kind, conf, err)) {
		rd_kafka_conf_destroy(conf);
		return false;
	}
	rd_kafka_conf_set_opaque(conf, s);
	rd_kafka_conf_set_dr_msg_cb(conf, kind == PROBE ? on_probe : on_delivery);
	rd_kafka_conf_set_error_cb(conf, on_trouble);
	rd_kafka_conf_set_log_cb(conf, on_log);
	s->producers[kind] = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!s->producers[kind]) {
		rd_kafka_conf_destroy(conf);
		return error_set(err, ERROR_FATAL, "kafka: %s", why);
	}
	rd_kafka_set_log_queue(s->producers[kind], NULL);
	queue = rd_kafka_queue_get_main(s->producers[kind]);
	rd_kafka_queue_io_event_enable(queue, s->pipe[1], "1", 1);
	rd_kafka_queue_destroy(queue);
	return true;
}

static void poll_producers(struct kafka_sink *s)
{
	for (unsigned kind = 0; kind < PRODUCERS; kind++)
		if (s->producers[kind])
			rd_kafka_poll(s->producers[kind], 0);
}

/* Aborts messages in flight, with a delivery report for each. */
static void close_producers(struct kafka_sink *s)
{
	for (unsigned kind = 0; kind < PRODUCERS; kind++) {
		if (!s->producers[kind])
			continue;
		rd_kafka_purge(s->producers[kind],
			       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_poll(s->producers[kind], 0);
		rd_kafka_destroy(s->producers[kind]);
		s->producers[kind] = NULL;
	}
}

/* --- posting ----------------------------------------------------------------------- */

static void produce(struct kafka_sink *s, size_t item, enum producer_kind kind)
{
	const struct slice index = bulk_item_index(s->bulk, item);
	const struct slice id = bulk_item_id(s->bulk, item);
	const struct slice source = bulk_item_source(s->bulk, item);
	rd_kafka_resp_err_t code;
	struct error err;
	char topic[256];

	if (!make_producer(s, kind, &err)) {
		keep_for_later(s, item, RD_KAFKA_RESP_ERR__FAIL);
		return;
	}
	snprintf(topic, sizeof(topic), "%.*s", (int)index.size, index.data);
	code = rd_kafka_producev(s->producers[kind], RD_KAFKA_V_TOPIC(topic),
				 RD_KAFKA_V_KEY(id.data, id.size),
				 RD_KAFKA_V_VALUE((void *)(uintptr_t)source.data, source.size),
				 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				 RD_KAFKA_V_OPAQUE((void *)(uintptr_t)item), RD_KAFKA_V_END);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		s->outstanding++;
	else
		judge(s, item, code, true);
}

/* Sends one message to each topic that has not accepted any yet, or whose pause
 * after a refusal is over. */
static void send_first_messages(struct kafka_sink *s)
{
	const int64_t now = clock_ms();

	for (size_t i = 0; i < s->bulk->count; i++) {
		struct topic *topic = topic_of_item(s, i);

		if (topic->proven || topic->refused_until > now)
			continue;
		/* Once per bulk; the delivery report has the reason. */
		topic->refusal.class = ERROR_NONE;
		topic->proven = true;
		s->proving = true;
		produce(s, i, BATCHES);
	}
}

/* Returns the refusing topic of each mail that has a document for one. */
static const struct topic **refusing_topics(struct kafka_sink *s)
{
	const struct topic **of_mail;
	uint32_t mails = 0;

	for (size_t i = 0; i < s->bulk->count; i++)
		if (s->bulk->items[i].mail >= mails)
			mails = s->bulk->items[i].mail + 1;
	of_mail = xcalloc((size_t)mails + 1, sizeof(*of_mail));
	for (size_t i = 0; i < s->bulk->count; i++) {
		const struct topic *topic = topic_of_item(s, i);

		if (is_refused(topic))
			of_mail[s->bulk->items[i].mail] = topic;
	}
	return of_mail;
}

static void produce_rest(struct kafka_sink *s)
{
	const struct topic **refusing = refusing_topics(s);

	for (size_t i = 0; i < s->bulk->count; i++) {
		const struct topic *topic = refusing[s->bulk->items[i].mail];

		if (s->bulk->items[i].verdict != VERDICT_PENDING)
			continue;
		if (topic)
			hold(s, i, &topic->refusal);
		else
			produce(s, i, topic_of_item(s, i)->is_small ? SINGLY : BATCHES);
	}
	free(refusing);
}

static void produce_again(struct kafka_sink *s)
{
	const size_t count = s->again_count;

	s->again_count = 0;
	for (size_t i = 0; i < count; i++)
		produce(s, s->again[i], SINGLY);
}

static void kafka_start(struct sink *sink, struct bulk *bulk)
{
	struct kafka_sink *s = sink_of(sink);

	s->bulk = bulk;
	s->outstanding = s->again_count = 0;
	s->proving = false;
	s->failure = (struct error){ .class = ERROR_NONE };
	s->trouble[0] = '\0';
	dead_letters_forget(&s->letters);
	if (!make_producer(s, BATCHES, &s->failure))
		return;
	send_first_messages(s);
	if (!s->proving)
		produce_rest(s);
}

/* Whether any topic of the bulk has ever answered. */
static bool has_answers(struct kafka_sink *s)
{
	for (size_t i = 0; i < s->bulk->count; i++) {
		const enum verdict verdict = s->bulk->items[i].verdict;

		if (verdict == VERDICT_STORED || verdict == VERDICT_REFUSED ||
		    (verdict == VERDICT_PENDING && topic_of_item(s, i)->proven &&
		     topic_of_item(s, i)->answered))
			return true;
	}
	return false;
}

/* Handles the first messages.  If other topics answered, a topic without an answer
 * refuses us too: librdkafka waits for its metadata until the timeout.  false: no
 * topic answered, so the cluster is unavailable. */
static bool settle_first_messages(struct kafka_sink *s)
{
	const bool alive = has_answers(s);
	bool all = true;

	for (size_t i = 0; i < s->bulk->count; i++) {
		struct topic *topic = topic_of_item(s, i);

		if (s->bulk->items[i].verdict != VERDICT_RETRY)
			continue;
		all = false;
		if (!alive)
			continue;
		s->sink.backoffs += refuse_topic(
			topic, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
			"is there such a topic, and may the login write there?");
		hold(s, i, &topic->refusal);
	}
	return alive || all;
}

static void keep_rest(struct kafka_sink *s)
{
	for (size_t i = 0; i < s->bulk->count; i++)
		if (s->bulk->items[i].verdict == VERDICT_PENDING)
			s->bulk->items[i].verdict = VERDICT_RETRY;
}

/* Starts the next step when all messages have a delivery report.  false: there is
 * none. */
static bool next_step(struct kafka_sink *s)
{
	s->steps++;
	if (s->again_count > 0) {
		produce_again(s);
	} else if (s->proving) {
		s->proving = false;
		if (settle_first_messages(s))
			produce_rest(s);
		else
			keep_rest(s);
	} else {
		return false;
	}
	return true;
}

static bool kafka_ready(struct sink *sink)
{
	struct kafka_sink *s = sink_of(sink);

	do
		poll_producers(s);
	while (s->bulk && s->outstanding == 0 && s->failure.class == ERROR_NONE && next_step(s));
	return s->outstanding == 0;
}

/* false: the program is stopping, or librdkafka exceeds its time limit. */
static bool wait_for_answers(struct kafka_sink *s)
{
	const int64_t patience = s->settings->timeout_ms + PATIENCE_MS;
	int64_t until = clock_ms() + patience;
	unsigned steps = s->steps;
	char drained[256];

	while (!kafka_ready(&s->sink)) {
		struct pollfd fd = { .fd = s->pipe[0], .events = POLLIN };

		/* Each step has the full time limit. */
		if (s->steps != steps)
			until = clock_ms() + patience;
		steps = s->steps;
		if (wait_poll(&fd, 1, until) <= 0)
			return false;
		(void)!read(s->pipe[0], drained, sizeof(drained));
	}
	return true;
}

/* A producer with a fatal error cannot be used any more. */
static void replace_when_broken(struct kafka_sink *s)
{
	char why[256];

	for (unsigned kind = 0; kind < PRODUCERS; kind++)
		if (s->producers[kind] &&
		    rd_kafka_fatal_error(s->producers[kind], why, sizeof(why))) {
			close_producers(s);
			return;
		}
}

/* Messages without a delivery report are sent again later, by another producer. */
static void retry_unreported(struct kafka_sink *s)
{
	for (size_t i = 0; i < s->bulk->count; i++)
		if (s->bulk->items[i].verdict == VERDICT_PENDING)
			keep_for_later(s, i, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
}

/* A topic without an answer to its first message counts as new again. */
static void forget_unproven(struct kafka_sink *s)
{
	for (size_t i = 0; i < s->bulk->count; i++)
		if (s->bulk->items[i].verdict == VERDICT_RETRY)
			topic_of_item(s, i)->proven = false;
}

static bool kafka_finish(struct sink *sink, struct error *err)
{
	struct kafka_sink *s = sink_of(sink);
	bool good = s->failure.class == ERROR_NONE;

	if (!good)
		*err = s->failure;
	else if (!wait_for_answers(s))
		retry_unreported(s);
	if (good)
		forget_unproven(s);
	if (good && !dead_letters_write(&s->letters, err))
		good = false; /* the disk is full: those mails stay */
	s->bulk = NULL;
	if (s->outstanding > 0)
		close_producers(s);
	replace_when_broken(s);
	return good;
}

/* Blocks in librdkafka, which check() may do; then checks the recorded error. */
static bool kafka_check(struct sink *sink, struct error *err)
{
	const struct rd_kafka_metadata *metadata;
	struct kafka_sink *s = sink_of(sink);
	rd_kafka_resp_err_t code;

	if (!make_producer(s, BATCHES, err))
		return false;
	code = rd_kafka_metadata(s->producers[BATCHES], 0, NULL, &metadata, CHECK_TIMEOUT_MS);
	poll_producers(s);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return error_set(err, ERROR_RETRY, "kafka at %s: %s%s%s",
				 s->settings->connection.brokers[0], rd_kafka_err2str(code),
				 s->trouble[0] ? "; " : "", s->trouble);
	rd_kafka_metadata_destroy(metadata);
	return true;
}

static rd_kafka_resp_err_t ask_for_topic(rd_kafka_t *producer, rd_kafka_topic_t *topic)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t code = rd_kafka_metadata(producer, 0, topic, &metadata,
						     CHECK_TIMEOUT_MS);

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return code;
	code = metadata->topic_cnt == 1 ? metadata->topics[0].err
					: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	rd_kafka_metadata_destroy(metadata);
	return code;
}

/* Tests writing: the right to see a topic does not include the right to write. */
static rd_kafka_resp_err_t try_to_write(struct kafka_sink *s, const char *topic)
{
	rd_kafka_t *producer = s->producers[PROBE];
	const int64_t until = clock_ms() + CHECK_TIMEOUT_MS;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__IN_PROGRESS;

	if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic),
			      RD_KAFKA_V_KEY("reportbridge-check", 18), RD_KAFKA_V_OPAQUE(&code),
			      RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return RD_KAFKA_RESP_ERR_NO_ERROR;
	while (code == RD_KAFKA_RESP_ERR__IN_PROGRESS && clock_ms() < until)
		rd_kafka_poll(producer, 100);
	/* Purge the message: a later delivery report would write to code. */
	if (code == RD_KAFKA_RESP_ERR__IN_PROGRESS) {
		rd_kafka_purge(producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_flush(producer, CHECK_TIMEOUT_MS);
	}
	return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ? code
								    : RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool kafka_sink_check_topic(struct sink *sink, const char *name, struct error *err)
{
	const int64_t until = clock_ms() + CREATION_MS;
	struct kafka_sink *s = sink_of(sink);
	rd_kafka_topic_t *topic;
	rd_kafka_resp_err_t code;
	const char *hint;

	if (!make_producer(s, BATCHES, err) || !make_producer(s, PROBE, err))
		return false;
	topic = rd_kafka_topic_new(s->producers[BATCHES], name, NULL);
	/* Brokers report a topic as missing while they create it. */
	do
		code = ask_for_topic(s->producers[BATCHES], topic);
	while (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && clock_ms() < until &&
	       wait_until(clock_ms() + CREATION_MS / 10));
	rd_kafka_topic_destroy(topic);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		code = try_to_write(s, name);
	poll_producers(s);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
		return true;
	hint = topic_hint(code);
	return error_set(err, hint ? ERROR_FATAL : ERROR_RETRY, "%s%s%s", rd_kafka_err2str(code),
			 hint ? "; " : "", hint ? hint : "");
}

static void kafka_free(struct sink *sink)
{
	struct kafka_sink *s = sink_of(sink);

	close_producers(s);
	while (s->topics) {
		struct topic *topic = s->topics;

		s->topics = topic->next;
		free(topic);
	}
	close(s->pipe[0]);
	close(s->pipe[1]);
	dead_letters_release(&s->letters);
	free(s->again);
	free(s);
}

static const struct sink_ops kafka_ops = {
	.name = "kafka",
	.start = kafka_start,
	.ready = kafka_ready,
	.finish = kafka_finish,
	.check = kafka_check,
	.free = kafka_free,
};

struct sink *kafka_sink_new(const struct kafka_settings *settings)
{
	struct kafka_sink *s = xcalloc(1, sizeof(*s));

	s->sink.ops = &kafka_ops;
	s->settings = settings;
	dead_letters_init(&s->letters, settings->dead_letter_file);
	if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		abort(); /* out of descriptors at start */
	return &s->sink;
}
