/* parse_read.c - reads the files of the command "parse"
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/parse_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "ingest/report/input.h"

/* A parser may read its input twice, so input from a pipe is copied to memory first. -1:
 * see *trouble. */
static int spool(uint64_t limit, const char **trouble)
{
	const int fd = memfd_create("standard input", MFD_CLOEXEC);
	char buffer[65536];
	uint64_t size = 0;
	ssize_t n = -1;

	*trouble = NULL;
	while (fd >= 0 && size <= limit && (n = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(fd, buffer, (size_t)n) != n)
			break;
		size += (uint64_t)n;
	}
	if (size > limit)
		*trouble = "too much for a pipe: name a file, or see --max-unpacked";
	else if (n != 0)
		*trouble = strerror(errno);
	if (*trouble && fd >= 0)
		close(fd);
	return *trouble ? -1 : fd;
}

static int open_standard_input(uint64_t limit, const char **trouble)
{
	struct stat status;

	if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode) &&
	    lseek(STDIN_FILENO, 0, SEEK_CUR) == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	return spool(limit, trouble);
}

/* -1: see *trouble. */
static int open_file(const struct listed_file *file, uint64_t limit, const char **trouble)
{
	struct stat status;
	int fd;

	*trouble = file->trouble;
	if (file->trouble)
		return -1;
	/* O_NONBLOCK: opening a named pipe in a directory must not block. */
	fd = strcmp(file->path, "-") == 0
		     ? open_standard_input(limit, trouble)
		     : open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	if (!*trouble)
		*trouble = fd < 0 ? strerror(errno) : "neither a file nor a directory";
	if (fd >= 0)
		close(fd);
	return -1;
}

struct parse_reader {
	struct ingest *ingest;
	struct key_cache *keys;
	struct signer_patience patience;
	struct enrichment *enrichment;
};

static bool write_documents(struct ingest *ingest, struct parse_output *output, struct error *err)
{
	struct document document;

	for (;;) {
		if (!ingest_next_document(ingest, &document, err))
			return false;
		if (!document.name)
			return true;
		if (!output->document(output, &document, err))
			return false;
	}
}

static bool read_report(struct parse_reader *reader, struct parse_output *output, struct error *err)
{
	struct run run;

	do {
		if (!ingest_next_run(reader->ingest, &run, err))
			return false;
		(void)enrichment_add(reader->enrichment, &run);
		if (!write_documents(reader->ingest, output, err))
			return false;
	} while (run.count > 0);
	return true;
}

static bool read_mail(struct parse_reader *reader, struct parse_output *output, struct error *err)
{
	struct ingest *ingest = reader->ingest;
	const struct report_summary *report;

	key_cache_answer(reader->keys, &reader->patience, ingest);
	do {
		if (!ingest_next_report(ingest, &report, err))
			return false;
		if (report && !read_report(reader, output, err))
			return false;
	} while (report);
	return write_documents(ingest, output, err);
}

static bool read_mails(struct parse_reader *reader, struct ingest_file *mails, const char *path,
		       struct parse_output *output, struct error *err)
{
	const struct ingest_result *result = ingest_result_of(reader->ingest);
	bool more;

	for (;;) {
		if (!ingest_file_next(mails, &more, err))
			return false;
		if (!more)
			return true;
		if (!read_mail(reader, output, err))
			return false;
		output->result(output, path, result->reports,
			       result->reject.class == ERROR_NONE ? NULL : &result->reject);
	}
}

/* false: stop, the output cannot be written. */
static bool read_file(struct parse_reader *reader, const struct listed_file *file,
		      struct parse_output *output)
{
	const uint64_t limit = ingest_settings_of(reader->ingest)->limits.unpacked_bytes;
	const char *trouble;
	const int fd = open_file(file, limit, &trouble);
	struct ingest_file *mails;
	struct input *input;
	struct error err;
	bool good;

	if (fd < 0) {
		output->trouble(output, file->path, trouble);
		return true;
	}
	input = input_from_file(fd);
	mails = ingest_file_open(reader->ingest, input, file->path);
	good = read_mails(reader, mails, file->path, output, &err);
	ingest_file_close(mails);
	input_close(input);
	if (good)
		return true;
	output->trouble(output, file->path, err.text);
	return err.class != ERROR_FATAL;
}

void parse_read(const struct file_list *list, const struct parse_setup *setup,
		struct parse_output *output)
{
	struct parse_reader reader = {
		.ingest = ingest_new(setup->settings),
		.keys = setup->keys,
		.enrichment = enrichment_new(setup->enricher, NULL),
	};
	size_t i = 0;

	signer_patience_init(&reader.patience, clock_ms());
	while (i < list->count && read_file(&reader, &list->files[i], output))
		i++;
	enrichment_free(reader.enrichment);
	ingest_free(reader.ingest);
}
