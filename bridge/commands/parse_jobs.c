/* parse_jobs.c - the files of the command "parse", read by several processes
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/parse_jobs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/commands/command.h"

/* Some 50 ms of ordinary reports; fewer are read before another process helps. */
#define FILES_PER_JOB 1000
#define BUFFER_SIZE (64 * KIB)
#define CANNOT_START "no process can be started"

enum message_kind {
	MESSAGE_DOCUMENT, /* number: its kind; the bytes are its JSON */
	MESSAGE_RESULT,	  /* number: of reports; the bytes: reason, NUL, text, or nothing */
	MESSAGE_TROUBLE,  /* the bytes tell it */
	MESSAGE_END,	  /* of a file */
};

struct message {
	enum message_kind kind;
	unsigned number;
	size_t size; /* of the bytes behind it */
	char id[HASH_ID_SIZE]; /* of a document */
};

/* --- in the process that reads ------------------------------------------------ */

struct pipe_output {
	struct parse_output output; /* first */
	FILE *pipe;
};

static FILE *pipe_of(struct parse_output *output)
{
	return ((struct pipe_output *)(void *)output)->pipe;
}

/* Whoever reads the pipe is there, or SIGPIPE ends this process. */
static void send_message(FILE *pipe, const struct message *message, struct slice bytes)
{
	fwrite(message, sizeof(*message), 1, pipe);
	fwrite(bytes.data, 1, bytes.size, pipe);
}

static bool send_document(struct parse_output *output, const struct document *document,
			  struct error *err)
{
	struct message message = { .kind = MESSAGE_DOCUMENT,
				   .number = document->name->kind,
				   .size = document->json.size };

	(void)err;
	memcpy(message.id, document->name->id, sizeof(message.id));
	send_message(pipe_of(output), &message, document->json);
	return true;
}

static void send_result(struct parse_output *output, const char *path, unsigned reports,
			const struct error *reject)
{
	struct strbuf text;

	(void)path;
	strbuf_init(&text, LIMIT_DOCUMENT_BYTES);
	if (reject) {
		strbuf_add(&text, reject->reason, strlen(reject->reason) + 1);
		strbuf_add_text(&text, reject->text);
	}
	send_message(pipe_of(output),
		     &(struct message){ .kind = MESSAGE_RESULT, .number = reports, .size = text.len },
		     strbuf_slice(&text));
	strbuf_release(&text);
}

static void send_trouble(struct parse_output *output, const char *path, const char *text)
{
	const struct message message = { .kind = MESSAGE_TROUBLE, .size = strlen(text) };

	(void)path;
	send_message(pipe_of(output), &message, slice_of(text));
}

/* From the first one on, every jobs-th. */
static void send_files(const struct file_list *list, size_t first, unsigned jobs,
		       const struct parse_setup *setup, FILE *pipe)
{
	struct pipe_output output = {
		.output = { send_document, send_result, send_trouble },
		.pipe = pipe,
	};
	struct parse_reader reader;

	parse_reader_init(&reader, setup);
	for (size_t i = first; i < list->count; i += jobs) {
		parse_read(&reader, &list->files[i], &output.output);
		send_message(pipe, &(struct message){ .kind = MESSAGE_END }, slice_of(""));
	}
	parse_reader_release(&reader);
}

/* --- in the process that writes ----------------------------------------------- */

struct job {
	pid_t pid;
	FILE *pipe;
	char buffer[BUFFER_SIZE];
};

static FILE *open_pipe(int fd, const char *mode, char *buffer)
{
	FILE *pipe = fdopen(fd, mode);

	if (pipe)
		setvbuf(pipe, buffer, _IOFBF, BUFFER_SIZE);
	return pipe;
}

static _Noreturn void be_job(struct job *job, int fd, pid_t parent, const struct file_list *list,
			     size_t first, unsigned jobs, const struct parse_setup *setup)
{
	FILE *pipe = open_pipe(fd, "w", job->buffer);

	/* Nobody else would stop it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe && getppid() == parent) {
		send_files(list, first, jobs, setup, pipe);
		fflush(pipe);
	}
	_exit(EXIT_DONE);
}

static bool start(struct job *job, const struct file_list *list, size_t first, unsigned jobs,
		  const struct parse_setup *setup)
{
	const pid_t parent = getpid();
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	job->pid = fork();
	if (job->pid == 0)
		be_job(job, ends[1], parent, list, first, jobs, setup);
	close(ends[1]);
	job->pipe = open_pipe(ends[0], "r", job->buffer);
	return job->pid > 0 && job->pipe;
}

static void stop(struct job *job)
{
	if (job->pipe)
		fclose(job->pipe);
	if (job->pid > 0) {
		kill(job->pid, SIGKILL); /* it has nothing more to say, or nobody listens */
		waitpid(job->pid, NULL, 0);
	}
	job->pipe = NULL;
	job->pid = 0;
}

