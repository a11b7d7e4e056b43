/* kafka_sink.c - the sink that produces to Kafka topics; the only file with librdkafka
 *
 * SPDX-License-Identifier: MIT
 *
 * The producer is idempotent: what it sends again after a lost answer is
 * written once.  Its own threads talk to the brokers; we are called back from
 * rd_kafka_poll() alone, and wait on a pipe it writes to when there is
 * something to call back for.  A message is answered for within its time limit
 * unless a broker went away with it in hand: then we give up, with the producer,
 * and what its broker has written after all is written once more, under the
 * same key.
 */
#include "output/kafka_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "output/dead_letter.h"

/* Beyond what librdkafka promises, to be sure. */
#define PATIENCE_MS 2000
#define CHECK_TIMEOUT_MS 10000
#define MESSAGE_BYTES "8000000"

struct kafka_sink {
	struct sink sink; /* first: what the bridge holds */
	const struct kafka_settings *settings;
	struct dead_letters letters;
	rd_kafka_t *producer; /* NULL: to be made */
	int pipe[2];
	struct bulk *bulk;
	size_t outstanding;   /* messages not answered for */
	struct error failure; /* why there is no producer */
	char trouble[256];    /* the last that librdkafka told of brokers; or "" */
};

static struct kafka_sink *sink_of(struct sink *sink)
{
	return (struct kafka_sink *)(void *)sink;
}

bool kafka_is_built(void)
{
	return true;
}

/* --- verdicts ------------------------------------------------------------------- */

/* The same message would be refused again, by any broker. */
static bool is_refusal(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       code == RD_KAFKA_RESP_ERR_INVALID_MSG || code == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
	       code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE;
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

	if (dead_letters_add(&s->letters, &letter))
		s->bulk->items[item].verdict = VERDICT_REFUSED;
	else
		keep_for_later(s, item, code);
}

static void judge(struct kafka_sink *s, size_t item, rd_kafka_resp_err_t code)
{
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		s->bulk->items[item].verdict = VERDICT_STORED;
	else if (is_refusal(code))
		refuse(s, item, code);
	else
		keep_for_later(s, item, code);
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context)
{
	struct kafka_sink *s = context;

	(void)producer;
	s->outstanding--;
	/* none is under way any more when a bulk is given back */
	if (s->bulk)
		judge(s, (size_t)(uintptr_t)message->_private, message->err);
}

/* A message that was not delivered has timed out, whatever the reason: a
 * refused login or certificate is told here alone. */
static void on_trouble(rd_kafka_t *producer, int code, const char *reason, void *context)
{
	struct kafka_sink *s = context;

	(void)producer;
	/* "all are down" says less than what it was told before */
	if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !s->trouble[0])
		snprintf(s->trouble, sizeof(s->trouble), "%s", reason);
}

/* --- the producer ---------------------------------------------------------------- */

