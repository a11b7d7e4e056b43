/* fuzz_bulk_answer.c - any bytes as the answer of a search server
 *
 * SPDX-License-Identifier: MIT
 *
 * Every item is told once and in its order, gets one verdict that settles it
 * or keeps it, and none counts as stored that the server did not say it had.
 */
#include "base/utf8.h"
#include "output/bulk_answer.h"
#include "output/verdict.h"
#include "tests/fuzz/fuzz.h"

struct items {
	size_t count;
	uint64_t stored, duplicates;
};

static void on_item(void *context, size_t position, const struct bulk_answer_item *item)
{
	struct items *items = context;
	const char *cause;
	const enum verdict verdict = verdict_of_item(item->status, item->type, item->reason,
						     &cause);

	check(position == items->count++);
	check(item->status <= 999);
	check(item->type.size < BULK_ANSWER_TEXT && item->reason.size < BULK_ANSWER_TEXT);
	switch (verdict) {
	case VERDICT_STORED:
		check(item->status == 200 || item->status == 201);
		items->stored++;
		break;
	case VERDICT_DUPLICATE:
		check(item->status == 409);
		items->duplicates++;
		break;
	case VERDICT_REFUSED:
		/* or taken by a failure store */
		check(item->status == 200 || item->status == 201 ||
		      (item->status >= 400 && item->status != 429 && item->status != 403 &&
		       item->status != 401 && item->status != 408 && item->status != 409));
		break;
	default: check(verdict == VERDICT_RETRY || verdict == VERDICT_HOLD);
	}
	check((verdict == VERDICT_RETRY || verdict == VERDICT_HOLD) == (cause != NULL));
	check(verdict_name(verdict) != NULL);
}

/* A request that failed as a whole says nothing about its documents. */
static void check_request(const struct bulk_answer *answer)
{
	static const unsigned statuses[] = { 0,   200, 301, 400, 401, 403,
					     404, 408, 413, 429, 500, 503 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		const char *cause;
		const enum verdict verdict = verdict_of_request(statuses[i], slice_of(answer->type),
								slice_of(answer->reason), &cause);

		check(verdict == VERDICT_RETRY || verdict == VERDICT_SPLIT ||
		      verdict == VERDICT_STOP);
		check(statuses[i] < 429 || verdict == VERDICT_RETRY);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = { (const char *)data, size };
	struct items items = { 0 };
	const struct bulk_answer_handler handler = { on_item, &items };
	struct bulk_answer answer, silent;
	struct error err;
	const bool good = bulk_answer_read(text, &handler, &answer, &err);

	check(good || (err.class == ERROR_REJECT && err.reason));
	check(answer.items == items.count);
	/* whoever listens does not change what is heard */
	check(bulk_answer_read(text, NULL, &silent, &err) == good);
	check(silent.items == answer.items);
	check(strcmp(silent.type, answer.type) == 0 && strcmp(silent.reason, answer.reason) == 0);
	check(memchr(answer.type, 0, sizeof(answer.type)) != NULL);
	check_request(&answer);
	return 0;
}
