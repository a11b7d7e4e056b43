/* parse.c - the command "parse": report files to documents on stdout
 *
 * SPDX-License-Identifier: MIT
 *
 * Needs no server and no configuration.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/name_lookup.h"
#include "bridge/commands/command.h"
#include "bridge/commands/parse_jobs.h"
#include "bridge/report/page.h"
#include "bridge/report/screen.h"
#include "bridge/run/key_cache.h"

/* Work that is done sooner shows no progress. */
#define PROGRESS_AFTER_MS 1000
#define PROGRESS_EVERY_MS 200
#define PROGRESS_WIDTH 20
#define OUTPUT_SIZE (256 * KIB)

struct parsing {
	struct parse_output output; /* first */
	enum format { FORMAT_NDJSON, FORMAT_SUMMARY, FORMAT_HTML } format;
	struct summary *summary; /* NULL: documents are printed instead */
	bool no_color, progress;
	bool verify_dkim; /* which asks name servers */
	const char *name_servers; /* NULL: those of the system */
	uint64_t max_unpacked, jobs; /* 0: not given */
	const char *path; /* being read */
	unsigned long files, all_files, reports;
	int64_t show_ms; /* when progress is shown next */
	bool shown;
	int status;
};

static bool take_document(struct document_sink *sink, const struct document_name *name,
			  struct slice json, struct error *err)
{
	struct parsing *p = (struct parsing *)(void *)sink;

	if (p->summary) {
		summary_add_document(p->summary, name->kind, json);
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
	if (p->summary) {
		summary_note_place(p->summary, path, reject->reason);
		return;
	}
	clear_progress(p);
	fprintf(stderr, "reportbridge: %s: %s: %s\n", path, reject->reason, reject->text);
}

static bool usage(const char *text, const char *argument)
{
	fprintf(stderr, "reportbridge parse: %s%s; try 'reportbridge help parse'\n", text, argument);
	return false;
}

static bool read_format(const char *word, enum format *format)
{
	static const char *const words[] = { "ndjson", "summary", "html" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			*format = i;
			return true;
		}
	}
	return false;
}

static bool verify_dkim(struct parsing *p, const char *servers)
{
	p->verify_dkim = true;
	p->name_servers = servers;
	return !servers || name_servers_are_good(servers);
}

static bool read_arguments(struct parsing *p, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "no-color", no_argument, NULL, 'n' },
		{ "max-unpacked", required_argument, NULL, 'm' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "verify-dkim", optional_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int found;

	optind = 1;
	while ((found = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (found == 'n')
			p->no_color = true;
		else if (found == 'm' &&
			 !slice_to_uint(slice_of(optarg), UINT32_MAX, &p->max_unpacked))
			return usage("--max-unpacked takes a number of MiB, not ", optarg);
		else if (found == 'j' &&
			 (!slice_to_uint(slice_of(optarg), PARSE_JOBS_MAX, &p->jobs) ||
			  p->jobs == 0))
			return usage("--jobs takes a number from 1 to 64, not ", optarg);
		else if (found == 'v' && !verify_dkim(p, optarg))
			return usage("--verify-dkim takes addresses of name servers, not ", optarg);
		else if (found == 'f' && !read_format(optarg, &p->format))
			return usage("--format is ndjson, summary or html, not ", optarg);
		else if (found == '?')
			return usage("unknown option", "");
	}
	return optind < argc || usage("no files", "");
}

static void parse_paths(struct parsing *p, char **paths)
{
	struct ingest_settings settings = { .now = clock_unix() };
	struct tenant_table *tenants = tenant_table_new();
	struct file_list list = { 0 };
	struct key_cache *keys = NULL;

	settings.tenants = tenants;
	if (p->verify_dkim) {
		keys = key_cache_new(p->name_servers);
		settings.look_up_key = key_cache_look_up;
		settings.key_context = keys;
	}
	ingest_limits_default(&settings.limits);
	if (p->max_unpacked > 0)
		settings.limits.unpacked_bytes = p->max_unpacked * MIB;
	while (*paths)
		file_list_add(&list, *paths++);
	p->all_files = list.count;
	parse_jobs(&list, p->jobs > 0 ? (unsigned)p->jobs : parse_jobs_default(list.count),
		   &settings, &p->output);
	file_list_release(&list);
	key_cache_free(keys);
	tenant_table_free(tenants);
}

int command_parse(int argc, char **argv)
{
	static char output[OUTPUT_SIZE]; /* setvbuf() makes none of a given size */
	struct parsing p = { .output = { { take_document }, take_result, take_trouble } };

	if (!read_arguments(&p, argc, argv))
		return EXIT_USAGE;
	/* documents on the same screen are progress enough */
	p.progress = screen_obeys(STDERR_FILENO) &&
		     (p.format != FORMAT_NDJSON || !isatty(STDOUT_FILENO));
	p.show_ms = clock_ms() + PROGRESS_AFTER_MS;
	if (p.format != FORMAT_NDJSON)
		p.summary = summary_new(clock_unix());
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	parse_paths(&p, argv + optind);
	clear_progress(&p);
	if (p.format == FORMAT_SUMMARY)
		screen_summary(p.summary, p.no_color);
	else if (p.format == FORMAT_HTML)
		page_print(p.summary, NULL, stdout);
	if (fflush(stdout) != 0)
		take_trouble(&p.output, "standard output", strerror(errno));
	summary_free(p.summary);
	return p.status;
}