static bool set(rd_kafka_conf_t *conf, const char *key, const char *value, struct error *err)
{
	char why[256];

	if (!value || rd_kafka_conf_set(conf, key, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return true;
	/* secrets are among the values: the reason names the key alone */
	return error_set(err, ERROR_FATAL, "kafka: %s is not possible", key);
}

static bool set_brokers(const struct kafka_settings *settings, rd_kafka_conf_t *conf,
			struct error *err)
{
	struct strbuf list;
	bool good;

	strbuf_init(&list, 64 * KIB);
	for (size_t i = 0; settings->brokers[i]; i++)
		strbuf_add_format(&list, "%s%s", i > 0 ? "," : "", settings->brokers[i]);
	good = set(conf, "bootstrap.servers", list.buf, err);
	strbuf_release(&list);
	return good;
}

static bool set_security(const struct kafka_settings *settings, rd_kafka_conf_t *conf,
			 struct error *err)
{
	static const char *const protocols[2][2] = { { "plaintext", "sasl_plaintext" },
						     { "ssl", "sasl_ssl" } };

	return set(conf, "security.protocol", protocols[settings->tls][settings->sasl != NULL],
		   err) &&
	       (!settings->tls ||
		(set(conf, "enable.ssl.certificate.verification", "true", err) &&
		 set(conf, "ssl.endpoint.identification.algorithm", "https", err) &&
		 set(conf, "ssl.ca.location", settings->ca_file, err) &&
		 set(conf, "ssl.certificate.location", settings->client_cert_file, err) &&
		 set(conf, "ssl.key.location", settings->client_key_file, err))) &&
	       (!settings->sasl || (set(conf, "sasl.mechanism", settings->sasl, err) &&
				    set(conf, "sasl.username", settings->user, err) &&
				    set(conf, "sasl.password", settings->password, err)));
}

static bool set_all(const struct kafka_settings *settings, rd_kafka_conf_t *conf, struct error *err)
{
	char timeout[32];

	snprintf(timeout, sizeof(timeout), "%lld", (long long)settings->timeout_ms);
	return set_brokers(settings, conf, err) && set_security(settings, conf, err) &&
	       set(conf, "client.id", "reportbridge", err) &&
	       set(conf, "enable.idempotence", "true", err) &&
	       set(conf, "message.timeout.ms", timeout, err) &&
	       set(conf, "message.max.bytes", MESSAGE_BYTES, err) &&
	       set(conf, "compression.codec", settings->compression, err) &&
	       set(conf, "reconnect.backoff.max.ms", "2000", err) &&
	       /* the same key, the same partition as of Java producers */
	       set(conf, "partitioner", "murmur2_random", err) &&
	       /* it would write to stderr, which is our log */
	       set(conf, "log_level", "0", err);
}

static bool make_producer(struct kafka_sink *s, struct error *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_queue_t *queue;
	char why[256];

	if (!set_all(s->settings, conf, err)) {
		rd_kafka_conf_destroy(conf);
		return false;
	}
	rd_kafka_conf_set_opaque(conf, s);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rd_kafka_conf_set_error_cb(conf, on_trouble);
	s->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!s->producer) {
		rd_kafka_conf_destroy(conf);
		return error_set(err, ERROR_FATAL, "kafka: %s", why);
	}
	queue = rd_kafka_queue_get_main(s->producer);
	rd_kafka_queue_io_event_enable(queue, s->pipe[1], "1", 1);
	rd_kafka_queue_destroy(queue);
	return true;
}

/* Whatever is under way is given up, and answered for. */
static void close_producer(struct kafka_sink *s)
{
	if (!s->producer)
		return;
	rd_kafka_purge(s->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_poll(s->producer, 0);
	rd_kafka_destroy(s->producer);
	s->producer = NULL;
}

/* --- posting ----------------------------------------------------------------------- */

static void produce(struct kafka_sink *s, size_t item)
{
	const struct slice index = bulk_item_index(s->bulk, item);
	const struct slice id = bulk_item_id(s->bulk, item);
	const struct slice source = bulk_item_source(s->bulk, item);
	rd_kafka_resp_err_t code;
	char topic[256];

	snprintf(topic, sizeof(topic), "%.*s", (int)index.size, index.data);
	code = rd_kafka_producev(s->producer, RD_KAFKA_V_TOPIC(topic),
				 RD_KAFKA_V_KEY(id.data, id.size),
				 RD_KAFKA_V_VALUE((void *)(uintptr_t)source.data, source.size),
				 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				 RD_KAFKA_V_OPAQUE((void *)(uintptr_t)item), RD_KAFKA_V_END);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		s->outstanding++;
	else
		judge(s, item, code);
}

static void kafka_start(struct sink *sink, struct bulk *bulk)
{
	struct kafka_sink *s = sink_of(sink);

	s->bulk = bulk;
	s->outstanding = 0;
	s->failure = (struct error){ .class = ERROR_NONE };
	s->trouble[0] = '\0';
	dead_letters_forget(&s->letters);
	if (!s->producer && !make_producer(s, &s->failure))
		return;
	for (size_t i = 0; i < bulk->count; i++)
		produce(s, i);
}

static bool kafka_ready(struct sink *sink)
{
	struct kafka_sink *s = sink_of(sink);

	if (s->producer)
		rd_kafka_poll(s->producer, 0);
	return s->outstanding == 0;
}

/* false: told to stop, or librdkafka does not keep its promise. */
static bool wait_for_answers(struct kafka_sink *s)
{
	const int64_t until = clock_ms() + s->settings->timeout_ms + PATIENCE_MS;
	char drained[256];

	while (!kafka_ready(&s->sink)) {
		struct pollfd fd = { .fd = s->pipe[0], .events = POLLIN };

		if (wait_poll(&fd, 1, until) <= 0)
			return false;
		(void)!read(s->pipe[0], drained, sizeof(drained));
	}
	return true;
}

/* A producer that has lost its place in the sequence is of no use. */
static void replace_when_broken(struct kafka_sink *s)
{
	char why[256];

	if (s->producer && rd_kafka_fatal_error(s->producer, why, sizeof(why)))
		close_producer(s);
}

/* What has not been answered for is to be tried again, by another producer. */
static void give_up(struct kafka_sink *s)
{
	for (size_t i = 0; i < s->bulk->count; i++)
		if (s->bulk->items[i].verdict == VERDICT_PENDING)
			keep_for_later(s, i, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
}

static bool kafka_finish(struct sink *sink, struct error *err)
{
	struct kafka_sink *s = sink_of(sink);
	bool good = s->failure.class == ERROR_NONE;

	if (!good)
		*err = s->failure;
	else if (!wait_for_answers(s))
		give_up(s);
	if (good && !dead_letters_write(&s->letters, err))
		good = false; /* a full disk: those mails stay */
	s->bulk = NULL;
	if (s->outstanding > 0)
		close_producer(s);
	replace_when_broken(s);
	return good;
}

/* Waits in librdkafka, which check() may; what it was told of is asked for
 * afterwards. */
static bool kafka_check(struct sink *sink, struct error *err)
{
	const struct rd_kafka_metadata *metadata;
	struct kafka_sink *s = sink_of(sink);
	rd_kafka_resp_err_t code;

	if (!s->producer && !make_producer(s, err))
		return false;
	code = rd_kafka_metadata(s->producer, 0, NULL, &metadata, CHECK_TIMEOUT_MS);
	rd_kafka_poll(s->producer, 0);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return error_set(err, ERROR_RETRY, "kafka at %s: %s%s%s", s->settings->brokers[0],
				 rd_kafka_err2str(code), s->trouble[0] ? "; " : "", s->trouble);
	rd_kafka_metadata_destroy(metadata);
	return true;
}

static void kafka_free(struct sink *sink)
{
	struct kafka_sink *s = sink_of(sink);

	close_producer(s);
	close(s->pipe[0]);
	close(s->pipe[1]);
	dead_letters_release(&s->letters);
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
