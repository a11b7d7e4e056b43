/* dead_letter_command.c - the command "dead-letter": documents that the server refused
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/datetime.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "bridge/commands/command.h"
#include "bridge/wiring/wiring.h"
#include "output/dead_letter_file.h"

/* Letters of one index with the same reason for refusal. */
struct group {
	char *index, *type, *reason; /* reason: of the latest */
	uint64_t letters, tries;
	int64_t first, last;
};

struct groups {
	void *by_name;
	struct group **list;
	size_t count, alloc;
};

static int by_name(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	const int order = strcmp(x->index, y->index);

	return order != 0 ? order : strcmp(x->type, y->type);
}

static int list_by_name(const void *a, const void *b)
{
	return by_name(*(const struct group *const *)a, *(const struct group *const *)b);
}

static struct group *group_of(struct groups *groups, const struct dead_letter *letter)
{
	struct group *group = xcalloc(1, sizeof(*group)), *known;

	group->index = xmemdup(letter->index.data, letter->index.size);
	group->type = xmemdup(letter->type.data, letter->type.size);
	known = *(struct group **)tsearch(group, &groups->by_name, by_name);
	if (known != group) {
		free(group->index);
		free(group->type);
		free(group);
		return known;
	}
	groups->list = xgrow(groups->list, groups->count, &groups->alloc, sizeof(*groups->list));
	groups->list[groups->count++] = group;
	group->first = letter->first;
	return group;
}

static void count_letter(struct groups *groups, const struct dead_letter *letter)
{
	struct group *group = group_of(groups, letter);

	group->letters++;
	group->tries += letter->count;
	if (letter->first < group->first)
		group->first = letter->first;
	if (letter->last < group->last)
		return;
	group->last = letter->last;
	free(group->reason);
	group->reason = xmemdup(letter->reason.data, letter->reason.size);
}

static void nothing_to_free(void *group)
{
	(void)group;
}

static void groups_release(struct groups *groups)
{
	tdestroy(groups->by_name, nothing_to_free);
	for (size_t i = 0; i < groups->count; i++) {
		free(groups->list[i]->index);
		free(groups->list[i]->type);
		free(groups->list[i]->reason);
		free(groups->list[i]);
	}
	free(groups->list);
}

/* Texts of the server may quote the document: removes control characters. */
static void print_text(const char *text)
{
	struct slice rest = utf8_prefix(slice_of(text), 200);

	while (rest.size > 0) {
		const size_t length = utf8_sequence(rest.data, rest.size);
		const bool shown = length > 0 && !utf8_is_control(rest.data, length);

		fwrite(shown ? rest.data : " ", 1, shown ? length : 1, stdout);
		rest = slice_skip(rest, length > 0 ? length : 1);
	}
}

static void print_table(struct dead_letter_file *file)
{
	struct groups groups = { .count = 0 };
	struct dead_letter letter;

	for (size_t i = 0; i < dead_letter_file_count(file); i++) {
		if (dead_letter_file_at(file, i, &letter))
			count_letter(&groups, &letter);
	}
	if (groups.count > 0) {
		qsort(groups.list, groups.count, sizeof(*groups.list), list_by_name);
		printf("%9s %9s  %-20s  %-20s  %s\n", "documents", "refusals", "first", "last",
		       "index, type of the refusal and the latest reason");
	}
	for (size_t i = 0; i < groups.count; i++) {
		const struct group *g = groups.list[i];
		char first[DATETIME_SIZE], last[DATETIME_SIZE];

		datetime_format(g->first, first);
		datetime_format(g->last, last);
		printf("%9llu %9llu  %s  %s  ", (unsigned long long)g->letters,
		       (unsigned long long)g->tries, first, last);
		print_text(g->index);
		fputs("  ", stdout);
		print_text(g->type);
		fputs("\n    ", stdout);
		print_text(g->reason);
		putchar('\n');
	}
	groups_release(&groups);
	printf("%zu documents\n", dead_letter_file_count(file));
}

static void print_ndjson(struct dead_letter_file *file)
{
	struct dead_letter letter;
	struct strbuf line;

	strbuf_init(&line, 16 * MIB);
	for (size_t i = 0; i < dead_letter_file_count(file); i++) {
		if (!dead_letter_file_at(file, i, &letter))
			continue;
		strbuf_reset(&line);
		dead_letter_write(&line, &letter);
		fwrite(line.buf, 1, line.len, stdout);
	}
	strbuf_release(&line);
}

static void warn_of_unreadable(const struct dead_letter_file *file)
{
	if (dead_letter_file_unreadable(file) > 0)
		fprintf(stderr, "reportbridge: %zu lines cannot be read; they are kept\n",
			dead_letter_file_unreadable(file));
}

static int list(const char *path, const char *format)
{
	struct dead_letter_file *file;
	struct error err;

	if (!dead_letter_file_open(path, &file, &err))
		return command_failed(&err);
	if (format && strcmp(format, "ndjson") == 0)
		print_ndjson(file);
	else
		print_table(file);
	warn_of_unreadable(file);
	dead_letter_file_close(file);
	return EXIT_DONE;
}

struct replay {
	struct dead_letter_file *file;
	struct sink *sink;
	struct bulk bulk;
	size_t next;  /* first letter that has not been posted */
	size_t first; /* letter of the first item of the bulk */
	uint64_t stored, duplicates, refused, kept;
};

