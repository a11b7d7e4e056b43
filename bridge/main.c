/* main.c - the command line
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "base/descriptors.h"
#include "base/nearest.h"
#include "base/strbuf.h"
#include "base/version.h"
#include "bridge/commands/command.h"
#include "bridge/commands/version.h"
#include "bridge/config/option.h"
#include "bridge/report/domain_print.h"
#include "bridge/report/reference.h"
#include "bridge/watch/log_reference.h"
#include "bridge/watch/metrics.h"

/* clang-format off */
static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *summary;
	const char *help;
} commands[] = {
	{ "run", command_run, "-c FILE [--once [--dry-run]] [--reread FOLDER]", "fetch report mail and store it",
	  "Polls every mailbox of the configuration until SIGTERM or\n"
	  "SIGINT; with --once, until each of them is drained. With --dry-run every mail\n"
	  "stays where it is; its documents are still stored.\n\n"
	  "  --reread FOLDER    once, instead of the folders of the configuration: store\n"
	  "                     what the mails of this folder and of those below it hold, of any\n"
	  "                     age. Nothing is moved; what is stored already is a duplicate\n\n"
	  "SIGHUP reads the configuration again and keeps the old one if the new one has\n"
	  "errors; SIGUSR1 logs the counters.\n" },
	{ "parse", command_parse, "[--format FORMAT] PATH...", "turn report files into documents",
	  "Reads mails, reports, archives, mailbox files and directories ('-': standard\n"
	  "input). Needs no server and no configuration.\n\n"
	  "  --format ndjson    one JSON document per line (the default)\n"
	  "  --format summary   is mail being lost, since when, where and why; who reported\n"
	  "  --format html      the same as one self-contained page, with plots\n"
	  "  --format json      the same for programs: docs/report.schema.json\n"
	  "  --by-tenant        json: a report for each tenant; summary, html: a line for each\n"
	  "  --fail-on SEVERITY exit status 4 at a finding of that severity (critical, warning,\n"
	  "                     notice) or a worse one\n"
	  "  --service NAME     name shown on the page, and --logo FILE beside it\n"
	  "  --no-color         no colours in the summary; so does NO_COLOR\n"
	  "  --max-unpacked N   most MiB one file may unpack to, instead of 256\n"
	  "  --verify-dkim      verify signatures of mails: asks the name servers of the\n"
	  "                     system, or --verify-dkim=ADDRESS[:PORT],...\n" },
	{ "report", command_report, "-c FILE [OPTIONS]", "what the stored reports say, as a page",
	  "Reads the stored documents back from the output and says whether mail is being\n"
	  "lost, since when, where and why: a self-contained page on standard output.\n\n"
	  "  --tenant NAME      only this tenant\n"
	  "  --since 30d        periods that begin so many days ago or later (4w: weeks), or from a\n"
	  "                     date\n"
	  "  --format html      the page (the default)\n"
	  "  --format summary   the same for a terminal\n"
	  "  --format json      the same for programs: docs/report.schema.json\n"
	  "  --by-tenant        json: a report for each tenant; page, summary: a line for each\n"
	  "  --fail-on SEVERITY exit status 4 at a finding of that severity (critical, warning,\n"
	  "                     notice) or a worse one\n"
	  "  --directory DIR    with --by-tenant: a page for each tenant, DIR/NAME.html; with\n"
	  "                     --index also one about all tenants, DIR/all-tenants.html\n"
	  "  --mail ADDRESS     send the first screen as a mail, with the page attached\n"
	  "  --service NAME     name shown on the page, and --logo FILE beside it\n"
	  "                     (default: those of [service])\n"
	  "  --no-color         no colours in the summary; so does NO_COLOR\n" },
	{ "domain", command_domain, "[OPTIONS] NAME...", "what domains publish, and what is wrong with it",
	  "Looks up DMARC, SPF, DKIM, MTA-STS, TLSRPT, MX and DANE of each domain, validates\n"
	  "DNSSEC, fetches the MTA-STS policy, and says what is wrong and what to publish.\n"
	  "'reportbridge help findings' lists all codes.\n\n"
	  "  -c FILE --all      all domains of the configuration's tenants\n"
	  "  -c FILE --tenant N those of one tenant\n"
	  "  --store            store a document per domain, day and state, with what changed, and\n"
	  "                     print only a count (contrib/reportbridge-domain.timer)\n"
	  "  --probe            connect to each MX host (port 25) and examine its certificate\n"
	  "  --reports FILE     documents of reports (what parse prints): read together with the\n"
	  "                     records; names the DKIM selectors in use too\n"
	  "  -c FILE --with-reports  the same with the stored reports of the last 90 days\n"
	  "  --selector NAME    a DKIM selector in use; may be repeated\n"
	  "  --rua ADDRESS      your report mailbox, for suggested records\n"
	  "  --format text      for a terminal (the default)\n"
	  "  --format json      an object per line\n"
	  "  --format html      a page\n"
	  "  --fail-on SEVERITY exit status 4 at a finding of that severity (critical, warning,\n"
	  "                     notice) or a worse one\n"
	  "  --name-server A[@P] resolver to query instead of the system's\n"
	  "  --trust-anchor F   root keys (DNSSEC) instead of the system's\n"
	  "  --ca-file FILE     trusted certificates instead of the system's\n"
	  "  --helo NAME        name in EHLO for --probe\n"
	  "  --jobs N           domains checked at once (default: 20)\n"
	  "  --no-color         no colours in text; so does NO_COLOR\n" },
	{ "records", command_records, "--rua ADDRESS [OPTIONS] [NAME...]", "which records to publish for the reports",
	  "Prints, as a zone file, what each domain must publish so that its reports reach\n"
	  "ADDRESS: DMARC (with the present policy), TLSRPT, MTA-STS with its policy file, TLSA\n"
	  "with --probe; and what the zone of ADDRESS must publish. Existing records are comments.\n\n"
	  "  -c FILE --all      all domains of the configuration's tenants\n"
	  "  -c FILE --tenant N those of one tenant\n"
	  "  --probe            TLSA records from the certificates of the MX hosts\n"
	  "  and --name-server, --trust-anchor, --ca-file, --helo and --jobs of 'domain'\n" },
	{ "senders", command_senders, "-c FILE [--tenant T] [--since T]", "who sends mail using your domain",
	  "Reads the stored aggregate reports back and lists who sent: volume, share aligned by\n"
	  "SPF and by DKIM, share that passed DMARC, first and last day, and whether the sender\n"
	  "is approved ([tenant] senders), known or unknown; new ones were first seen in the\n"
	  "last seven days. The last line approves the known senders.\n\n"
	  "  --tenant NAME      only this tenant\n"
	  "  --since 30d        periods that begin so many days ago or later (4w: weeks), or from a\n"
	  "                     date\n" },
	{ "enrich", command_enrich, "-c FILE [--tenant T] [--since T]", "complete documents without names",
	  "Completes documents that were stored before the name of their source was known\n"
	  "(source.enrichment is partial): looks the names up again, decides who sent, and\n"
	  "updates the documents. Those whose name is still unknown stay as they are. Logs in by\n"
	  "the setup_... keys, or as run does; the login needs read and write on the indices. Can\n"
	  "be stopped at any time and repeated.\n\n"
	  "  --tenant NAME      only this tenant\n"
	  "  --since 30d        periods that begin so many days ago or later (4w: weeks), or from a\n"
	  "                     date (default: 30d)\n" },
	{ "setup", command_setup, "-c FILE [OPTIONS]", "prepare the search server",
	  "Writes index templates, lifecycle policies, roles, Kibana spaces, dashboards and\n"
	  "alert rules. Logs in by the setup_... keys, or as run does.\n\n"
	  "  --print            show what would be sent instead\n"
	  "  --force            overwrite what a person changed or a newer version wrote\n"
	  "  --yes              rebuild indices that were created without our templates\n"
	  "  --tenant NAME      set up only this tenant\n"
	  "  --write-key FILE   create the login of run, an API key (on OpenSearch an internal user\n"
	  "                     with a password), and write it to a file of mode 0600\n" },
	{ "tenant", command_tenant, "add|move|export|delete|list -c FILE", "add, move and delete tenants",
	  "add NAME --domains A,B   write the domains into the tenants_file and reload the running\n"
	  "                         bridge; refuses public suffixes and domains of other tenants\n"
	  "    --force              also domains below or above those of other tenants\n"
	  "    --setup              then 'setup --tenant NAME'\n"
	  "    --reader user        the same, and create a login for its role, user or api-key, and\n"
	  "                         show it once\n"
	  "move                     give documents of one tenant to another: copy them under new\n"
	  "                         ids, compare, delete; can be stopped and repeated\n"
	  "    --from A --to B      --from unclaimed: those from before a customer was added\n"
	  "    --domain D           those about D and names below it; --all: about any domain\n"
	  "    --since T, --until T periods that begin at T or later; before T\n"
	  "    --print              count them instead\n"
	  "export NAME              print all documents as JSON lines, or fail\n"
	  "    --file PATH          to a file instead of standard output\n"
	  "delete NAME              show everything that belongs to a tenant no longer configured:\n"
	  "                         indices, templates, roles, logins, Kibana space, dead letters\n"
	  "    --yes                delete it\n"
	  "list                     count domains, indices and documents of each tenant\n"
	  "    --output NAME        export, list: of this search server instead of the first\n\n"
	  "audit.log in the state directory says who did what, and when.\n" },
	{ "dead-letter", command_dead_letter, "list|replay -c FILE [--format FORMAT]",
	  "documents the server refused",
	  "list     shows the documents that the server refused: how many of which index, and why\n"
	  "replay   posts them again, after a fix; stored documents leave the list\n\n"
	  "  --format table     counts (the default)\n"
	  "  --format ndjson    list: each document, with the reason\n" },
	{ "retention", command_retention, "-c FILE [--print]", "delete indices past their retention",
	  "Deletes indices whose period ended longer ago than the retention of their tenant;\n"
	  "--print shows them instead. For servers without lifecycle management, and for\n"
	  "schema = parsedmarc. Logs in as setup does.\n" },
	{ "delete-tenant", command_delete_tenant, "NAME -c FILE [--yes]",
	  "the same as 'tenant delete'",
	  "Shows everything that belongs to a tenant no longer configured; with --yes it\n"
	  "deletes that. See 'reportbridge help tenant'.\n" },
	{ "notify", command_notify, "-c FILE", "send changes by mail or webhook",
	  "Reads the stored documents back, asks the running bridge for its status, and sends\n"
	  "findings that are new, worse or resolved since the last run, as the sections\n"
	  "[notify NAME] say: one message per tenant. For a timer\n"
	  "(contrib/reportbridge-notify.timer) or [schedule]. The state directory records what was\n"
	  "sent. Logs in by the reader_... keys, or as run does. Exit status 3: a server could not\n"
	  "be reached; the message goes out in the next run.\n" },
	{ "digest", command_digest, "-c FILE", "mail each tenant a weekly or monthly summary",
	  "Sends each tenant of [digest NAME] the digest that is due: the first screen of the page\n"
	  "as a mail, what has changed since the last digest, and the page attached. One is due at\n"
	  "the beginning of each week or month. For a timer (contrib/reportbridge-digest.timer) or\n"
	  "[schedule]; logs in and ends as notify does.\n" },
	{ "login", command_login, "MAILBOX -c FILE", "get a refresh token for a mailbox (OAuth)",
	  "Shows an address and a code. Open the address in a browser anywhere, log in as the\n"
	  "mailbox's user, and enter the code; the command writes the refresh token to\n"
	  "refresh_token_file. MAILBOX is the name in [mailbox NAME], which needs device_url,\n"
	  "token_url, client_id and refresh_token_file (RFC 8628).\n" },
	{ "status", command_status, "-c FILE", "what a running bridge is doing",
	  "Asks 'reportbridge run' of the same configuration: state, backlog and last error of\n"
	  "each mailbox and output. Exit status 0: every mailbox and every required output is\n"
	  "served; 3: something is not, or no bridge answers.\n" },
	{ "check", command_check, "-c FILE", "test the configuration",
	  "Checks the configuration, logs in at every mailbox and at the output, and says\n"
	  "what run would do with the first 50 mails. Changes neither mails nor documents.\n" },
};
/* clang-format on */

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_built(void (*build)(struct strbuf *out), FILE *out)
{
	struct strbuf text;

	strbuf_init(&text, 65536);
	build(&text);
	fputs(text.buf, out);
	strbuf_release(&text);
}

