/* drip.c - an input that gives at most step bytes at a time
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/drip.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/report/input_ops.h"

struct drip {
	struct input input;
	struct slice bytes;
	size_t at, step;
};

static bool drip_read(struct input *input, char *buffer, size_t size, size_t *got,
		      struct error *err)
{
	struct drip *drip = (struct drip *)input;
	const size_t left = drip->bytes.size - drip->at;

	(void)err;
	*got = size < drip->step ? size : drip->step;
	if (*got > left)
		*got = left;
	if (*got > 0)
		memcpy(buffer, drip->bytes.data + drip->at, *got);
	drip->at += *got;
	return true;
}

static bool drip_rewind(struct input *input, struct error *err)
{
	(void)err;
	((struct drip *)input)->at = 0;
	return true;
}

static void drip_close(struct input *input)
{
	free(input);
}

struct input *drip_open(struct slice bytes, size_t step)
{
	static const struct input_ops ops = {
		.read = drip_read,
		.rewind = drip_rewind,
		.close = drip_close,
	};
	struct drip *drip = xcalloc(1, sizeof(*drip));

	drip->input.ops = &ops;
	drip->bytes = bytes;
	drip->step = step;
	return &drip->input;
}
