/* parse.c - the command "parse": prints the documents of report files
 *
 * SPDX-License-Identifier: MIT
 *
 * Needs no server and no configuration.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/name_lookup.h"
#include "bridge/commands/command.h"
#include "bridge/commands/options.h"
#include "bridge/commands/parse_read.h"
#include "bridge/report/report_output.h"
#include "bridge/report/screen.h"
#include "bridge/run/key_cache.h"
#include "output/id_set.h"

/* Shows no progress before this time. */
#define PROGRESS_AFTER_MS 1000
#define PROGRESS_EVERY_MS 200
#define PROGRESS_WIDTH 20
#define OUTPUT_SIZE (256 * KIB)

struct parsing {
	struct parse_output output; /* first */
	struct report_output report;
	struct summary_set set;
	struct document_view view; /* of the document being added to it */
	struct id_set seen;        /* documents that were added */
	bool as_report;            /* otherwise prints documents */
	bool progress;
	bool verify_dkim;         /* needs name servers */
	const char *name_servers; /* NULL: the system's */
	const char *logo;
	uint64_t max_unpacked; /* 0: not given */
	const char *path;      /* current file */
	unsigned long files, all_files, unread, reports;
	int64_t show_ms; /* when to show progress next */
	bool shown;
	int status;
};

/* Beyond this number duplicates are not recognised: 64 MiB of ids. */
#define SEEN_MOST ((size_t)2 << 20)

/* Like an index: a document whose id exists already is a duplicate. */
static void add_document(struct parsing *p, const struct document *document)
{
	const struct slice id = slice_of(document->name->id);
	const bool is_repeat = id_set_has(&p->seen, id);

	document_view_read(&p->view, document->json);
	summary_set_add(&p->set, document->name->kind, &p->view, is_repeat);
	if (!is_repeat && p->seen.count < SEEN_MOST)
		id_set_add(&p->seen, id);
}

static bool take_document(struct parse_output *output, const struct document *document,
			  struct error *err)
{
	struct parsing *p = (struct parsing *)(void *)output;
	const struct slice json = document->json;

	if (p->as_report) {
		add_document(p, document);
		return true;
	}
	if (fwrite(json.data, 1, json.size, stdout) != json.size || putchar('\n') == EOF)
		return error_set(err, ERROR_FATAL, "standard output: %s", strerror(errno));
	return true;
}

static void show_progress(struct parsing *p)
{
	static const char done[] = "####################", left[] = "....................";
	const int64_t now = clock_ms();
	unsigned bar;

	_Static_assert(sizeof(done) == PROGRESS_WIDTH + 1, "as wide as the bar");
	if (!p->progress || now < p->show_ms)
		return;
	p->show_ms = now + PROGRESS_EVERY_MS;
	p->shown = true;
	bar = (unsigned)((p->files - 1) * PROGRESS_WIDTH / p->all_files);
	fprintf(stderr, "\r\033[K%.*s%s %lu of %lu files, %lu reports", (int)bar, done, left + bar,
		p->files, p->all_files, p->reports);
}

