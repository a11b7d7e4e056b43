/* tenant_documents.c - the commands "tenant move" and "tenant export"
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "base/domain_name.h"
#include "bridge/commands/tenant_command.h"
#include "bridge/tenants/audit.h"
#include "bridge/tenants/export.h"
#include "bridge/tenants/move.h"

static void print_count(uint64_t count, const char *why)
{
	if (count > 0)
		printf("%ju %s\n", (uintmax_t)count, why);
}

static void print_move(const struct move *move)
{
	const uint64_t moved = move->fates[MOVED];

	for (unsigned kind = 0; kind < DOCUMENT_KINDS; kind++)
		if (move->kinds[kind] > 0)
			printf("%s: %ju\n", document_kind_name(kind), (uintmax_t)move->kinds[kind]);
	printf("%ju %s %s from %s to %s\n", (uintmax_t)moved, moved == 1 ? "document" : "documents",
	       move->only_count ? "to be moved" : "moved", move->rule.from, move->rule.to);
	print_count(move->fates[MOVED_OF_OTHERS],
		    "stay: they are about names below the domain that another tenant has");
	print_count(move->fates[MOVED_MIXED],
		    "stay: documents of kind feed about mails that held reports of other domains "
		    "too");
	print_count(move->taken, "stay: documents of kind feed about mails of which the new tenant "
				 "has a part already");
	print_count(move->fates[MOVED_UNKNOWN],
		    "stay: their ids cannot be made again from what they store");
}

/* The new tenant must own the domain in the configuration: otherwise run would store
 * tomorrow's reports for the old one. */
static bool check_domain(const struct tenant_line *line, struct config *config, struct move *move,
			 struct error *err)
{
	const char *owner;

	if (!line->domain)
		return true;
	if (!domain_normalise(&config->arena, slice_of(line->domain), &move->rule.domain))
		return error_set(err, ERROR_FATAL, "--domain: \"%.260s\" is no domain name",
				 line->domain);
	owner = tenant_of(config->tenant_table, move->rule.domain);
	return strcmp(owner, line->to) == 0 ||
	       error_set(err, ERROR_FATAL,
			 "%s belongs to tenant %s in the configuration, so new reports go there: "
			 "'reportbridge tenant add %s --domains %s' first",
			 line->domain, owner, line->to, line->domain);
}

static bool check_names(const struct tenant_line *line, const struct config *config,
			struct error *err)
{
	if (!tenant_name_valid(slice_of(line->from)) || !tenant_name_valid(slice_of(line->to)))
		return error_set(err, ERROR_FATAL, "--from and --to take names of tenants");
	if (strcmp(line->from, line->to) == 0)
		return error_set(err, ERROR_FATAL, "--from and --to are the same");
	if (!command_is_tenant(config, line->to))
		return error_set(err, ERROR_FATAL, "the configuration has no tenant %s", line->to);
	return true;
}

static bool move_all(const struct tenant_line *line, struct config *config, struct error *err)
{
	struct move move = {
		.rule = { .table = config->tenant_table, .from = line->from, .to = line->to },
		.has_since = line->has_since,
		.has_until = line->has_until,
		.since = line->since,
		.until = line->until,
		.only_count = line->print,
	};
	bool good = check_names(line, config, err) && check_domain(line, config, &move, err);
	size_t reached = 0;

	for (const struct output_config *o = &config->output; o && good; o = o->next) {
		if (o->type != OUTPUT_ELASTICSEARCH || o->naming.schema != SCHEMA_ECS) {
			printf("output %s: what it holds stays, %s\n", o->name,
			       o->type != OUTPUT_ELASTICSEARCH
				       ? "for it is no search server"
				       : "for documents of parsedmarc's schema do not hold what "
					 "their ids are made of");
			continue;
		}
		reached++;
		good = move_documents(&move, config, o, err);
	}
	if (!good && err->class == ERROR_FATAL && reached == 0)
		return false;
	print_move(&move);
	return good &&
	       (reached > 0 || error_set(err, ERROR_FATAL, "there is no output to move in"));
}

int tenant_move(const struct tenant_line *line, struct config *config)
{
	struct audit audit;
	struct error err;
	bool good;

	if (!line->from || !line->to || !line->domain == !line->all)
		return command_usage(line->command,
				     "give --from, --to, and --domain or (for all domains) --all");
	if (line->print)
		return move_all(line, config, &err) ? EXIT_DONE : command_failed(&err);
	if (!audit_begin(&audit, config, line->whole, &err))
		return command_failed(&err);
	good = move_all(line, config, &err);
	audit_end(&audit, good ? "done" : err.text);
	return good ? EXIT_DONE : command_failed(&err);
}

int tenant_export(const struct tenant_line *line, struct config *config)
{
	const struct output_config *output = tenant_output(line, config);
	struct audit audit;
	uint64_t count = 0;
	struct error err;
	bool good;

	if (!output)
		return EXIT_USAGE;
	if (!audit_begin(&audit, config, line->whole, &err))
		return command_failed(&err);
	good = export_tenant(config, output, line->name, line->file, &count, &err);
	if (good && count == 0 && !command_is_tenant(config, line->name))
		good = error_set(
			&err, ERROR_FATAL,
			"there is no tenant %s: none in the configuration, and no document",
			line->name);
	if (!good)
		error_context(&err, "the export is not complete");
	audit_end(&audit, good ? "done" : err.text);
	if (!good)
		return command_failed(&err);
	fprintf(line->file ? stdout : stderr, "%ju documents of tenant %s\n", (uintmax_t)count,
		line->name);
	return EXIT_DONE;
}