static bool receive(struct job *job, struct message *message, struct strbuf *bytes)
{
	char *room;

	strbuf_reset(bytes);
	if (fread(message, sizeof(*message), 1, job->pipe) != 1)
		return false;
	room = strbuf_room(bytes, message->size);
	if (!room || fread(room, 1, message->size, job->pipe) != message->size)
		return false;
	bytes->len = message->size;
	bytes->buf[bytes->len] = '\0';
	return true;
}

static void take_result(struct parse_output *output, const char *path, unsigned reports,
			struct slice bytes)
{
	struct slice text, reason = slice_split(bytes, '\0', &text);
	struct error reject;

	if (bytes.size > 0)
		error_reject(&reject, reason.data, "%s", text.data);
	output->result(output, path, reports, bytes.size > 0 ? &reject : NULL);
}

static bool take_document(struct parse_output *output, const char *path,
			  const struct message *message, struct slice json)
{
	struct document_name name = { .schema = SCHEMA_ECS, .kind = message->number };
	struct error err;

	memcpy(name.id, message->id, sizeof(name.id));
	if (output->document(output, &(struct document){ &name, json }, &err))
		return true;
	output->trouble(output, path, err.text);
	return false;
}

enum end { END_OF_FILE, END_OF_JOB, END_OF_OUTPUT };

/* What a process says of one file. */
static enum end take_file(struct job *job, const char *path, struct strbuf *bytes,
			  struct parse_output *output)
{
	struct message message;

	while (receive(job, &message, bytes)) {
		switch (message.kind) {
		case MESSAGE_DOCUMENT:
			if (!take_document(output, path, &message, strbuf_slice(bytes)))
				return END_OF_OUTPUT;
			break;
		case MESSAGE_RESULT:
			take_result(output, path, message.number, strbuf_slice(bytes));
			break;
		case MESSAGE_TROUBLE:
			output->trouble(output, path, bytes->buf);
			break;
		case MESSAGE_END:
			return END_OF_FILE;
		}
	}
	output->trouble(output, path, "the process that read it has died");
	return END_OF_JOB;
}

/* One file that kills its reader must not keep the others out: another process
 * goes on behind it. */
static void take_files(struct job *all, unsigned jobs, const struct file_list *list,
		       const struct parse_setup *setup, struct parse_output *output)
{
	enum end end = END_OF_FILE;
	struct strbuf bytes;

	strbuf_init(&bytes, LIMIT_DOCUMENT_BYTES);
	for (size_t i = 0; i < list->count && end != END_OF_OUTPUT; i++) {
		struct job *job = &all[i % jobs];

		end = take_file(job, list->files[i].path, &bytes, output);
		if (end != END_OF_JOB)
			continue;
		stop(job);
		if (!start(job, list, i + jobs, jobs, setup)) {
			output->trouble(output, "--jobs", CANNOT_START);
			end = END_OF_OUTPUT;
		}
	}
	strbuf_release(&bytes);
}

/* --- either way ---------------------------------------------------------------- */

static void read_alone(const struct file_list *list, const struct parse_setup *setup,
		       struct parse_output *output)
{
	struct parse_reader reader;
	size_t i = 0;

	parse_reader_init(&reader, setup);
	while (i < list->count && parse_read(&reader, &list->files[i], output))
		i++;
	parse_reader_release(&reader);
}

void parse_jobs(const struct file_list *list, unsigned jobs,
		const struct parse_setup *setup, struct parse_output *output)
{
	static struct job all[PARSE_JOBS_MAX];
	unsigned started = 0;

	if (jobs == 1) {
		read_alone(list, setup, output);
		return;
	}
	while (started < jobs && start(&all[started], list, started, jobs, setup))
		started++;
	if (started == jobs)
		take_files(all, jobs, list, setup, output);
	else
		output->trouble(output, "--jobs", CANNOT_START);
	for (unsigned i = 0; i < jobs; i++)
		stop(&all[i]);
}

unsigned parse_jobs_default(size_t files)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	const size_t useful = files / FILES_PER_JOB;
	size_t jobs = processors > 0 ? (size_t)processors : 1;

	if (jobs > PARSE_JOBS_MAX)
		jobs = PARSE_JOBS_MAX;
	if (jobs > useful)
		jobs = useful;
	return jobs > 0 ? (unsigned)jobs : 1;
}
