/* output_log.c - log lines about an output
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/wiring/output_log.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"

#define WAITS_QUIET_MS 60000
#define WARNING_QUIET_MS (60 * 60 * 1000)
#define WARNINGS_KNOWN 64

static void log_waiting(const struct error *why)
{
	static int64_t quiet_until;
	static uint64_t times;
	const int64_t now = clock_ms();

	times++;
	if (now < quiet_until)
		return;
	log_event(LOG_LEVEL_WARNING, "output-waits", LOG_TEXT("error", why->text),
		  LOG_NUMBER("times", times));
	quiet_until = now + WAITS_QUIET_MS;
	times = 0;
}

/* Every sink of a worker reports the same warning. The slot of a warning depends on its
 * text; a warning replaces the previous one in its slot. */
static void log_warning(const struct error *what)
{
	static struct {
		char text[sizeof(what->text)];
		int64_t quiet_until;
	} known[WARNINGS_KNOWN];
	const int64_t now = clock_ms();
	uint8_t digest[HASH_SIZE];
	struct hash hash;
	size_t place;

	hash_init(&hash);
	hash_field(&hash, slice_of(what->text));
	hash_end(&hash, digest);
	place = digest[0] % WARNINGS_KNOWN;
	if (strcmp(known[place].text, what->text) == 0 && now < known[place].quiet_until)
		return;
	log_event(LOG_LEVEL_WARNING, "output-warning", LOG_TEXT("error", what->text));
	memcpy(known[place].text, what->text, sizeof(what->text));
	known[place].quiet_until = now + WARNING_QUIET_MS;
}

void output_log_notice(enum sink_notice kind, const struct error *what)
{
	if (kind == SINK_WAITS)
		log_waiting(what);
	else
		log_warning(what);
}
