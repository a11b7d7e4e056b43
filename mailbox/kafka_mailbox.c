/* kafka_mailbox.c - a Kafka topic as a source of mail, with librdkafka
 *
 * SPDX-License-Identifier: MIT
 *
 * The value of each record is a mail.  The group's offset of a partition moves only
 * past mails that are finished, up to the first that is not.  So after a crash or a
 * rebalance the next member reads some mails a second time and skips none.
 *
 * Unfinished mails are held in memory: to read one again from the broker would mean
 * to read all later ones again.  What is held is limited; above the limit the
 * partitions are paused.
 *
 * librdkafka's threads talk to the brokers and keep the membership alive.
 * Callbacks run only in rd_kafka_consumer_poll(), and we wait on a pipe that
 * librdkafka writes to when there is an event.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

#include "base/clock.h"
#include "base/replace_file.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "mailbox/mailbox.h"
#include "mailbox/maildir_folder.h"

/* Held mails and mails of one round.  A round that reads more is divided. */
#define HELD_BYTES (16 * MIB)
/* Memory for a held mail beside its bytes. */
#define HELD_OVERHEAD 512
/* What librdkafka fetches at once, and ahead of us. */
#define FETCH_BYTES (4 * MIB)
/* Interval of polls while idle, far below max.poll.interval.ms. */
#define IDLE_POLL_MS 60000
/* Time to leave the group; otherwise the brokers notice the death of the session. */
#define LEAVE_MS 2000
#define LEAVE_STEP_MS 50

enum held_state {
	HELD_NEW,      /* not returned yet */
	HELD_READ,     /* returned, not settled */
	HELD_KEPT,     /* to be returned again */
	HELD_FINISHED, /* an earlier one of its partition is not */
};

struct held {
	uint32_t id; /* ascending */
	enum held_state state;
	int32_t partition;
	int64_t offset;
	rd_kafka_message_t *message; /* NULL: finished */
};

struct partition {
	int32_t id;
	bool drained;
	bool blocked;      /* while finished mails are collected */
	int64_t behind;    /* records not delivered yet, as of the last fetch */
	int64_t finished;  /* offset to commit; negative: none */
	int64_t committed; /* the last one that the brokers acknowledged */
};

struct kafka_mailbox {
	struct mailbox mailbox; /* first member */
	const struct kafka_mailbox_settings *settings;
	int pipe[2];
	rd_kafka_t *consumer;      /* NULL: closed */
	rd_kafka_queue_t *commits; /* answers to commits */
	struct partition *partitions;
	size_t partition_count;
	bool joined;
	bool down;         /* no broker is reachable, or the consumer is broken */
	char trouble[256]; /* the latest error about brokers; or "" */

	struct held *held; /* in the order of delivery */
	size_t count, alloc;
	uint32_t last_id;

	/* The round. */
	bool waited;     /* the next call of next() begins a round */
	bool full;       /* returns kept mails too */
	bool cut;        /* ended by the limit */
	bool stalled;    /* ended by the timeout, before the end of each partition */
	bool gave;       /* returned a mail */
	int64_t full_at; /* rounds before it cover only new mail; 0: not known yet */
	uint32_t cursor; /* id of the next held mail to look at */
	size_t used;     /* bytes held when it began, and read since */

	struct mail mail;
	char name[256];
	struct error refusal; /* of the last settle() */
};

static struct kafka_mailbox *kafka_of(struct mailbox *mailbox)
{
	return (struct kafka_mailbox *)(void *)mailbox;
}

/* --- held mails --------------------------------------------------------------- */

static size_t weight_of(const struct held *held)
{
	return sizeof(*held) + (held->message ? HELD_OVERHEAD + held->message->len : 0);
}

static size_t weight(const struct kafka_mailbox *m)
{
	size_t sum = 0;

	for (size_t i = 0; i < m->count; i++)
		sum += weight_of(&m->held[i]);
	return sum;
}

/* Position of the first held mail with this id or a higher one. */
static size_t position_of(const struct kafka_mailbox *m, uint32_t id)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (m->held[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void hold(struct kafka_mailbox *m, rd_kafka_message_t *message)
{
	struct held *held;

	m->held = xgrow(m->held, m->count, &m->alloc, sizeof(*m->held));
	held = &m->held[m->count++];
	*held = (struct held){ .id = ++m->last_id,
			       .partition = message->partition,
			       .offset = message->offset,
			       .message = message };
	m->used += weight_of(held);
}

static void let_go(struct held *held)
{
	if (held->message)
		rd_kafka_message_destroy(held->message);
	held->message = NULL;
}

static void drop_held(struct kafka_mailbox *m, int32_t partition)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->held[i].partition == partition)
			let_go(&m->held[i]);
		else
			m->held[kept++] = m->held[i];
	m->count = kept;
}

