/* imap_fetch.c - fetches sizes and bodies of many mails per command
 *
 * SPDX-License-Identifier: MIT
 *
 * Bodies are collected as they arrive and stored one after the other, so that
 * memory use is the size of the bodies and not seven times that.  libetpan does
 * not report which mail a chunk belongs to, and hides a refusal that follows
 * some of the data: only a body with a requested UID counts.
 */
#include <stdlib.h>

#include <libetpan/mailimap.h>

#include "base/cleanup.h"
#include "mailbox/imap_session.h"

DEFINE_CLEANUP(struct mailimap_set *, mailimap_set_free)
DEFINE_CLEANUP(struct mailimap_fetch_type *, mailimap_fetch_type_free)
DEFINE_CLEANUP(clist *, mailimap_fetch_list_free)

/* Requests the UID and one more attribute, which it takes over. */
static struct mailimap_fetch_type *uid_and(struct mailimap_fetch_att *attribute)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	struct mailimap_fetch_att *uid = mailimap_fetch_att_new_uid();

	if (!type || !uid || !attribute ||
	    mailimap_fetch_type_new_fetch_att_list_add(type, uid) != MAILIMAP_NO_ERROR ||
	    mailimap_fetch_type_new_fetch_att_list_add(type, attribute) != MAILIMAP_NO_ERROR)
		abort();
	return type;
}

