/* reference.c - generates docs/fields.md, docs/quirks.md and docs/reasons.md
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/reference.h"

#include "ingest/document/field.h"
#include "ingest/report/quirk.h"
#include "ingest/report/reason.h"

static const char *type_name(enum field_type type)
{
	static const char *const names[] = {
		[FIELD_KEYWORD] = "keyword",     [FIELD_TEXT] = "text", [FIELD_LONG] = "long",
		[FIELD_DATE] = "date",           [FIELD_IP] = "ip",     [FIELD_BOOLEAN] = "boolean",
		[FIELD_GEO_POINT] = "geo_point",
	};

	return names[type];
}

static void print_kinds(unsigned kinds, FILE *out)
{
	const char *comma = "";

	if (kinds == IN_EVERY || kinds == IN_ALL) {
		fputs(kinds == IN_ALL ? "all but domain_check" : "all", out);
		return;
	}
	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++) {
		if (!(kinds & 1u << kind))
			continue;
		fprintf(out, "%s%s", comma, document_kind_name((enum document_kind)kind));
		comma = ", ";
	}
}

void fields_print(FILE *out)
{
	fputs("# Fields\n\n"
	      "Members of documents (`schema = ecs`), and which kinds of documents have them. This page is\n"
	      "printed by `reportbridge help fields`.\n\n"
	      "| field | type | documents | meaning |\n| --- | --- | --- | --- |\n",
	      out);
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		const struct field_info *field = field_info((enum field)i);

		fprintf(out, "| `%s` | %s | ", field->name, type_name(field->type));
		print_kinds(field->kinds, out);
		fprintf(out, " | %s |\n", field->meaning);
	}
}

void quirks_print(FILE *out)
{
	fputs("# Quirks\n\n"
	      "Tolerated deviations of a report from its format: values of\n"
	      "`report.quirks`. This page is printed by `reportbridge help quirks`.\n\n"
	      "| quirk | meaning |\n| --- | --- |\n",
	      out);
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		fprintf(out, "| `%s` | %s |\n", quirk_code((enum quirk)i),
			quirk_meaning((enum quirk)i));
}

void reasons_print(FILE *out)
{
	fputs("# Reasons\n\n"
	      "Why a mail, or a part of one, could not be used: `error.code` of feed documents, `reason` in\n"
	      "the log and in the metrics. This page is printed by `reportbridge help reasons`.\n\n"
	      "| reason | meaning |\n| --- | --- |\n",
	      out);
	for (const struct reason *reason = reasons; reason->code; reason++)
		fprintf(out, "| `%s` | %s |\n", reason->code, reason->meaning);
}
