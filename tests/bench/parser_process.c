/* parser_process.c - what reading mail in a process of its own would cost
 *
 * SPDX-License-Identifier: MIT
 *
 *   parser_process DIRECTORY [ROUNDS]
 *
 * Every file of the directory is a mail.  All are read to documents in four
 * ways, and the documents copied to where a bulk request would be made:
 *
 *   within    in this process, as a worker does
 *   socket    in a child; mail and documents go through a pair of sockets
 *   shared    in a child; both stand in shared memory, eventfds wake the other
 *   sets      the same, 16 mails at a time
 *
 * The next is handed over when the last has been answered.  Prints the least
 * CPU time and wall time per mail over all rounds, of both processes together,
 * and fails unless all ways give the same documents.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/ingest.h"
#include "ingest/report/tenant.h"

#define MAIL_MOST ((size_t)64 * MIB)
#define DOCUMENTS_MOST ((size_t)64 * MIB)
#define AT_ONCE 16
#define BATCH_SIZE ((size_t)5 * MIB)

struct mails {
	struct slice *list;
	size_t count;
};

/* What comes of all mails: how much, and a sum over its bytes. */
struct outcome {
	uint64_t documents, bytes, sum;
};

struct cost {
	double cpu_us, wall_us;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- reading a mail -------------------------------------------------------------- */

static struct ingest_settings settings;

typedef void document_sink(void *user, struct slice json);

static void pull_documents(struct ingest *ingest, document_sink *sink, void *user)
{
	struct document document;
	struct error err;

	while (ingest_next_document(ingest, &document, &err) && document.name)
		sink(user, document.json);
}

static void read_mail(struct ingest *ingest, struct slice mail, document_sink *sink, void *user)
{
	const struct report_summary *report;
	struct error err;
	struct run run;

	ingest_begin_mail(ingest, mail);
	while (ingest_next_report(ingest, &report, &err) && report)
		do {
			if (!ingest_next_run(ingest, &run, &err))
				break;
			pull_documents(ingest, sink, user);
		} while (run.count > 0);
	pull_documents(ingest, sink, user);
}

/* --- what is done with the documents ------------------------------------------------ */

struct bulk {
	struct strbuf request;
	struct outcome outcome;
};

static void bulk_take(void *user, struct slice json)
{
	struct bulk *bulk = user;

	if (bulk->request.len + json.size > BATCH_SIZE)
		strbuf_reset(&bulk->request);
	strbuf_add_slice(&bulk->request, json);
	bulk->outcome.documents++;
	bulk->outcome.bytes += json.size;
	for (size_t i = 0; i < json.size; i += 64)
		bulk->outcome.sum = bulk->outcome.sum * 31 + (unsigned char)json.data[i];
}

/* Documents as they travel: the length, then the bytes; a length of 0 ends them. */
static void frame_add(void *user, struct slice json)
{
	struct strbuf *frames = user;
	const uint32_t length = (uint32_t)json.size;

	strbuf_add(frames, (const char *)&length, sizeof(length));
	strbuf_add_slice(frames, json);
}

static void frames_take(struct slice frames, struct bulk *bulk)
{
	uint32_t length;

	while (frames.size >= sizeof(length)) {
		memcpy(&length, frames.data, sizeof(length));
		bulk_take(bulk, (struct slice){ frames.data + sizeof(length), length });
		frames = slice_skip(frames, sizeof(length) + length);
	}
}

/* --- the four ways ------------------------------------------------------------------ */

static void way_within(const struct mails *mails, struct bulk *bulk)
{
	struct ingest *ingest = ingest_new(&settings);

	for (size_t i = 0; i < mails->count; i++)
		read_mail(ingest, mails->list[i], bulk_take, bulk);
	ingest_free(ingest);
}

static void put(int fd, const void *bytes, size_t length)
{
	for (const char *at = bytes; length > 0;) {
		const ssize_t n = write(fd, at, length);

		if (n <= 0)
			die("write");
		at += n;
		length -= (size_t)n;
	}
}

/* false: the other end has been closed. */
static bool get(int fd, void *bytes, size_t length)
{
	for (char *at = bytes; length > 0;) {
		const ssize_t n = read(fd, at, length);

		if (n == 0)
			return false;
		if (n < 0)
			die("read");
		at += n;
		length -= (size_t)n;
	}
	return true;
}

static void serve_socket(int fd)
{
	struct ingest *ingest = ingest_new(&settings);
	char *mail = xmalloc(MAIL_MOST);
	struct strbuf answer;
	uint32_t length;

	strbuf_init(&answer, DOCUMENTS_MOST);
	while (get(fd, &length, sizeof(length)) && get(fd, mail, length)) {
		strbuf_reset(&answer);
		read_mail(ingest, (struct slice){ mail, length }, frame_add, &answer);
		length = (uint32_t)answer.len;
		put(fd, &length, sizeof(length));
		put(fd, answer.buf, answer.len);
	}
	_exit(0);
}

static void way_socket(const struct mails *mails, struct bulk *bulk)
{
	char *answer = xmalloc(DOCUMENTS_MOST);
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		die("socketpair");
	child = fork();
	if (child == 0) {
		close(ends[0]);
		serve_socket(ends[1]);
	}
	close(ends[1]);
	for (size_t i = 0; i < mails->count; i++) {
		uint32_t length = (uint32_t)mails->list[i].size;

		put(ends[0], &length, sizeof(length));
		put(ends[0], mails->list[i].data, length);
		if (!get(ends[0], &length, sizeof(length)) || !get(ends[0], answer, length))
			die("child");
		frames_take((struct slice){ answer, length }, bulk);
	}
	close(ends[0]);
	waitpid(child, NULL, 0);
	free(answer);
}

/* Mails stand one behind the other, as documents do. */
struct shared {
	size_t mails_length, answer_length;
	char mails[MAIL_MOST];
	char answer[DOCUMENTS_MOST];
};

static void shared_add(char *area, size_t *length, struct slice bytes)
{
	const uint32_t size = (uint32_t)bytes.size;

	memcpy(area + *length, &size, sizeof(size));
	memcpy(area + *length + sizeof(size), bytes.data, bytes.size);
	*length += sizeof(size) + bytes.size;
}

static void shared_answer(void *user, struct slice json)
{
	struct shared *shared = user;

	shared_add(shared->answer, &shared->answer_length, json);
}

static void serve_shared(struct shared *shared, int wake, int done)
{
	struct ingest *ingest = ingest_new(&settings);
	uint64_t one = 1;

	while (get(wake, &one, sizeof(one))) {
		uint32_t size;

		shared->answer_length = 0;
		for (size_t at = 0; at < shared->mails_length; at += size) {
			memcpy(&size, shared->mails + at, sizeof(size));
			at += sizeof(size);
			read_mail(ingest, (struct slice){ shared->mails + at, size }, shared_answer,
				  shared);
		}
		put(done, &one, sizeof(one));
	}
	_exit(0);
}

static void share(const struct mails *mails, struct bulk *bulk, size_t at_once)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const int wake = eventfd(0, EFD_CLOEXEC), done = eventfd(0, EFD_CLOEXEC);
	uint64_t one = 1;
	pid_t child;