static void fill(struct replay *r)
{
	struct dead_letter letter;

	bulk_reset(&r->bulk);
	r->first = r->next;
	while (r->next < dead_letter_file_count(r->file) && r->bulk.count < LIMIT_BULK_DOCUMENTS) {
		if (!dead_letter_file_at(r->file, r->next, &letter) ||
		    !bulk_add(&r->bulk, 0, letter.index, letter.id, letter.document))
			break;
		r->next++;
	}
}

static void settle(struct replay *r)
{
	for (size_t i = 0; i < r->bulk.count; i++) {
		switch (r->bulk.items[i].verdict) {
		case VERDICT_STORED: r->stored++; break;
		case VERDICT_DUPLICATE: r->duplicates++; break;
		case VERDICT_REFUSED: r->refused++; continue;
		default: r->kept++; continue;
		}
		dead_letter_file_drop(r->file, r->first + i);
	}
}

/* Posts all letters; if the server becomes unreachable, the rest stays. */
static bool post_all(struct replay *r, struct error *err)
{
	const size_t count = dead_letter_file_count(r->file);

	while (r->next < count) {
		fill(r);
		if (r->bulk.count == 0) { /* too large for any request */
			r->next++;
			r->refused++;
			continue;
		}
		if (!sink_post(r->sink, &r->bulk, err)) {
			r->kept += count - r->first;
			return false;
		}
		settle(r);
		if (r->bulk.trouble.class != ERROR_NONE)
			*err = r->bulk.trouble;
	}
	return true;
}

/* Documents that are refused again go to a second file first, and from there into ours. */
static bool keep_rest(struct replay *r, const char *refused_path, struct error *err)
{
	struct dead_letter_file *refused;
	bool good;

	if (!dead_letter_file_open(refused_path, &refused, err))
		return false;
	dead_letter_file_update(r->file, refused);
	good = dead_letter_file_rewrite(r->file, err);
	dead_letter_file_close(refused);
	return good;
}

/* An output and the letters for it. */
struct target {
	struct config *config;
	const struct output_config *output;
};

static int replay_locked(const char *path, const char *refused_path, const struct target *target)
{
	struct replay r = { .next = 0 };
	struct error err, post_err = { .class = ERROR_NONE };
	bool good, reached;

	/* Exceeding the file size limit becomes an error of write(), like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	unlink(refused_path); /* of a killed replay: the file still has its documents */
	if (!dead_letter_file_open(path, &r.file, &err))
		return command_failed(&err);
	r.sink = wiring_sink_with_dead_letters(target->config, target->output, refused_path);
	bulk_init(&r.bulk, LIMIT_BULK_BYTES);
	reached = post_all(&r, &post_err);
	good = keep_rest(&r, refused_path, &err);
	unlink(refused_path);
	printf("%zu documents: %llu stored, %llu known already, %llu refused again, %llu to be "
	       "tried later\n",
	       dead_letter_file_count(r.file), (unsigned long long)r.stored,
	       (unsigned long long)r.duplicates, (unsigned long long)r.refused,
	       (unsigned long long)r.kept);
	warn_of_unreadable(r.file);
	r.sink->ops->free(r.sink);
	bulk_release(&r.bulk);
	dead_letter_file_close(r.file);
	if (!good)
		return command_failed(&err);
	if (!reached || r.kept > 0)
		return post_err.class == ERROR_NONE ? EXIT_UNREACHABLE : command_failed(&post_err);
	return r.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int replay(const char *path, const struct target *target)
{
	struct strbuf lock, refused;
	int status, fd;

	strbuf_init(&lock, 8192);
	strbuf_init(&refused, 8192);
	strbuf_add_format(&lock, "%s.lock", path);
	strbuf_add_format(&refused, "%s.refused", path);
	fd = dead_letters_open(lock.buf, O_RDWR | O_CREAT);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		fprintf(stderr, "reportbridge: %s: %s\n", lock.buf,
			errno == EWOULDBLOCK ? "another replay is under way"
					     : dead_letters_why(errno));
		status = EXIT_UNREACHABLE;
	} else {
		status = replay_locked(path, refused.buf, target);
	}
	if (fd >= 0)
		close(fd);
	strbuf_release(&lock);
	strbuf_release(&refused);
	return status;
}

static int of_output(struct config *config, const struct output_config *output,
		     const struct command_line *line)
{
	const char *path = wiring_dead_letter_file(config, output);

	if (!path)
		return EXIT_DONE;
	/* Only for people: the output with --format is ndjson. */
	if (config->output.next && !line->format)
		printf("output %s\n", output->name);
	return strcmp(line->operand, "list") == 0
		       ? list(path, line->format)
		       : replay(path, &(struct target){ config, output });
}

static bool makes_sense(const struct command_line *line, const char **why)
{
	if (!line->operand ||
	    (strcmp(line->operand, "list") != 0 && strcmp(line->operand, "replay") != 0))
		*why = "list or replay?";
	else if (line->format && strcmp(line->format, "table") != 0 &&
		 strcmp(line->format, "ndjson") != 0)
		*why = "--format takes table or ndjson";
	else
		return true;
	return false;
}

int command_dead_letter(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	const char *why;
	int status;

	if (!command_start_with(config_read_output_secrets, argc, argv, "format " COMMAND_OPERAND,
				&line, &config, &status))
		return status;
	status = makes_sense(&line, &why) ? EXIT_DONE : command_usage(argv[0], why);
	for (const struct output_config *o = &config.output; o && status != EXIT_USAGE;
	     o = o->next) {
		const int this_status = of_output(&config, o, &line);

		if (this_status > status)
			status = this_status;
	}
	command_hand_over(&config);
	config_release(&config);
	return status;
}
