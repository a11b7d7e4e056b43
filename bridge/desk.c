/* desk.c - what it takes to work on mail, lent to those who have some
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/desk.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/key_cache.h"
#include "bridge/wiring.h"

/* Enough to keep a search server busy while others wait for their mailboxes. */
#define DESKS 8
/* A mail server that hangs in the middle of a round holds a desk until its
 * time is up.  Who waits for longer than this because of such ones gets a desk
 * that is made for the purpose, up to this many. */
#define PATIENCE_MS 1000
#define EXTRA_DESKS 24

void desks_init(struct desks *desks, struct config *config)
{
	*desks = (struct desks){ .config = config, .gate = { .free = DESKS } };
	wiring_ingest(config, &desks->settings);
	if (!config->bridge.verify_dkim)
		return;
	desks->keys = key_cache_new(config->bridge.dkim_name_servers);
	desks->settings.look_up_key = key_cache_look_up;
	desks->settings.key_context = desks->keys;
}

static struct outlet *outlets_new(struct config *config)
{
	struct outlet *first = NULL, **at = &first;

	for (const struct output_config *o = &config->output; o; o = o->next) {
		struct outlet *outlet = xcalloc(1, sizeof(*outlet));

		outlet_init(outlet, wiring_sink(config, o), &o->naming);
		outlet->name = o->name;
		outlet->bit = o->bit;
		outlet->required = o->required;
		*at = outlet;
		at = &outlet->next;
	}
	return first;
}

static void outlets_free(struct outlet *outlets)
{
	while (outlets) {
		struct outlet *outlet = outlets;
		struct sink *sink = outlet->sink;

		outlets = outlet->next;
		outlet_release(outlet);
		sink->ops->free(sink);
		free(outlet);
	}
}

static struct desk *desk_new(struct desks *desks)
{
	struct desk *desk = xcalloc(1, sizeof(*desk));

	desk->ingest = ingest_new(&desks->settings);
	desk->outlets = outlets_new(desks->config);
	batch_init(&desk->batches[0], desk->outlets);
	batch_init(&desk->batches[1], desk->outlets);
	return desk;
}

static void desk_free(struct desk *desk)
{
	batch_release(&desk->batches[0]);
	batch_release(&desk->batches[1]);
	outlets_free(desk->outlets);
	ingest_free(desk->ingest);
	free(desk);
}

void desks_release(struct desks *desks)
{
	while (desks->free) {
		struct desk *desk = desks->free;

		desks->free = desk->next;
		desk_free(desk);
	}
	key_cache_free(desks->keys);
}

static bool someone_hangs(const struct desks *desks)
{
	for (const struct desk *desk = desks->used; desk; desk = desk->next)
		if (desk->round->at_mailbox)
			return true;
	return false;
}

static void seat(struct desks *desks, struct desk *desk, struct round *round)
{
	desks->settings.now = clock_unix();
	desk->round = round;
	desk->next = desks->used;
	desks->used = desk;
	round->ingest = desk->ingest;
	round->filling = &desk->batches[0];
	round->posted = &desk->batches[1];
	round->filling->wanted = round->posted->wanted = round->outputs;
}

bool desks_borrow(struct desks *desks, struct round *round, struct desk **desk)
{
	while (!fiber_gate_enter(&desks->gate, clock_ms() + PATIENCE_MS)) {
		if (wait_stopping())
			return false;
		if (desks->extras == EXTRA_DESKS || !someone_hangs(desks))
			continue;
		desks->extras++;
		*desk = desk_new(desks);
		(*desk)->extra = true;
		seat(desks, *desk, round);
		return true;
	}
	*desk = desks->free;
	if (*desk)
		desks->free = (*desk)->next;
	else
		*desk = desk_new(desks);
	seat(desks, *desk, round);
	return true;
}

void desks_return(struct desks *desks, struct desk *desk)
{
	struct desk **link = &desks->used;

	while (*link != desk)
		link = &(*link)->next;
	*link = desk->next;
	if (desk->extra) {
		desks->extras--;
		desk_free(desk);
		return;
	}
	desk->next = desks->free;
	desks->free = desk;
	fiber_gate_leave(&desks->gate);
}