static struct imap_body *find_mail(struct imap_body *mails, size_t count, uint32_t uid)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (mails[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && mails[low].uid == uid ? &mails[low] : NULL;
}

/* The attributes of interest in an answer; zero or NULL if missing. */
struct attributes {
	uint32_t uid, size;
	bool has_size;
	const struct mailimap_msg_att_body_section *body;
};

static void read_attributes(const struct mailimap_msg_att *answer, struct attributes *found)
{
	*found = (struct attributes){ 0 };
	for (clistiter *i = clist_begin(answer->att_list); i; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *fixed = item->att_data.att_static;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		if (fixed->att_type == MAILIMAP_MSG_ATT_UID) {
			found->uid = fixed->att_data.att_uid;
		} else if (fixed->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) {
			found->size = fixed->att_data.att_rfc822_size;
			found->has_size = true;
		} else if (fixed->att_type == MAILIMAP_MSG_ATT_BODY_SECTION) {
			found->body = fixed->att_data.att_body_section;
		}
	}
}

static void note_failure(struct imap_session *session, int code, struct imap_fetched *fetched)
{
	fetched->failed = code != MAILIMAP_NO_ERROR;
	if (fetched->failed)
		imap_session_failed(session, IMAP_STEP_FETCH, code, &fetched->why);
}

/* --- sizes ------------------------------------------------------------------ */

static void note_size(const struct imap_session *session, struct imap_body *mail, uint32_t size)
{
	mail->size = size;
	if (size > session->settings->max_mail_bytes)
		mail->state = IMAP_BODY_TOO_LARGE;
}

void imap_fetch_sizes(struct imap_session *session, struct imap_body *mails, size_t count,
		      size_t most, struct imap_fetched *fetched)
{
	cleanup(mailimap_set_free) struct mailimap_set *set = NULL;
	cleanup(mailimap_fetch_type_free) struct mailimap_fetch_type *type = NULL;
	cleanup(mailimap_fetch_list_free) clist *answers = NULL;
	uint32_t uids[IMAP_BATCH_MAILS];
	struct uid_range ranges[UID_RANGES_MAX];
	size_t range_count, taken = 0;
	int code;

	for (; taken < count && taken < most && taken < IMAP_BATCH_MAILS; taken++)
		uids[taken] = mails[taken].uid;
	taken = uids_to_ranges(uids, taken, ranges, &range_count);
	*fetched = (struct imap_fetched){ .asked = taken, .passed = taken };
	set = imap_session_set(ranges, range_count);
	type = uid_and(mailimap_fetch_att_new_rfc822_size());
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_uid_fetch(session->im, set, type, &answers);
	if (code != MAILIMAP_NO_ERROR)
		answers = NULL; /* freed by libetpan */
	for (clistiter *i = answers ? clist_begin(answers) : NULL; i; i = clist_next(i)) {
		struct attributes found;
		struct imap_body *mail;

		read_attributes(clist_content(i), &found);
		mail = find_mail(mails, taken, found.uid);
		if (mail && found.has_size)
			note_size(session, mail, found.size);
	}
	note_failure(session, code, fetched);
}

/* --- bodies ----------------------------------------------------------------- */

struct collector {
	struct imap_body *mails;
	size_t count;
	size_t most; /* limit of one mail, in bytes */
	struct strbuf *buffer;
	size_t start;    /* start of the current mail in the buffer */
	size_t length;   /* bytes of it so far */
	bool is_dropped; /* its remaining bytes: no room */
	size_t received; /* complete mails */
};

static void collect_bytes(struct collector *collector, const char *bytes, size_t length)
{
	struct strbuf *buffer = collector->buffer;

	collector->length += length;
	if (!collector->is_dropped && collector->length <= collector->most)
		strbuf_add(buffer, bytes, length);
	if (collector->length > collector->most || buffer->overflowed)
		collector->is_dropped = true;
	if (collector->is_dropped)
		strbuf_cut(buffer, collector->start);
}

/* Always returns true: false would break the connection because of one mail. */
static bool on_body_bytes(int type, struct mailimap_msg_att_body_section *section,
			  const char *bytes, size_t length, void *context)
{
	(void)section;
	if (type == MAILIMAP_MSG_ATT_BODY_SECTION)
		collect_bytes(context, bytes, length);
	return true;
}

/* An empty body counts only if the size is 0 too. */
static void take_body(struct collector *collector, struct imap_body *mail,
		      const struct mailimap_msg_att_body_section *body)
{
	const bool is_empty = collector->length == 0 && (mail->size > 0 || !body->sec_body_part);

	if (collector->length > collector->most) {
		mail->state = IMAP_BODY_TOO_LARGE;
		mail->certain = true;
	} else if (is_empty || collector->is_dropped) {
		mail->answered = true;
	} else {
		mail->state = IMAP_BODY_RECEIVED;
		mail->offset = collector->start;
		mail->length = collector->length;
		collector->received++;
	}
}

/* Called when a mail is complete and its UID is known. */
static void on_mail(struct mailimap_msg_att *answer, void *context)
{
	struct collector *collector = context;
	struct attributes found;
	struct imap_body *mail;

	read_attributes(answer, &found);
	mail = find_mail(collector->mails, collector->count, found.uid);
	if (mail && mail->state == IMAP_BODY_WANTED && found.body &&
	    found.body->sec_origin_octet == 0)
		take_body(collector, mail, found.body);
	if (!mail || mail->state != IMAP_BODY_RECEIVED || mail->offset != collector->start)
		strbuf_cut(collector->buffer, collector->start);
	collector->start = collector->buffer->len;
	collector->length = 0;
	collector->is_dropped = false;
}

/* libetpan calls the mail handler only if a progress callback is set. */
static void no_progress(size_t current, size_t maximum, void *context)
{
	(void)current;
	(void)maximum;
	(void)context;
}

static int fetch_streaming(struct mailimap *im, struct mailimap_set *set,
			   struct mailimap_fetch_type *type, struct collector *collector)
{
	clist *answers = NULL;
	int code;

	mailimap_set_progress_callback(im, no_progress, no_progress, NULL);
	mailimap_set_msg_body_handler(im, on_body_bytes, collector);
	mailimap_set_msg_att_handler(im, on_mail, collector);
	code = mailimap_uid_fetch(im, set, type, &answers);
	mailimap_set_msg_att_handler(im, NULL, NULL);
	mailimap_set_msg_body_handler(im, NULL, NULL);
	mailimap_set_progress_callback(im, NULL, NULL, NULL);
	/* After a refusal libetpan leaves a dangling pointer. */
	if (code == MAILIMAP_NO_ERROR && answers)
		mailimap_fetch_list_free(answers);
	return code;
}

struct batch {
	uint32_t uids[IMAP_BATCH_MAILS];
	size_t count;
	uint64_t bytes; /* according to the reported sizes */
	size_t passed;  /* mails considered */
};

/* Selects the next mails to fetch: at least one, whatever its size. */
static void choose_batch(const struct imap_body *mails, size_t count, size_t most,
			 struct batch *batch)
{
	size_t i;

	batch->count = batch->bytes = 0;
	for (i = 0; i < count && batch->count < most && batch->count < IMAP_BATCH_MAILS; i++) {
		if (mails[i].state != IMAP_BODY_WANTED || mails[i].alone)
			continue;
		if (batch->count > 0 && batch->bytes + mails[i].size > IMAP_BATCH_BYTES)
			break;
		batch->uids[batch->count++] = mails[i].uid;
		batch->bytes += mails[i].size;
	}
	batch->passed = i;
}

/* Uses as many ranges as fit one command; the mails after them are not counted as
 * passed. */
static struct mailimap_set *set_of_batch(struct batch *batch, const struct imap_body *mails)
{
	struct uid_range ranges[UID_RANGES_MAX];
	size_t range_count;
	const size_t taken = uids_to_ranges(batch->uids, batch->count, ranges, &range_count);

	while (taken < batch->count && mails[batch->passed - 1].uid >= batch->uids[taken])
		batch->passed--;
	batch->count = taken;
	return imap_session_set(ranges, range_count);
}

/* Some servers report half the size, or none.  A single mail may have any permitted
 * size. */
static void allow_bodies(struct imap_session *session, const struct batch *batch)
{
	const uint64_t expected = 2 * batch->bytes + 2 * IMAP_ANSWER_BYTES;
	const uint64_t largest = session->settings->max_mail_bytes + IMAP_ANSWER_BYTES;
	const bool more = batch->count == 1 && largest > expected;

	imap_session_allow_more(session, expected, more ? largest : expected);
}

static void fetch(struct imap_session *session, struct imap_body *mails, size_t count,
		  struct batch *batch, struct strbuf *buffer, struct imap_fetched *fetched)
{
	cleanup(mailimap_set_free) struct mailimap_set *set = set_of_batch(batch, mails);
	cleanup(mailimap_fetch_type_free) struct mailimap_fetch_type *type = uid_and(
		mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL)));
	struct collector collector = { .mails = mails,
				       .count = count,
				       .most = session->settings->max_mail_bytes,
				       .buffer = buffer,
				       .start = buffer->len };

	fetched->asked = batch->count;
	allow_bodies(session, batch);
	note_failure(session, fetch_streaming(session->im, set, type, &collector), fetched);
	strbuf_cut(buffer, collector.start);
	fetched->received = collector.received;
	fetched->passed = batch->passed;
	if (fetched->failed && batch->count == 1 &&
	    transport_announced_too_much(session->transport)) {
		struct imap_body *mail = find_mail(mails, count, batch->uids[0]);

		mail->state = IMAP_BODY_TOO_LARGE;
		mail->certain = true;
	}
}

