/* http_script.c - a bulk interface that misbehaves as a script says
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/http_script.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"

#define MOST_IDS 4096
#define ID_SIZE 32
#define REQUEST_LIMIT ((size_t)32 << 20)

/* Seen by both processes. */
struct shared {
	unsigned connections, requests;
	unsigned at_once, most_at_once; /* of slow answers */
	size_t stored;
	char ids[MOST_IDS][ID_SIZE];
};

struct http_script {
	pthread_mutex_t lock; /* one request at a time is worked on */
	const struct http_step *steps;
	size_t count;
	struct shared *shared;
	pid_t child;
	int listener;
	char url[64];
};

struct request {
	struct strbuf bytes;
	struct slice head, body;
};

static bool read_request(int fd, struct request *request)
{
	size_t head = 0, length = 0;

	strbuf_reset(&request->bytes);
	for (;;) {
		char buffer[65536];
		ssize_t n;

		if (head == 0) {
			const struct slice text = strbuf_slice(&request->bytes);
			const size_t at = slice_find_text(text, "\r\n\r\n");
			const char *field = strcasestr(request->bytes.buf, "content-length:");

			if (at < text.size) {
				head = at + 4;
				length = field && field < text.data + at
						 ? strtoul(field + 15, NULL, 10)
						 : 0;
			}
		}
		if (head > 0 && request->bytes.len >= head + length)
			break;
		n = read(fd, buffer, sizeof(buffer));
		if (n <= 0)
			return false;
		strbuf_add(&request->bytes, buffer, (size_t)n);
	}
	request->head = (struct slice){ request->bytes.buf, head };
	request->body = (struct slice){ request->bytes.buf + head, length };
	return true;
}

/* 201 or 409, as "create" does. */
static unsigned store(struct shared *shared, struct slice id)
{
	for (size_t i = 0; i < shared->stored; i++)
		if (slice_is(id, shared->ids[i]))
			return 409;
	snprintf(shared->ids[shared->stored++], ID_SIZE, "%.*s", (int)id.size, id.data);
	return 201;
}

/* id: absent, none is shown. */
static void answer_item(struct strbuf *answer, struct slice id, unsigned status)
{
	const char *type = status == 409   ? "version_conflict_engine_exception"
			   : status == 429 ? "es_rejected_execution_exception"
			   : status == 400 ? "mapper_parsing_exception"
					   : NULL;

	strbuf_add_format(answer, "%s{\"create\":{", answer->len > 10 ? "," : "");
	if (id.data)
		strbuf_add_format(answer, "\"_id\":\"%.*s\",", (int)id.size, id.data);
	strbuf_add_format(answer, "\"status\":%u", status);
	if (type)
		strbuf_add_format(answer, ",\"error\":{\"type\":\"%s\",\"reason\":\"\"}", type);
	strbuf_add_text(answer, "}}");
}

/* Stores what the step lets through; the answer has the items it shows. */
static void handle(struct http_script *s, const struct http_step *step, struct slice body,
		   struct strbuf *answer)
{
	struct slice rest = body;
	size_t total = 0, position = 0;

	for (size_t i = 0; i < body.size; i++)
		total += body.data[i] == '\n';
	total /= 2;
	strbuf_add_text(answer, "{\"items\":[");
	while (rest.size > 0) {
		struct slice action = slice_split(rest, '\n', &rest), id;
		const size_t at = slice_find_text(action, "\"_id\":\"") + 7;

		slice_split(rest, '\n', &rest);
		id = (struct slice){ action.data + at, action.size - at };
		id = slice_split(id, '"', &(struct slice){ NULL, 0 });
		position++;
		if (step->kind == HTTP_ONE_ITEM_SHORT && position == total)
			break;
		if (step->kind == HTTP_ONE_ITEM_MORE && position == 1)
			answer_item(answer, id, 201);
		if (step->kind == HTTP_EVERY_THIRD_429 && position % 3 == 0)
			answer_item(answer, id, 429);
		else if (step->kind == HTTP_ALL_REFUSED)
			answer_item(answer, id, 400);
		else if (step->kind == HTTP_NOOP)
			answer_item(answer, id, 200);
		else if (step->kind == HTTP_OTHER_IDS)
			answer_item(answer, slice_of("other"), 201);
		else if (step->kind == HTTP_NO_IDS)
			answer_item(answer, slice_of(NULL), 201);
		else if (step->kind == HTTP_OTHER_NONCE || step->kind == HTTP_NO_NONCE)
			answer_item(answer, id, 201);
		else
			answer_item(answer, id, store(s->shared, id));
	}
	strbuf_add_text(answer, "]}");
}

