/* outbox.c - stores a message, sends it, and deletes it once accepted
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/outbox.h"

#include <stdlib.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "bridge/tell/delivery.h"
#include "bridge/tell/notice.h"

/* --- ids ----------------------------------------------------------------------------- */

/* The order of changes may differ between runs; the id must not depend on it. */
static int by_finding(const void *a, const void *b)
{
	const struct told *x = (*(const struct change *const *)a)->told;
	const struct told *y = (*(const struct change *const *)b)->told;
	const int order = slice_compare(x->what.scope, y->what.scope);

	return order != 0 ? order : slice_compare(x->what.key, y->what.key);
}

void outbox_id(const struct tell_store *store, const char *recipient, const struct change *changes,
	       size_t count, int64_t number, char id[static HASH_ID_SIZE])
{
	const struct change **sorted = xcalloc(count + 1, sizeof(*sorted));
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	for (size_t i = 0; i < count; i++)
		sorted[i] = &changes[i];
	qsort(sorted, count, sizeof(*sorted), by_finding);
	hash_init(&hash);
	hash_field(&hash, slice_of(store->kind));
	hash_field(&hash, slice_of(store->section));
	hash_field(&hash, slice_of(recipient));
	hash_uint(&hash, (uint64_t)number);
	for (size_t i = 0; i < count; i++) {
		hash_field(&hash, sorted[i]->told->what.scope);
		hash_field(&hash, sorted[i]->told->what.key);
		hash_field(&hash, slice_of(change_kind_name(sorted[i]->kind)));
		hash_uint(&hash, (uint64_t)sorted[i]->told->since);
	}
	hash_end(&hash, digest);
	hash_id(digest, id);
	free(sorted);
}

static void digest_channel(const struct channel *channel, char id[static HASH_ID_SIZE])
{
	const struct notify_config *webhook = channel->webhook;
	uint8_t digest[HASH_SIZE];
	struct hash hash;

	hash_init(&hash);
	hash_field(&hash, slice_of(webhook ? webhook->url : channel->config->mail.from));
	hash_uint(&hash, webhook ? webhook->form : 0);
	for (const char *const *to = channel->to; to && *to; to++)
		hash_field(&hash, slice_of(*to));
	hash_end(&hash, digest);
	hash_id(digest, id);
}

/* --- store and send ------------------------------------------------------------------ */

bool outbox_put(const struct tell_store *store, const char *recipient, struct tell_state *state,
		const struct channel *channel, const struct change *changes, size_t count,
		const struct outgoing *message, struct error *err)
{
	struct outgoing put = *message;
	char target[HASH_ID_SIZE];

	digest_channel(channel, target);
	put.target = slice_of(target);
	tell_state_begin(state, changes, count, &put);
	if (!tell_store_write(store, recipient, state, err))
		return false;
	step_reached("written");
	return true;
}

static bool deliver(const struct channel *channel, const struct outgoing *message,
		    struct error *err)
{
	const struct notify_config *webhook = channel->webhook;
	struct strbuf url;
	bool good;

	if (!webhook)
		return delivery_mail(&channel->config->mail, channel->to, message->body, err);
	strbuf_init(&url, 64 << 10);
	notice_url(webhook->form, webhook->url, &url);
	good = delivery_post(webhook, url.buf, message->id, message->body, err);
	strbuf_release(&url);
	return good;
}

bool outbox_send(const struct tell_store *store, const char *recipient, struct tell_state *state,
		 const struct channel *channel, int64_t now, bool *sent, struct error *err)
{
	char target[HASH_ID_SIZE];
	bool may = true;

	*sent = false;
	if (state->message.id.size == 0)
		return true;
	digest_channel(channel, target);
	if (!slice_is(state->message.target, target)) {
		tell_state_withdraw(state);
		return tell_store_write(store, recipient, state, err);
	}
	if (channel->max_per_hour > 0 &&
	    !tell_store_count(store, channel->max_per_hour, now, &may, err))
		return false;
	if (!may)
		return true;
	if (!deliver(channel, &state->message, err))
		return false;
	step_reached("accepted");
	*sent = true;
	tell_state_accept(state, now);
	if (!tell_store_write(store, recipient, state, err))
		return false;
	step_reached("noted");
	return true;
}
