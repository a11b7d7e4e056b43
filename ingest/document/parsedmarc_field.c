/* SPDX-License-Identifier: MIT */
#include "ingest/document/parsedmarc_field.h"

static const struct field_info fields[PARSEDMARC_FIELD_COUNT] = {
/* clang-format off */
#define FIELD(id, name, type, kinds, meaning) \
	{ name, sizeof(name) - 1, "\"" name "\":", FIELD_##type, kinds, meaning },
/* clang-format on */
#include "ingest/document/parsedmarc_field_table.h"
#undef FIELD
};

const struct field_info *parsedmarc_field_info(enum parsedmarc_field field)
{
	return &fields[field];
}