static void send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		const ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		size -= (size_t)n;
	}
}

static void send_answer(int fd, unsigned status, const char *header, struct slice body,
			size_t shown)
{
	char head[512];
	const int size = snprintf(head, sizeof(head),
				  "HTTP/1.1 %u X\r\nContent-Type: application/json\r\n%s"
				  "Content-Length: %zu\r\n\r\n",
				  status, header ? header : "", body.size);

	send_all(fd, head, (size_t)size);
	send_all(fd, body.data, shown);
}

/* The header that goes with the answer; "": none. */
static void nonce_header(const struct http_step *step, struct slice head, char header[static 128])
{
	static const char name[] = "X-Opaque-Id: ";
	const size_t at = slice_find_text(head, name);
	struct slice rest;
	const struct slice nonce = slice_split(slice_skip(head, at), '\r', &rest);

	header[0] = '\0';
	if (step->kind == HTTP_ECHO && nonce.size > 0)
		snprintf(header, 128, "%.*s\r\n", (int)nonce.size, nonce.data);
	else if (step->kind == HTTP_OTHER_NONCE)
		snprintf(header, 128, "%sother\r\n", name);
}

/* false: the connection is to be closed. */
static void answer_late(struct http_script *s, unsigned ms)
{
	struct shared *shared = s->shared;

	pthread_mutex_lock(&s->lock);
	if (++shared->at_once > shared->most_at_once)
		shared->most_at_once = shared->at_once;
	pthread_mutex_unlock(&s->lock);
	usleep(1000 * ms);
	pthread_mutex_lock(&s->lock);
	shared->at_once--;
	pthread_mutex_unlock(&s->lock);
}

static bool play(struct http_script *s, const struct http_step *step, int fd,
		 const struct request *request)
{
	const struct slice body = request->body;
	char header[128];
	const char *text = step->body ? step->body : "";
	struct strbuf answer;
	bool keep = true;

	strbuf_init(&answer, REQUEST_LIMIT);
	if (step->kind == HTTP_STATUS || step->kind == HTTP_EARLY_413) {
		send_answer(fd, step->status, step->header, slice_of(text), strlen(text));
		keep = step->kind == HTTP_STATUS;
	} else if (step->kind == HTTP_RAW) {
		send_all(fd, text, strlen(text));
		keep = false;
	} else if (step->kind == HTTP_LIMIT && body.size > step->status) {
		send_answer(fd, 413, NULL, slice_of(""), 0);
	} else if (step->kind == HTTP_NO_MARK && slice_find(body, '!') < body.size) {
		text = "{\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":"
		       "\"Malformed action/metadata line [1]\"}}";
		send_answer(fd, 400, NULL, slice_of(text), strlen(text));
	} else if (step->kind == HTTP_ENDLESS) {
		static char blanks[65536];

		memset(blanks, ' ', sizeof(blanks));
		send_all(fd, "HTTP/1.1 200 X\r\n\r\n", 18);
		for (unsigned i = 0; i < 1024; i++)
			send_all(fd, blanks, sizeof(blanks));
		keep = false;
	} else {
		pthread_mutex_lock(&s->lock);
		handle(s, step, body, &answer);
		pthread_mutex_unlock(&s->lock);
		if (step->kind == HTTP_SLOW)
			answer_late(s, step->status);
		nonce_header(step, request->head, header);
		if (step->kind == HTTP_STORE_AND_CUT)
			send_answer(fd, 200, NULL, strbuf_slice(&answer), answer.len / 2);
		else if (step->kind != HTTP_STORE_AND_CLOSE)
			send_answer(fd, 200, header, strbuf_slice(&answer), answer.len);
		keep = step->kind != HTTP_STORE_AND_CUT && step->kind != HTTP_STORE_AND_CLOSE;
	}
	strbuf_release(&answer);
	return keep;
}

