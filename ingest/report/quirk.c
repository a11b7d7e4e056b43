/* SPDX-License-Identifier: MIT */
#include "ingest/report/quirk.h"

static const struct {
	const char *code, *meaning;
} quirks[QUIRK_COUNT] = {
#define QUIRK(id, code, meaning) { code, meaning },
#include "ingest/report/quirk_table.h"
#undef QUIRK
};

const char *quirk_code(enum quirk quirk)
{
	return quirks[quirk].code;
}

const char *quirk_meaning(enum quirk quirk)
{
	return quirks[quirk].meaning;
}
