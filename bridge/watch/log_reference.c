/* log_reference.c - generates docs/log.md
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/log_reference.h"

void log_reference_print(FILE *out)
{
	fputs("# Log\n\n"
	      "`reportbridge run` writes an event per line to standard error, as logfmt or JSON (option\n"
	      "`log_format`), down to the level `log_level`. This page is printed by `reportbridge help log`.\n\n"
	      "| event | level | meaning |\n| --- | --- | --- |\n",
	      out);
#define EVENT(name, level, meaning) fputs("| `" name "` | " level " | " meaning " |\n", out);
#define MEMBER(name, meaning)
#include "bridge/watch/log_table.h"
#undef EVENT
#undef MEMBER
	fputs("\n| member | meaning |\n| --- | --- |\n", out);
#define EVENT(name, level, meaning)
#define MEMBER(name, meaning) fputs("| `" name "` | " meaning " |\n", out);
#include "bridge/watch/log_table.h"
#undef EVENT
#undef MEMBER
}