/* --- partitions --------------------------------------------------------------- */

static struct partition *partition_of(struct kafka_mailbox *m, int32_t id)
{
	for (size_t i = 0; i < m->partition_count; i++)
		if (m->partitions[i].id == id)
			return &m->partitions[i];
	return NULL;
}

/* The next member that has the partition reads from the committed offset. */
static void drop_partition(struct kafka_mailbox *m, int32_t id)
{
	struct partition *partition = partition_of(m, id);

	drop_held(m, id);
	if (partition)
		*partition = m->partitions[--m->partition_count];
}

static void add_partition(struct kafka_mailbox *m, int32_t id)
{
	drop_partition(m, id);
	m->partitions = xreallocarray(m->partitions, m->partition_count + 1,
				      sizeof(*m->partitions));
	m->partitions[m->partition_count++] = (struct partition){
		.id = id,
		.finished = -1,
		.committed = -1,
	};
}

static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code,
			 rd_kafka_topic_partition_list_t *list, void *context)
{
	const bool assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
	struct kafka_mailbox *m = context;

	m->joined |= assigned;
	for (int i = 0; i < list->cnt; i++)
		if (assigned)
			add_partition(m, list->elems[i].partition);
		else
			drop_partition(m, list->elems[i].partition);
	/* An error is also an event of the consumer. */
	rd_kafka_error_destroy(assigned ? rd_kafka_incremental_assign(consumer, list)
					: rd_kafka_incremental_unassign(consumer, list));
}

static bool is_drained(const struct kafka_mailbox *m)
{
	bool drained = true;

	for (size_t i = 0; i < m->partition_count; i++)
		drained &= m->partitions[i].drained;
	return drained;
}

/* --- the consumer ------------------------------------------------------------- */

static void on_trouble(rd_kafka_t *consumer, int code, const char *reason, void *context)
{
	struct kafka_mailbox *m = context;

	(void)consumer;
	m->down |= code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__FATAL;
	/* "all brokers are down" is less specific than the errors before it */
	if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !m->trouble[0])
		snprintf(m->trouble, sizeof(m->trouble), "%s", reason);
}

static bool fail(struct kafka_mailbox *m, const char *what, struct error *err)
{
	error_set(err, ERROR_RETRY, "kafka at %s: %s%s%s", m->settings->connection.brokers[0], what,
		  m->trouble[0] ? "; " : "", m->trouble);
	return false;
}

static bool fail_by(struct kafka_mailbox *m, rd_kafka_resp_err_t code, struct error *err)
{
	fail(m, rd_kafka_err2str(code), err);
	switch (code) {
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		error_context(err, "topic %s: grant the login READ", m->settings->topic);
		break;
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
		error_context(err, "group %s: grant the login READ", m->settings->group);
		break;
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		error_context(err, "topic %s: create it", m->settings->topic);
		break;
	default: return false;
	}
	err->slow = true;
	return false;
}

static bool set(void *conf, const char *key, const char *value)
{
	char why[256];

	return rd_kafka_conf_set(conf, key, value, why, sizeof(why)) == RD_KAFKA_CONF_OK;
}

static bool set_number(rd_kafka_conf_t *conf, const char *key, size_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%zu", number);
	return set(conf, key, text);
}

static bool set_all(const struct kafka_mailbox_settings *settings, rd_kafka_conf_t *conf,
		    struct error *err)
{
	if (!kafka_connection_set(&settings->connection, set, conf, err))
		return false;
	return (set(conf, "client.id", "reportbridge") && set(conf, "group.id", settings->group) &&
		set(conf, "enable.auto.commit", "false") &&
		set(conf, "enable.auto.offset.store", "false") &&
		set(conf, "auto.offset.reset", "earliest") &&
		set(conf, "enable.partition.eof", "true") &&
		/* a rebalance moves only the partitions that change hands */
		set(conf, "partition.assignment.strategy", "cooperative-sticky") &&
		/* a killed member is noticed after this time */
		set(conf, "session.timeout.ms", "10000") &&
		/* longer than an output keeps us waiting */
		set(conf, "max.poll.interval.ms", "600000") &&
		set(conf, "reconnect.backoff.max.ms", "2000") &&
		set_number(conf, "fetch.max.bytes", FETCH_BYTES) &&
		set_number(conf, "queued.max.messages.kbytes", FETCH_BYTES / KIB) &&
		/* a broker sends a larger record alone */
		set_number(conf, "receive.message.max.bytes",
			   settings->max_mail_bytes + FETCH_BYTES + MIB)) ||
	       error_set(err, ERROR_FATAL, "kafka: cannot set the properties of a consumer");
}

