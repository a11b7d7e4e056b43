/* SPDX-License-Identifier: MIT */
#include "ingest/document/field.h"

const struct field_info field_infos[FIELD_COUNT] = {
/* clang-format off */
#define FIELD(id, name, type, kinds, meaning) \
	{ name, sizeof(name) - 1, "\"" name "\":", FIELD_##type, kinds, meaning },
/* clang-format on */
#include "ingest/document/field_table.h"
#undef FIELD
};
