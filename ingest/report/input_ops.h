/* input_ops.h - the interface that each kind of input implements
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_REPORT_INPUT_OPS_H
#define INGEST_REPORT_INPUT_OPS_H

#include "ingest/report/input.h"

/* Like the functions of the same names in input.h. */
struct input_ops {
	bool (*read)(struct input *input, char *buffer, size_t size, size_t *got,
		     struct error *err);
	bool (*rewind)(struct input *input, struct error *err);
	void (*close)(struct input *input);
	/* Both are NULL for a stream. */
	bool (*size)(struct input *input, uint64_t *size, struct error *err);
	bool (*read_at)(struct input *input, uint64_t at, char *buffer, size_t size, size_t *got,
			struct error *err);
};

/* The first member of each kind of input. */
struct input {
	const struct input_ops *ops;
};

#endif