static void notify_pipe(struct kafka_mailbox *m, rd_kafka_queue_t *queue)
{
	rd_kafka_queue_io_event_enable(queue, m->pipe[1], "1", 1);
}

static bool make_consumer(struct kafka_mailbox *m, struct error *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_queue_t *queue;
	char why[256];

	if (!set_all(m->settings, conf, err)) {
		rd_kafka_conf_destroy(conf);
		return false;
	}
	rd_kafka_conf_set_opaque(conf, m);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rd_kafka_conf_set_error_cb(conf, on_trouble);
	/* it would write to stderr, which is our log */
	rd_kafka_conf_set_log_cb(conf, NULL);
	m->consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (!m->consumer) {
		rd_kafka_conf_destroy(conf);
		return error_set(err, ERROR_FATAL, "kafka: %s", why);
	}
	rd_kafka_poll_set_consumer(m->consumer);
	queue = rd_kafka_queue_get_consumer(m->consumer);
	notify_pipe(m, queue);
	rd_kafka_queue_destroy(queue);
	m->commits = rd_kafka_queue_new(m->consumer);
	notify_pipe(m, m->commits);
	return true;
}

/* Waits for an event of librdkafka; false: none came, or the program is stopping. */
static bool wait_for_event(struct kafka_mailbox *m, bool idle, int64_t until)
{
	struct pollfd fd = { .fd = m->pipe[0], .events = POLLIN };
	char drained[256];

	if ((idle ? wait_poll_idle : wait_poll)(&fd, 1, until) <= 0)
		return false;
	(void)!read(m->pipe[0], drained, sizeof(drained));
	return true;
}

static bool note_event(struct kafka_mailbox *m, const rd_kafka_message_t *event, struct error *err)
{
	struct partition *partition = partition_of(m, event->partition);

	switch (event->err) {
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		if (partition)
			partition->drained = true;
		return true;
	case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
		return true; /* the next poll joins the group again */
	default: return fail_by(m, event->err, err);
	}
}

