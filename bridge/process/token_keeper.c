/* token_keeper.c - fetches OAuth tokens for confined workers
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/token_keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/config/secret.h"
#include "bridge/config/token.h"

/* A command has 30 seconds, an endpoint has the timeout of the mailbox. */
#define ANSWER_MS (60 * 1000)
/* How long commands may run on after the keeper is stopped. */
#define GRACE_MS 500
#define REST_MS (60 * 60 * 1000)

/* Message from the supervisor, sent with the keeper's end of the worker's socket. */
struct admission {
	uint32_t count;
	uint32_t places[]; /* positions of its mailboxes */
};

/* Request of a worker, sent with the socket end for the answer. */
struct request {
	uint32_t place;
	bool refused; /* the server rejected the previous token */
};

/* The first byte of an answer; the token or the error's text follows. */
enum answer { ANSWER_TOKEN = 't', ANSWER_ERROR = 'e' };

/* --- messages with a file descriptor ---------------------------------------------- */

static bool send_with(int socket, const void *data, size_t size, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec vector = { (void *)(uintptr_t)data, size };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Returns the size, 0 at the end, -1 if there is no usable message now; *fd is -1 if no
 * descriptor came with it. */
static ssize_t receive_with(int socket, void *data, size_t size, int *fd)
{
	char control[CMSG_SPACE(sizeof(*fd))];
	struct iovec vector = { data, size };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	const ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	*fd = -1;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return got;
}

/* --- the keeper's process ----------------------------------------------------------- */

/* The token source of each mailbox, by position. */
struct sources {
	struct source {
		struct token_source *tokens; /* NULL: the mailbox needs no token */
		struct fiber_gate gate;      /* one request at a time */
	} * list;
	size_t count;
	int control;
};

/* A worker as the keeper sees it. */
struct client {
	struct sources *sources;
	int socket;
	struct admission *admission;
};

struct job {
	struct source *source;
	bool refused;
	int reply;
};

static void answer(int reply, enum answer kind, const char *text, size_t size)
{
	const char first = (char)kind;

	if (send(reply, &first, 1, MSG_NOSIGNAL) == 1)
		(void)send(reply, text, size, MSG_NOSIGNAL);
	close(reply);
}

static void job_main(void *context)
{
	struct job job = *(struct job *)context;
	struct strbuf token;
	struct error err;

	free(context);
	if (!fiber_gate_enter(&job.source->gate, clock_ms() + ANSWER_MS)) {
		close(job.reply);
		return;
	}
	strbuf_init(&token, SECRET_LIMIT);
	if (token_get(job.source->tokens, job.refused, &token, &err))
		answer(job.reply, ANSWER_TOKEN, token.buf, token.len);
	else
		answer(job.reply, ANSWER_ERROR, err.text, strlen(err.text));
	explicit_bzero(token.buf, token.len);
	strbuf_release(&token);
	fiber_gate_leave(&job.source->gate);
}

static bool may_ask(const struct client *client, uint32_t place)
{
	for (uint32_t i = 0; i < client->admission->count; i++)
		if (client->admission->places[i] == place)
			return place < client->sources->count &&
			       client->sources->list[place].tokens;
	return false;
}

/* Serves one worker until it ends. */
static void client_main(void *context)
{
	struct client *client = context;
	struct pollfd poll = { .fd = client->socket, .events = POLLIN };
	struct request request;
	ssize_t got = 1;
	int reply;

	while (got != 0 && wait_poll(&poll, 1, clock_ms() + REST_MS) >= 0) {
		got = receive_with(client->socket, &request, sizeof(request), &reply);
		if (got < 0 && errno != EAGAIN)
			break;
		if (reply < 0)
			continue;
		if (got == (ssize_t)sizeof(request) && may_ask(client, request.place)) {
			struct job *job = xcalloc(1, sizeof(*job));

			*job = (struct job){ &client->sources->list[request.place], request.refused,
					     reply };
			fiber_start(job_main, job);
		} else {
			close(reply);
		}
	}
	close(client->socket);
	free(client->admission);
	free(client);
}

/* Takes the workers that the supervisor admits. */
static void control_main(void *context)
{
	struct sources *sources = context;
	struct pollfd poll = { .fd = sources->control, .events = POLLIN };
	const size_t most = sizeof(struct admission) + sources->count * sizeof(uint32_t);
	ssize_t got = 1;

	while (got != 0 && wait_poll(&poll, 1, clock_ms() + REST_MS) >= 0) {
		struct client *client = xcalloc(1, sizeof(*client));

		client->sources = sources;
		client->admission = xcalloc(1, most);
		got = receive_with(sources->control, client->admission, most, &client->socket);
		if (client->socket >= 0) {
			fiber_start(client_main, client);
			continue;
		}
		free(client->admission);
		free(client);
		if (got < 0 && errno != EAGAIN)
			break;
	}
	/* Running commands end with their children. */
	wait_stop();
}

static _Noreturn void keeper_main(struct token_keeper *keeper, int control)
{
	const struct assignment *assignment = keeper->assignment;
	struct sources sources = { .count = assignment->count, .control = control };

	sources.list = xcalloc(assignment->count + 1, sizeof(*sources.list));
	for (size_t i = 0; i < assignment->count; i++) {
		const struct token_config *token = &assignment->mailboxes[i].config->token;

		if (!token_is_given(token))
			continue;
		sources.list[i].tokens = token_source_new(token, &keeper->config->arena);
		sources.list[i].gate.free = 1;
	}
	fiber_start(control_main, &sources);
	fiber_run(fiber_wait);
	_exit(0);
}

/* --- in the supervisor -------------------------------------------------------------- */

static bool is_needed(const struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->count; i++)
		if (token_is_given(&assignment->mailboxes[i].config->token))
			return true;
	return false;
}