static void clear_progress(struct parsing *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

static void enter(struct parsing *p, const char *path)
{
	p->files += path != p->path;
	p->path = path;
}

static void worsen(struct parsing *p, int status)
{
	if (status > p->status)
		p->status = status;
}

static void take_trouble(struct parse_output *output, const char *path, const char *text)
{
	struct parsing *p = (struct parsing *)output;

	enter(p, path);
	clear_progress(p);
	fprintf(stderr, "reportbridge: %s: %s\n", path, text);
	p->unread++;
	worsen(p, EXIT_USAGE);
}

static void take_result(struct parse_output *output, const char *path, unsigned reports,
			const struct error *reject)
{
	struct parsing *p = (struct parsing *)output;

	enter(p, path);
	p->reports += reports;
	show_progress(p);
	if (!reject)
		return;
	worsen(p, EXIT_REFUSED);
	if (p->as_report) {
		summary_note_place(p->set.all, path, reject->reason);
		return;
	}
	clear_progress(p);
	fprintf(stderr, "reportbridge: %s: %s: %s\n", path, reject->reason, reject->text);
}

static bool read_format(void *command, const char *word)
{
	struct parsing *p = command;

	p->as_report = strcmp(word, "ndjson") != 0;
	return !p->as_report || report_output_set_format(&p->report, word);
}

static bool read_fail_on(void *command, const char *word)
{
	return report_output_set_fail_on(&((struct parsing *)command)->report, word);
}

static bool read_max_unpacked(void *command, const char *text)
{
	return slice_to_uint(slice_of(text), UINT32_MAX,
			     &((struct parsing *)command)->max_unpacked);
}

static bool verify_dkim(void *command, const char *servers)
{
	struct parsing *p = command;

	p->verify_dkim = true;
	p->name_servers = servers;
	return !servers || name_servers_are_good(servers);
}

/* Whether standard input is a pipe or a file; a terminal or /dev/null means that no input
 * was given. */
static bool has_input(void)
{
	struct stat input;

	return fstat(STDIN_FILENO, &input) == 0 &&
	       (S_ISFIFO(input.st_mode) || S_ISREG(input.st_mode) || S_ISSOCK(input.st_mode));
}

static bool read_arguments(struct parsing *p, int argc, char **argv)
{
	static const struct command_option options[] = {
		OPTION_READ("format", read_format, "is ndjson, summary, html or json"),
		OPTION_FLAG("no-color", struct parsing, report.no_color),
		OPTION_FLAG("by-tenant", struct parsing, report.by_tenant),
		OPTION_READ("fail-on", read_fail_on, "takes critical, warning or notice"),
		OPTION_TEXT("service", struct parsing, report.heading.service),
		OPTION_TEXT("logo", struct parsing, logo),
		OPTION_READ("max-unpacked", read_max_unpacked, "takes a number of MiB"),
		{ "verify-dkim", COMMAND_READ_OPTIONAL, 0, verify_dkim,
		  "takes addresses of name servers" },
		{ .name = NULL },
	};
	struct error err;

	if (!command_read_options(argc, argv, NULL, options, p))
		return false;
	if (p->logo && !report_output_set_logo(&p->report, p->logo, &err))
		return command_refuse(argv[0], err.text);
	if (p->report.fails && !p->as_report)
		return command_refuse(argv[0], "--fail-on needs --format summary, html or json");
	return optind < argc || has_input() ||
	       command_refuse(argv[0], "name files or directories, or pipe one in");
}

static void parse_paths(struct parsing *p, char **paths)
{
	struct ingest_settings settings = { .now = clock_unix() };
	struct tenant_table *tenants = tenant_table_new();
	struct file_list list = { 0 };
	/* Only the built-in table of services, no lookups. */
	const struct enrich_settings names = { .offline = true };
	struct parse_setup setup = { .settings = &settings };
	struct error err;

	setup.enricher = enricher_open(&names, &err);
	settings.tenants = tenants;
	if (p->verify_dkim) {
		setup.keys = key_cache_new(p->name_servers);
		settings.verify_dkim = true;
	}
	ingest_limits_default(&settings.limits);
	if (p->max_unpacked > 0)
		settings.limits.unpacked_bytes = p->max_unpacked * MIB;
	if (!*paths)
		file_list_add(&list, "-");
	while (*paths)
		file_list_add(&list, *paths++);
	p->all_files = list.count;
	parse_read(&list, &setup, &p->output);
	file_list_release(&list);
	key_cache_free(setup.keys);
	enricher_close(setup.enricher);
	tenant_table_free(tenants);
}

/* Prints the summary once all files are read. A mistyped file name must not give an empty
 * page, which would look like good news. */
static void finish_report(struct parsing *p)
{
	if (!p->as_report || (p->all_files > 0 && p->unread == p->all_files))
		return;
	report_output_print(&p->report, &p->set);
	if (p->status <= EXIT_REFUSED && report_output_has_failed(&p->report, &p->set))
		worsen(p, EXIT_FINDING);
}

static void run(struct parsing *p, char **paths)
{
	static char output[OUTPUT_SIZE]; /* setvbuf() allocates no buffer of a given size */

	/* documents on the same screen show progress already */
	p->progress = screen_obeys(STDERR_FILENO) && (p->as_report || !isatty(STDOUT_FILENO));
	p->show_ms = clock_ms() + PROGRESS_AFTER_MS;
	document_view_init(&p->view);
	if (p->as_report)
		summary_set_init(&p->set, clock_unix(), p->report.by_tenant);
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	parse_paths(p, paths);
	clear_progress(p);
	finish_report(p);
	if (fflush(stdout) != 0)
		take_trouble(&p->output, "standard output", strerror(errno));
	if (p->as_report)
		summary_set_release(&p->set);
	document_view_release(&p->view);
}

int command_parse(int argc, char **argv)
{
	struct parsing p = { .output = { take_document, take_result, take_trouble } };

	report_output_init(&p.report);
	if (read_arguments(&p, argc, argv))
		run(&p, argv + optind);
	else
		p.status = EXIT_USAGE;
	id_set_release(&p.seen);
	report_output_release(&p.report);
	return p.status;
}