	if (shared == MAP_FAILED || wake < 0 || done < 0)
		die("shared memory");
	child = fork();
	if (child == 0)
		serve_shared(shared, wake, done);
	for (size_t i = 0; i < mails->count;) {
		shared->mails_length = 0;
		/* the fetch would write them there */
		for (size_t end = i + at_once; i < end && i < mails->count; i++)
			shared_add(shared->mails, &shared->mails_length, mails->list[i]);
		put(wake, &one, sizeof(one));
		if (!get(done, &one, sizeof(one)))
			die("child");
		frames_take((struct slice){ shared->answer, shared->answer_length }, bulk);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	munmap(shared, sizeof(*shared));
	close(wake);
	close(done);
}

static void way_shared(const struct mails *mails, struct bulk *bulk)
{
	share(mails, bulk, 1);
}

static void way_sets(const struct mails *mails, struct bulk *bulk)
{
	share(mails, bulk, AT_ONCE);
}

/* --- measuring ----------------------------------------------------------------------- */

static double cpu_us(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return 1e6 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double both_cpu_us(void)
{
	return cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN);
}

static double wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return 1e6 * (double)now.tv_sec + (double)now.tv_nsec / 1e3;
}

static struct slice read_file(const char *directory, const char *name)
{
	char path[4096], *bytes = xmalloc(MAIL_MOST / AT_ONCE);
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		die(path);
	length = fread(bytes, 1, MAIL_MOST / AT_ONCE - KIB, file);
	fclose(file);
	return (struct slice){ xreallocarray(bytes, length + 1, 1), length };
}