void imap_fetch_bodies(struct imap_session *session, struct imap_body *mails, size_t count,
		       size_t most, struct strbuf *buffer, struct imap_fetched *fetched)
{
	struct batch batch;

	choose_batch(mails, count, most, &batch);
	*fetched = (struct imap_fetched){ .passed = batch.passed };
	if (batch.count > 0)
		fetch(session, mails, count, &batch, buffer, fetched);
}

void imap_fetch_body(struct imap_session *session, struct imap_body *mail, struct strbuf *buffer,
		     struct imap_fetched *fetched)
{
	struct batch batch = {
		.uids = { mail->uid }, .count = 1, .bytes = mail->size, .passed = 1
	};

	*fetched = (struct imap_fetched){ .passed = 1 };
	mail->answered = false;
	fetch(session, mail, 1, &batch, buffer, fetched);
}

void imap_fetch_probe(struct imap_session *session, struct imap_body *mail,
		      struct imap_fetched *fetched)
{
	const size_t limit = session->settings->max_mail_bytes;
	const struct uid_range range = { mail->uid, mail->uid };
	cleanup(mailimap_set_free) struct mailimap_set *set = imap_session_set(&range, 1);
	cleanup(mailimap_fetch_type_free) struct mailimap_fetch_type *type = NULL;
	cleanup(mailimap_fetch_list_free) clist *answers = NULL;
	struct attributes found = { 0 };
	int code;

	*fetched = (struct imap_fetched){ .asked = 1, .passed = 1 };
	if (limit > UINT32_MAX)
		return;
	type = uid_and(mailimap_fetch_att_new_body_peek_section_partial(mailimap_section_new(NULL),
									(uint32_t)limit, 1));
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_uid_fetch(session->im, set, type, &answers);
	if (code != MAILIMAP_NO_ERROR)
		answers = NULL; /* freed by libetpan */
	for (clistiter *i = answers ? clist_begin(answers) : NULL; i; i = clist_next(i)) {
		read_attributes(clist_content(i), &found);
		/* Empty, or the server does not support partial fetch and sent the
		 * whole body. */
		if (found.uid == mail->uid && found.body &&
		    (found.body->sec_origin_octet == 0 || found.body->sec_length == 0))
			mail->state = IMAP_BODY_WANTED;
	}
	note_failure(session, code, fetched);
}
