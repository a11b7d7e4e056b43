/* parse.c - the command "parse": report files to documents on stdout
 *
 * SPDX-License-Identifier: MIT
 *
 * Needs no server and no configuration.  Directories are read in the order of
 * names, so that the same files give the same output.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "bridge/command.h"
#include "bridge/page.h"
#include "bridge/screen.h"
#include "ingest/ingest.h"

#define DIRECTORY_DEPTH 32
#define PROGRESS_EVERY_MS 200
#define OUTPUT_SIZE (256 * KIB)

struct parsing {
	struct document_sink documents; /* first: the sink ingest writes to */
	struct ingest *ingest;
	enum format { FORMAT_NDJSON, FORMAT_SUMMARY, FORMAT_HTML } format;
	struct summary *summary; /* NULL: documents are printed instead */
	bool no_color, progress;
	uint64_t max_unpacked;
	unsigned long files, reports;
	int64_t shown_ms; /* when progress was last shown */
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
	const int64_t now = clock_ms();

	if (!p->progress || now - p->shown_ms < PROGRESS_EVERY_MS)
		return;
	p->shown_ms = now;
	fprintf(stderr, "\r%lu files, %lu reports ", p->files, p->reports);
}

static void end_progress(const struct parsing *p)
{
	if (p->progress && p->shown_ms > 0)
		fputs("\r\033[K", stderr);
}

static void worsen(struct parsing *p, int status)
{
	if (status > p->status)
		p->status = status;
}

static void refuse(struct parsing *p, const char *path, const char *text)
{
	fprintf(stderr, "reportbridge: %s: %s\n", path, text);
	worsen(p, EXIT_USAGE);
}

static void take_result(struct parsing *p, const char *path, const struct ingest_result *result)
{
	p->reports += result->reports;
	if (result->reject.class == ERROR_NONE)
		return;
	worsen(p, EXIT_REFUSED);
	if (p->summary)
		summary_note_place(p->summary, path, result->reject.reason);
	else
		fprintf(stderr, "reportbridge: %s: %s: %s\n", path, result->reject.reason,
			result->reject.text);
}

/* Takes over fd.  false: stop, nothing more can be written. */
static bool parse_file(struct parsing *p, int fd, const char *path)
{
	struct input *input = input_from_file(fd);
	struct ingest_file *file = ingest_file_open(p->ingest, input, path);
	struct ingest_result result;
	struct error err;
	bool more = true, good = true;

	p->files++;
	while (good && more) {
		good = ingest_file_next(file, &p->documents, &result, &more, &err);
		if (good && more)
			take_result(p, path, &result);
		show_progress(p);
	}
	ingest_file_close(file);
	input_close(input);
	if (good)
		return true;
	refuse(p, path, err.text);
	return err.class != ERROR_FATAL;
}

/* A parser may want to read twice, so standard input goes to memory first. */
static int spool_standard_input(void)
{
	const int fd = memfd_create("standard input", MFD_CLOEXEC);
	char buffer[65536];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(fd, buffer, (size_t)n) != n) {
			close(fd);
			return -1;
		}
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static bool parse_path(struct parsing *p, const char *path, unsigned depth);

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool parse_directory(struct parsing *p, const char *path, unsigned depth)
{
	struct dirent **entries;
	const int count = scandir(path, &entries, not_hidden, alphasort);
	bool go_on = true;

	if (count < 0) {
		refuse(p, path, strerror(errno));
		return true;
	}
	for (int i = 0; i < count; i++) {
		char *name;

		if (go_on && asprintf(&name, "%s/%s", path, entries[i]->d_name) >= 0) {
			go_on = parse_path(p, name, depth + 1);
			free(name);
		}
		free(entries[i]);
	}
	free(entries);
	return go_on;
}

static bool parse_path(struct parsing *p, const char *path, unsigned depth)
{
	struct stat status;
	/* O_NONBLOCK: opening a pipe somebody left in a directory must not hang. */
	const int fd = strcmp(path, "-") == 0
			       ? spool_standard_input()
			       : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, &status) < 0) {
		refuse(p, path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return true;
	}
	if (S_ISREG(status.st_mode))
		return parse_file(p, fd, path);
	close(fd);
	if (!S_ISDIR(status.st_mode))
		refuse(p, path, "neither a file nor a directory");
	else if (depth >= DIRECTORY_DEPTH)
		refuse(p, path, "directories nested too deep");
	else
		return parse_directory(p, path, depth);
	return true;
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

static bool read_arguments(struct parsing *p, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "no-color", no_argument, NULL, 'n' },
		{ "max-unpacked", required_argument, NULL, 'm' },
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

	settings.tenants = tenants;
	ingest_limits_default(&settings.limits);
	if (p->max_unpacked > 0)
		settings.limits.unpacked_bytes = p->max_unpacked * MIB;
	p->ingest = ingest_new(&settings);
	while (*paths && parse_path(p, *paths, 0))
		paths++;
	ingest_free(p->ingest);
	tenant_table_free(tenants);
}

int command_parse(int argc, char **argv)
{
	static char output[OUTPUT_SIZE]; /* setvbuf() makes none of a given size */
	struct parsing p = { .documents = { take_document } };

	p.progress = isatty(STDERR_FILENO);
	if (!read_arguments(&p, argc, argv))
		return EXIT_USAGE;
	if (p.format != FORMAT_NDJSON)
		p.summary = summary_new(clock_unix());
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	parse_paths(&p, argv + optind);
	end_progress(&p);
	if (p.format == FORMAT_SUMMARY)
		screen_summary(p.summary, p.no_color);
	else if (p.format == FORMAT_HTML)
		page_print(p.summary, NULL, stdout);
	if (fflush(stdout) != 0)
		refuse(&p, "standard output", strerror(errno));
	summary_free(p.summary);
	return p.status;
}