static struct mails read_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct mails mails = { .list = NULL };
	const struct dirent *entry;

	if (!directory)
		die(path);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.') {
			mails.list = xreallocarray(mails.list, mails.count + 1,
						   sizeof(*mails.list));
			mails.list[mails.count++] = read_file(path, entry->d_name);
		}
	closedir(directory);
	return mails;
}

static const struct way {
	const char *name;
	void (*run)(const struct mails *mails, struct bulk *bulk);
} ways[] = { { "within", way_within },
	     { "socket", way_socket },
	     { "shared", way_shared },
	     { "sets", way_sets } };
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static struct outcome measure(const struct way *way, const struct mails *mails, struct cost *least)
{
	const double cpu = both_cpu_us(), wall = wall_us();
	struct bulk bulk = { .outcome = { .sum = 1 } };
	struct cost cost;

	strbuf_init(&bulk.request, BATCH_SIZE);
	way->run(mails, &bulk);
	strbuf_release(&bulk.request);
	cost = (struct cost){ (both_cpu_us() - cpu) / (double)mails->count,
			      (wall_us() - wall) / (double)mails->count };
	if (least->cpu_us == 0 || cost.cpu_us < least->cpu_us)
		least->cpu_us = cost.cpu_us;
	if (least->wall_us == 0 || cost.wall_us < least->wall_us)
		least->wall_us = cost.wall_us;
	return bulk.outcome;
}

int main(int argc, char **argv)
{
	const int rounds = argc > 2 ? atoi(argv[2]) : 5;
	struct outcome expected = { .documents = 0 };
	struct cost least[WAYS] = { { 0, 0 } };
	struct mails mails;

	if (argc < 2 || rounds < 1) {
		fprintf(stderr, "usage: parser_process DIRECTORY [ROUNDS]\n");
		return 64;
	}
	settings.tenants = tenant_table_new();
	settings.now = time(NULL);
	ingest_limits_default(&settings.limits);
	mails = read_directory(argv[1]);
	for (int round = 0; round < rounds; round++)
		for (size_t i = 0; i < WAYS; i++) {
			const struct outcome outcome = measure(&ways[i], &mails, &least[i]);

			if (expected.documents == 0)
				expected = outcome;
			if (memcmp(&outcome, &expected, sizeof(outcome)) != 0) {
				fprintf(stderr, "%s: other documents\n", ways[i].name);
				return 1;
			}
		}
	printf("%zu mails, %lu documents of %lu bytes, least of %d rounds\n", mails.count,
	       (unsigned long)expected.documents, (unsigned long)expected.bytes, rounds);
	for (size_t i = 0; i < WAYS; i++)
		printf("%-8s %7.1f us of CPU %7.1f us of wall per mail  %+5.1f %% of CPU\n",
		       ways[i].name, least[i].cpu_us, least[i].wall_us,
		       100 * (least[i].cpu_us / least[0].cpu_us - 1));
	return 0;
}