static void configuration_print(FILE *out)
{
	print_built(options_explain, out);
}

static void metrics_print(FILE *out)
{
	print_built(metrics_explain, out);
}

/* Topics that "help" explains besides the commands; docs/NAME.md are generated from all
 * but the first. */
/* clang-format off */
static const struct reference {
	const char *name;
	void (*print)(FILE *out);
} references[] = {
	{ "configuration", configuration_print }, { "fields", fields_print },
	{ "quirks", quirks_print },		  { "reasons", reasons_print },
	{ "findings", domain_codes_print },	  { "metrics", metrics_print },
	{ "log", log_reference_print },
};
/* clang-format on */

#define REFERENCE_COUNT (sizeof(references) / sizeof(references[0]))

static void print_usage(FILE *out)
{
	fputs("usage: reportbridge COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-13s %-38s %s\n", commands[i].name, commands[i].arguments,
			commands[i].summary);
	fputs("\n'reportbridge help COMMAND' explains a command; 'help configuration' lists the "
	      "options of\n"
	      "the configuration file, and 'help NAME' prints one of the other references.\n"
	      "References:",
	      out);
	for (size_t i = 0; i < REFERENCE_COUNT; i++)
		fprintf(out, " %s", references[i].name);
	fputs("\n\n"
	      "Exit status: 0 done; 1 some mail or document was refused; 2 usage or configuration; "
	      "3 a\n"
	      "service could not be reached; 4 a finding as severe as --fail-on names, or worse.\n",
	      out);
}