static const struct http_step *next_step(struct http_script *s)
{
	static const struct http_step well = { .kind = HTTP_WELL };
	const struct http_step *last = s->count > 0 ? &s->steps[s->count - 1] : &well;
	unsigned number;

	pthread_mutex_lock(&s->lock);
	number = s->shared->requests++;
	pthread_mutex_unlock(&s->lock);
	if (number < s->count)
		return &s->steps[number];
	return last->kind == HTTP_LIMIT || last->kind == HTTP_NO_MARK || last->for_ever ? last
											: &well;
}

struct connection {
	struct http_script *script;
	int fd;
};

/* The step is drawn when there is something to read: a connection that is
 * opened and not used takes none. */
static void *serve_connection(void *context)
{
	struct connection *c = context;
	struct request request;
	bool keep = true;
	char byte;

	strbuf_init(&request.bytes, REQUEST_LIMIT);
	while (keep && recv(c->fd, &byte, 1, MSG_PEEK) == 1) {
		const struct http_step *step = next_step(c->script);

		keep = step->kind != HTTP_CLOSE;
		if (keep && step->kind != HTTP_EARLY_413)
			keep = read_request(c->fd, &request);
		keep = keep && play(c->script, step, c->fd, &request);
	}
	close(c->fd);
	strbuf_release(&request.bytes);
	free(c);
	return NULL;
}

static void serve(struct http_script *s)
{
	for (;;) {
		struct connection *c = xcalloc(1, sizeof(*c));
		pthread_t thread;

		*c = (struct connection){ s, accept(s->listener, NULL, NULL) };
		/* Before its first answer, which a test waits for. */
		s->shared->connections++;
		if (c->fd < 0 || pthread_create(&thread, NULL, serve_connection, c) != 0)
			abort();
		pthread_detach(thread);
	}
}

struct http_script *http_script_start(const struct http_step *steps, size_t count)
{
	struct http_script *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	pthread_mutex_init(&s->lock, NULL);
	s->steps = steps;
	s->count = count;
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s->shared == MAP_FAILED || bind(s->listener, (void *)&address, sizeof(address)) < 0 ||
	    listen(s->listener, 64) < 0 || getsockname(s->listener, (void *)&address, &size) < 0)
		abort();
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
	s->child = fork();
	if (s->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails ends early */
		serve(s);
	}
	return s;
}

void http_script_stop(struct http_script *s)
{
	kill(s->child, SIGKILL);
	waitpid(s->child, NULL, 0);
	close(s->listener);
	munmap(s->shared, sizeof(*s->shared));
	free(s);
}

const char *http_script_url(const struct http_script *s)
{
	return s->url;
}

unsigned http_script_connections(const struct http_script *s)
{
	return s->shared->connections;
}

unsigned http_script_requests(const struct http_script *s)
{
	return s->shared->requests;
}

unsigned http_script_most_at_once(const struct http_script *s)
{
	return s->shared->most_at_once;
}

bool http_script_has(const struct http_script *s, const char *id)
{
	for (size_t i = 0; i < s->shared->stored; i++)
		if (strcmp(s->shared->ids[i], id) == 0)
			return true;
	return false;
}

size_t http_script_stored(const struct http_script *s)
{
	return s->shared->stored;
}