bool token_keeper_start(struct token_keeper *keeper, struct config *config,
			const struct assignment *assignment, struct error *err)
{
	const pid_t parent = getpid();
	int ends[2];

	*keeper = (struct token_keeper){ .config = config,
					 .assignment = assignment,
					 .control = -1,
					 .needed = is_needed(assignment) };
	if (!keeper->needed)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return error_set(err, ERROR_RETRY, "socketpair: %s", strerror(errno));
	keeper->pid = fork();
	if (keeper->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		descriptors_keep(ends[1]);
		keeper_main(keeper, ends[1]);
	}
	close(ends[1]);
	keeper->control = ends[0];
	if (keeper->pid > 0)
		return true;
	keeper->pid = 0;
	return error_set(err, ERROR_RETRY, "fork: %s", strerror(errno));
}

bool token_keeper_reap(struct token_keeper *keeper)
{
	if (keeper->pid <= 0 || waitpid(keeper->pid, NULL, WNOHANG) != keeper->pid)
		return false;
	keeper->pid = 0;
	close(keeper->control);
	keeper->control = -1;
	return true;
}

/* Leaves the keeper a moment to end its commands. */
static bool has_ended(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000000 };

	for (int64_t until = clock_ms() + GRACE_MS; clock_ms() < until; nanosleep(&pause, NULL))
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return true;
	return false;
}

void token_keeper_stop(struct token_keeper *keeper)
{
	if (keeper->control >= 0)
		close(keeper->control);
	if (keeper->pid > 0 && !has_ended(keeper->pid)) {
		kill(keeper->pid, SIGKILL);
		waitpid(keeper->pid, NULL, 0);
	}
	keeper->pid = 0;
	keeper->control = -1;
}

bool token_keeper_tell(struct token_keeper *keeper, size_t worker, int end, struct error *err)
{
	const struct assignment *assignment = keeper->assignment;
	struct admission *admission;
	size_t size = sizeof(*admission);
	bool good;

	if (!keeper->needed || end < 0)
		return true;
	admission = xcalloc(1, size + assignment->count * sizeof(*admission->places));
	for (size_t i = 0; i < assignment->count; i++)
		if (assignment->mailboxes[i].worker == worker)
			admission->places[admission->count++] = (uint32_t)i;
	size += admission->count * sizeof(*admission->places);
	good = keeper->control >= 0 && send_with(keeper->control, admission, size, end);
	free(admission);
	return good || error_set(err, ERROR_RETRY, "the token keeper cannot be reached");
}

bool token_keeper_admit(struct token_keeper *keeper, size_t worker, int ends[2], struct error *err)
{
	ends[0] = ends[1] = -1;
	if (!keeper->needed)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return error_set(err, ERROR_RETRY, "socketpair: %s", strerror(errno));
	return token_keeper_tell(keeper, worker, ends[1], err);
}

/* --- in the worker -------------------------------------------------------------------- */

struct asker {
	int socket;
	uint32_t place;
};

static bool read_answer(int end, struct strbuf *token, struct error *err)
{
	const int64_t until = clock_ms() + ANSWER_MS;
	struct pollfd poll = { .fd = end, .events = POLLIN };
	char text[SECRET_LIMIT + 1];
	size_t size = 0;
	ssize_t got = 1;

	while (got > 0 && size < sizeof(text) && wait_poll(&poll, 1, until) > 0) {
		got = recv(end, text + size, sizeof(text) - size, MSG_DONTWAIT);
		if (got > 0)
			size += (size_t)got;
	}
	if (got == 0 && size > 1 && text[0] == ANSWER_TOKEN)
		strbuf_add(token, text + 1, size - 1);
	else if (got == 0 && size > 1)
		error_set(err, ERROR_RETRY, "%.*s", (int)(size - 1), text + 1);
	else
		error_set(err, ERROR_RETRY, "the token keeper gives no answer");
	got = got == 0 && size > 1 && text[0] == ANSWER_TOKEN;
	explicit_bzero(text, sizeof(text));
	return got;
}

static bool ask_keeper(void *context, bool refused, struct strbuf *token, struct error *err)
{
	const struct asker *asker = context;
	const struct request request = { asker->place, refused };
	bool good;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return error_set(err, ERROR_RETRY, "socketpair: %s", strerror(errno));
	good = send_with(asker->socket, &request, sizeof(request), ends[1]);
	close(ends[1]);
	good = good ? read_answer(ends[0], token, err)
		    : error_set(err, ERROR_RETRY, "the token keeper cannot be reached");
	close(ends[0]);
	return good;
}

void token_keeper_use(struct config *config, struct mailbox_config *mailbox, size_t place,
		      int socket)
{
	struct asker *asker;

	if (socket < 0 || !token_is_given(&mailbox->token))
		return;
	asker = arena_alloc(&config->arena, sizeof(*asker));
	*asker = (struct asker){ socket, (uint32_t)place };
	mailbox->imap.token = ask_keeper;
	mailbox->imap.token_context = asker;
}