static bool print_reference(const char *name)
{
	for (size_t i = 0; i < REFERENCE_COUNT; i++) {
		if (strcmp(references[i].name, name) == 0) {
			references[i].print(stdout);
			return true;
		}
	}
	return false;
}

static int unknown_command(const char *name)
{
	struct nearest near = NEAREST_NONE;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		nearest_offer(&near, slice_of(name), commands[i].name);
	fprintf(stderr, "reportbridge: no command '%s'%s%s%s; try 'reportbridge help'\n", name,
		near.word ? "; did you mean '" : "", near.word ? near.word : "",
		near.word ? "'" : "");
	return EXIT_USAGE;
}

static int help(const char *name)
{
	const struct command *command = name ? find(name) : NULL;

	if (name && print_reference(name))
		return EXIT_DONE;
	if (name && !command && strcmp(name, "help") != 0)
		return unknown_command(name);
	if (command)
		printf("usage: reportbridge %s %s\n\n%s", command->name, command->arguments,
		       command->help);
	else
		print_usage(stdout);
	return EXIT_DONE;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct command *command;

	descriptors_open_standard();
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 ||
	    strcmp(argv[1], "-v") == 0) {
		printf("reportbridge %s\n", program_version);
		version_print_libraries(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argv[2]);
	command = find(argv[1]);
	if (!command && wants_help(2, argv))
		return help(NULL);
	if (!command)
		return unknown_command(argv[1]);
	if (wants_help(argc - 1, argv + 1))
		return help(command->name);
	return command->run(argc - 1, argv + 1);
}