static void take(struct kafka_mailbox *m, rd_kafka_message_t *message)
{
	struct partition *partition = partition_of(m, message->partition);
	int64_t low, high;

	hold(m, message);
	if (rd_kafka_get_watermark_offsets(m->consumer, m->settings->topic, message->partition,
					   &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
		high = message->offset + 1;
	partition->behind = high > message->offset ? high - message->offset - 1 : 0;
	partition->drained = partition->behind == 0;
}

/* Serves librdkafka until there is a message, which is then held, or nothing. */
static bool receive(struct kafka_mailbox *m, bool *received, struct error *err)
{
	rd_kafka_message_t *message;
	bool good = true;

	*received = false;
	while (good && !*received && (message = rd_kafka_consumer_poll(m->consumer, 0))) {
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
		    partition_of(m, message->partition)) {
			take(m, message);
			*received = true;
			continue;
		}
		if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			good = note_event(m, message, err);
		rd_kafka_message_destroy(message);
	}
	return good && (*received || !m->joined || !m->down || fail(m, "not reachable", err));
}

/* --- opening and closing ------------------------------------------------------ */

static bool join_group(struct kafka_mailbox *m, struct error *err)
{
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
	const int64_t until = clock_ms() + m->settings->timeout_ms;
	rd_kafka_resp_err_t code;
	bool received;

	rd_kafka_topic_partition_list_add(topics, m->settings->topic, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(m->consumer, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return fail_by(m, code, err);
	for (;;) {
		if (!receive(m, &received, err))
			return false;
		if (m->joined)
			break;
		if (!wait_for_event(m, true, until))
			return fail(m, "the group did not accept this member in time", err);
	}
	/* One of several addresses or brokers may have been down. */
	m->down = false;
	m->trouble[0] = '\0';
	return true;
}

static void assign(struct kafka_mailbox *m, const struct rd_kafka_metadata_topic *topic)
{
	rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(
		topic->partition_cnt);

	for (int i = 0; i < topic->partition_cnt; i++) {
		rd_kafka_topic_partition_list_add(all, topic->topic, topic->partitions[i].id);
		add_partition(m, topic->partitions[i].id);
	}
	rd_kafka_assign(m->consumer, all);
	rd_kafka_topic_partition_list_destroy(all);
	m->joined = true;
}

/* Reads all partitions from the group's offsets, beside its members.  Blocks in
 * librdkafka, which the commands that only examine may do. */
static bool look_on(struct kafka_mailbox *m, struct error *err)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(m->consumer, m->settings->topic, NULL);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t code;
	bool received, good;

	code = rd_kafka_metadata(m->consumer, 0, topic, &metadata, (int)m->settings->timeout_ms);
	rd_kafka_topic_destroy(topic);
	good = receive(m, &received, err);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return good && fail_by(m, code, err);
	if (good && metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
		good = fail_by(m, metadata->topics[0].err, err);
	if (good)
		assign(m, &metadata->topics[0]);
	rd_kafka_metadata_destroy(metadata);
	m->down = false;
	return good;
}

static bool kafka_open(struct mailbox *mailbox, struct error *err)
{
	struct kafka_mailbox *m = kafka_of(mailbox);

	assert(!m->consumer && m->count == 0);
	m->waited = true;
	return make_consumer(m, err) &&
	       (m->settings->examine ? look_on(m, err) : join_group(m, err));
}

/* Messages that are already here are dropped: the next member reads them. */
static void serve_leaving(struct kafka_mailbox *m, rd_kafka_queue_t *queue)
{
	rd_kafka_event_t *event;

	while ((event = rd_kafka_queue_poll(queue, 0))) {
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			on_rebalance(m->consumer, rd_kafka_event_error(event),
				     rd_kafka_event_topic_partition_list(event), m);
		rd_kafka_event_destroy(event);
	}
}

/* Lets the others have the partitions at once. */
static void leave_group(struct kafka_mailbox *m)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(m->consumer);
	const int64_t until = clock_ms() + LEAVE_MS;

	/* An error means that there is nothing to leave. */
	rd_kafka_error_destroy(rd_kafka_consumer_close_queue(m->consumer, queue));
	errno = 0;
	while (!rd_kafka_consumer_closed(m->consumer) && clock_ms() < until && errno != ECANCELED) {
		serve_leaving(m, queue);
		(void)wait_for_event(m, false, clock_ms() + LEAVE_STEP_MS);
	}
	rd_kafka_queue_destroy(queue);
}

static void kafka_close(struct mailbox *mailbox)
{
	struct kafka_mailbox *m = kafka_of(mailbox);

	for (size_t i = 0; i < m->count; i++)
		let_go(&m->held[i]);
	m->count = 0;
	if (m->consumer && !m->settings->examine && !m->down)
		leave_group(m);
	if (m->commits)
		rd_kafka_queue_destroy(m->commits);
	if (m->consumer)
		rd_kafka_destroy_flags(m->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	m->consumer = NULL;
	m->commits = NULL;
	m->partition_count = 0;
	m->joined = m->down = m->cut = false;
	m->trouble[0] = '\0';
	m->full_at = 0;
}

static void kafka_free(struct mailbox *mailbox)
{
	struct kafka_mailbox *m = kafka_of(mailbox);

	kafka_close(mailbox);
	close(m->pipe[0]);
	close(m->pipe[1]);
	free(m->partitions);
	free(m->held);
	free(m);
}

/* --- reading ------------------------------------------------------------------ */

static void begin_round(struct kafka_mailbox *m)
{
	m->waited = m->cut = m->stalled = m->gave = false;
	m->full = clock_ms() >= m->full_at;
	if (m->full)
		m->full_at = 0;
	m->cursor = 0;
	m->used = weight(m);
}

static struct held *next_held(struct kafka_mailbox *m)
{
	for (size_t i = position_of(m, m->cursor); i < m->count; i++) {
		struct held *held = &m->held[i];

		m->cursor = held->id + 1;
		if (held->state == HELD_NEW || (held->state == HELD_KEPT && m->full))
			return held;
	}
	return NULL;
}

static const struct mail *mail_of(struct kafka_mailbox *m, struct held *held)
{
	const rd_kafka_message_t *message = held->message;
	rd_kafka_timestamp_type_t type;

	held->state = HELD_READ;
	snprintf(m->name, sizeof(m->name), "%.200s[%d]@%lld", m->settings->topic,
		 (int)held->partition, (long long)held->offset);
	m->mail = (struct mail){
		.id = held->id,
		.name = m->name,
		.size = message->len,
		.received = rd_kafka_message_timestamp(message, &type) / 1000,
		.too_large = message->len > m->settings->max_mail_bytes,
	};
	if (!m->mail.too_large)
		m->mail.raw = (struct slice){ message->payload ? message->payload : "",
					      message->len };
	return &m->mail;
}

static size_t behind(const struct kafka_mailbox *m)
{
	size_t sum = 0;

	for (size_t i = 0; i < m->partition_count; i++)
		sum += (size_t)m->partitions[i].behind;
	return sum;
}

/* Reported after the mails of other partitions are settled: else they would be read again
 * and again. */
static bool fail_if_stalled(struct kafka_mailbox *m, struct error *err)
{
	return !m->stalled ||
	       fail(m, "a partition sends no records, or one too large for max_mail", err);
}

static bool kafka_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct kafka_mailbox *m = kafka_of(mailbox);
	const int64_t until = clock_ms() + m->settings->timeout_ms;
	struct held *held;
	bool received;

	if (m->waited)
		begin_round(m);
	while (!(held = next_held(m))) {
		m->cut = m->used >= HELD_BYTES;
		if (m->cut)
			break;
		if (!receive(m, &received, err))
			return false;
		if (!received && (is_drained(m) || !wait_for_event(m, false, until)))
			break;
	}
	m->stalled = !held && !m->cut && !is_drained(m) && !wait_stopping();
	m->gave |= held != NULL;
	*mail = held ? mail_of(m, held) : NULL;
	mailbox->waiting = behind(m);
	mailbox->partial = !m->full;
	return m->gave || fail_if_stalled(m, err);
}

static bool has_room(const struct kafka_mailbox *m)
{
	return weight(m) < HELD_BYTES;
}

static bool kafka_again(struct mailbox *mailbox, bool *more, struct error *err)
{
	struct kafka_mailbox *m = kafka_of(mailbox);

	*more = m->cut && has_room(m);
	m->waited = *more;
	m->full_at = INT64_MAX;
	return fail_if_stalled(m, err);
}

/* --- settling ----------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *all_partitions(const struct kafka_mailbox *m)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(
		(int)m->partition_count);

	for (size_t i = 0; i < m->partition_count; i++)
		rd_kafka_topic_partition_list_add(list, m->settings->topic, m->partitions[i].id)
			->offset = m->partitions[i].finished;
	return list;
}

/* Offsets that the brokers refuse during a rebalance are committed later, by us or by
 * the next member, which reads those mails again. */
static void note_committed(struct kafka_mailbox *m, const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; list && i < list->cnt; i++) {
		struct partition *partition = partition_of(m, list->elems[i].partition);

		if (partition && list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
			partition->committed = list->elems[i].offset;
	}
}

static bool is_lost_to_rebalance(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
	       code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
	       code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
}

static bool wait_for_commit(struct kafka_mailbox *m, struct error *err)
{
	const int64_t until = clock_ms() + m->settings->timeout_ms;
	rd_kafka_event_t *event;
	rd_kafka_resp_err_t code;

	while (!(event = rd_kafka_queue_poll(m->commits, 0)))
		if (!wait_for_event(m, false, until))
			return fail(m, "no answer to a commit", err);
	code = rd_kafka_event_error(event);
	note_committed(m, rd_kafka_event_topic_partition_list(event));
	rd_kafka_event_destroy(event);
	return code == RD_KAFKA_RESP_ERR_NO_ERROR || is_lost_to_rebalance(code) ||
	       fail_by(m, code, err);
}

static bool commit(struct kafka_mailbox *m, struct error *err)
{
	rd_kafka_topic_partition_list_t *list = all_partitions(m);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	bool some;

	for (int i = list->cnt - 1; i >= 0; i--)
		if (m->partitions[i].finished <= m->partitions[i].committed)
			rd_kafka_topic_partition_list_del_by_idx(list, i);
	some = list->cnt > 0;
	if (some)
		code = rd_kafka_commit_queue(m->consumer, list, m->commits, NULL, NULL);
	rd_kafka_topic_partition_list_destroy(list);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return fail_by(m, code, err);
	return !some || wait_for_commit(m, err);
}

/* Forgets finished mails up to the first of each partition that is not. */
static void collect_finished(struct kafka_mailbox *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->partition_count; i++)
		m->partitions[i].blocked = false;
	for (size_t i = 0; i < m->count; i++) {
		const struct held *held = &m->held[i];
		struct partition *partition = partition_of(m, held->partition);

		partition->blocked |= held->state != HELD_FINISHED;
		if (partition->blocked)
			m->held[kept++] = *held;
		else
			partition->finished = held->offset + 1;
	}
	m->count = kept;
}

/* The name is the same when the mail is delivered again. */
static bool keep_file(struct kafka_mailbox *m, const struct held *held, struct error *err)
{
	const rd_kafka_message_t *message = held->message;
	rd_kafka_timestamp_type_t type;
	char name[192];
	int directory;
	bool good;

	if (!maildir_folder_create(AT_FDCWD, m->settings->invalid_directory, &directory, err))
		return false;
	snprintf(name, sizeof(name), "%lld.P%dO%lld.%.100s:2,",
		 (long long)rd_kafka_message_timestamp(message, &type), (int)held->partition,
		 (long long)held->offset, m->settings->topic);
	good = replace_file(directory, name, (struct slice){ message->payload, message->len }, 0600,
			    err);
	close(directory);
	return good;
}

static void settle_held(struct kafka_mailbox *m, struct held *held,
			struct mail_settlement *settlement, struct error *why)
{
	held->state = HELD_KEPT;
	if (settlement->fate == MAIL_KEEP)
		return;
	/* Nothing is kept of a record without content. */
	if (settlement->fate == MAIL_INVALID && held->message->len > 0 && !m->settings->examine &&
	    !keep_file(m, held, why)) {
		settlement->refusal = why->text;
		return;
	}
	held->state = HELD_FINISHED;
	let_go(held);
}

static bool kafka_settle(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count,
			 struct error *err)
{
	struct kafka_mailbox *m = kafka_of(mailbox);

	for (size_t i = 0; i < count; i++) {
		const size_t position = position_of(m, settlements[i].id);

		settlements[i].refusal = NULL;
		/* The mails of a partition that was taken away are gone. */
		if (position < m->count && m->held[position].id == settlements[i].id)
			settle_held(m, &m->held[position], &settlements[i], &m->refusal);
	}
	collect_finished(m);
	return m->settings->examine || commit(m, err);
}

/* --- waiting ------------------------------------------------------------------ */

static bool idle(struct kafka_mailbox *m, int64_t until, struct error *err)
{
	bool received = false;

	while (!received && !wait_stopping() && clock_ms() < until) {
		const int64_t poll_at = clock_ms() + IDLE_POLL_MS;

		if (!receive(m, &received, err))
			return false;
		if (!received)
			(void)wait_for_event(m, true, poll_at < until ? poll_at : until);
	}
	return true;
}

static bool idle_paused(struct kafka_mailbox *m, int64_t until, struct error *err)
{
	rd_kafka_topic_partition_list_t *all = all_partitions(m);
	bool good;

	rd_kafka_pause_partitions(m->consumer, all);
	good = idle(m, until, err);
	rd_kafka_resume_partitions(m->consumer, all);
	rd_kafka_topic_partition_list_destroy(all);
	return good;
}

static bool kafka_wait(struct mailbox *mailbox, int64_t until, struct error *err)
{
	struct kafka_mailbox *m = kafka_of(mailbox);

	m->waited = true;
	if (m->full_at == 0)
		m->full_at = until;
	if (m->full_at < until)
		until = m->full_at;
	if (!fail_if_stalled(m, err) || (!m->settings->examine && !commit(m, err)))
		return false;
	if (!has_room(m))
		return idle_paused(m, until, err);
	return m->cut || idle(m, until, err);
}

/* A topic has no folders. */
static bool kafka_list(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take_name,
		       void *context, struct error *err)
{
	(void)mailbox, (void)folder, (void)take_name, (void)context, (void)err;
	return true;
}

struct mailbox *kafka_mailbox_new(const struct kafka_mailbox_settings *settings)
{
	static const struct mailbox_ops ops = {
		.name = "kafka",
		.open = kafka_open,
		.next = kafka_next,
		.settle = kafka_settle,
		.again = kafka_again,
		.wait = kafka_wait,
		.list = kafka_list,
		.close = kafka_close,
		.free = kafka_free,
	};
	struct kafka_mailbox *m = xcalloc(1, sizeof(*m));

	m->mailbox.ops = &ops;
	m->settings = settings;
	if (pipe2(m->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		abort(); /* out of descriptors at start */
	return &m->mailbox;
}
