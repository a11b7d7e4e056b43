/* SPDX-License-Identifier: MIT */
#include "ingest/document/field.h"

static const struct field_info fields[FIELD_COUNT] = {
/* clang-format off */
#define FIELD(id, name, type, kinds, meaning) { name, sizeof(name) - 1, FIELD_##type, kinds, meaning },
/* clang-format on */
#include "ingest/document/field_table.h"
#undef FIELD
};

const struct field_info *field_info(enum field field)
{
	return &fields[field];
}
