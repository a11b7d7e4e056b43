/* bulk_sink.c - a bulk interface that takes everything and keeps nothing
 *
 * SPDX-License-Identifier: MIT
 *
 * Prints its port, answers 201 for every item, as long as a search server
 * would (short if the client asked for it by filter_path, with the ids if it
 * asked for them), echoes X-Opaque-Id, and tells at GET /stats what it got.  A thread per
 * connection; ends with its parent.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/strbuf.h"

#define MOST_BYTES ((size_t)64 << 20)
#define SHORT_ITEM "{\"create\":{\"status\":201}}"
#define LONG_ITEM                                                                          \
	"{\"create\":{\"_index\":\"documents\",\"_id\":\"0123456789abcdef01234567\","      \
	"\"_version\":1,\"result\":\"created\",\"_shards\":{\"total\":2,\"successful\":1," \
	"\"failed\":0},\"_seq_no\":1,\"_primary_term\":1,\"status\":201}}"

static atomic_ullong requests, items, wire_bytes;

struct connection {
	int fd;
	struct strbuf in, plain, items, out;
};

static bool read_more(struct connection *c)
{
	char *room = strbuf_room(&c->in, 1 << 20);
	const ssize_t n = room ? read(c->fd, room, 1 << 20) : -1;

	if (n <= 0)
		return false;
	c->in.len += (size_t)n;
	c->in.buf[c->in.len] = '\0';
	return true;
}

/* Head and body of the next request; what follows stays in the buffer. */
static bool read_request(struct connection *c, size_t *head, size_t *size)
{
	const char *end, *length;

	while (c->in.len == 0 || !(end = strstr(c->in.buf, "\r\n\r\n")))
		if (!read_more(c))
			return false;
	*head = (size_t)(end + 4 - c->in.buf);
	length = strcasestr(c->in.buf, "\r\ncontent-length:");
	*size = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	if (length && length < end && strcasestr(c->in.buf, "\r\nexpect: 100"))
		if (write(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) < 0)
			return false;
	while (c->in.len < *head + *size)
		if (!read_more(c))
			return false;
	return true;
}

static size_t count_lines(struct slice text)
{
	size_t lines = 0;

	for (const char *at = text.data, *end = at + text.size;
	     at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++)
		lines++;
	return lines;
}

static struct slice unpack(struct connection *c, struct slice body)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)body.data, .avail_in = (uInt)body.size };

	strbuf_reset(&c->plain);
	stream.next_out = (Bytef *)strbuf_room(&c->plain, MOST_BYTES - 1);
	stream.avail_out = MOST_BYTES - 1;
	inflateInit2(&stream, 15 + 16);
	if (inflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	c->plain.len = stream.total_out;
	inflateEnd(&stream);
	return strbuf_slice(&c->plain);
}

static struct slice id_of(struct slice action)
{
	static const char before[] = "\"_id\":\"";
	struct slice rest;

	return slice_split(slice_skip(action, slice_find_text(action, before) + sizeof(before) - 1),
			   '"', &rest);
}

static void add_items(struct strbuf *out, struct slice body, size_t count, bool short_items,
		      bool ids)
{
	for (size_t i = 0; i < count; i++) {
		const struct slice action = slice_split(body, '\n', &body);
		const struct slice id = ids ? id_of(action) : (struct slice){ NULL, 0 };

		slice_split(body, '\n', &body);
		if (i > 0)
			strbuf_add_byte(out, ',');
		if (ids) {
			strbuf_add_text(out, "{\"create\":{\"_id\":\"");
			strbuf_add_slice(out, id);
			strbuf_add_text(out, "\",\"status\":201}}");
		} else {
			strbuf_add_text(out, short_items ? SHORT_ITEM : LONG_ITEM);
		}
	}
}

/* The head of the request holds the nonce that is echoed, if any. */
static void answer(struct connection *c, struct slice head, struct slice body, size_t count)
{
	static const char field[] = "X-Opaque-Id: ";
	const bool short_items = slice_find_text(head, "filter_path=") < head.size;
	const bool ids = slice_find_text(head, "._id") < head.size;
	struct slice rest;
	const struct slice nonce = slice_split(slice_skip(head, slice_find_text(head, field)), '\r',
					       &rest);

	strbuf_reset(&c->items);
	add_items(&c->items, body, count, short_items, ids);
	strbuf_reset(&c->out);
	strbuf_add_format(&c->out,
			  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%.*s%s"
			  "Content-Length: %zu\r\n\r\n{\"took\":1,\"errors\":false,\"items\":[",
			  (int)nonce.size, nonce.data, nonce.size > 0 ? "\r\n" : "",
			  c->items.len + strlen("{\"took\":1,\"errors\":false,\"items\":[]}"));
	strbuf_add_slice(&c->out, strbuf_slice(&c->items));
	strbuf_add_text(&c->out, "]}");
}

static void answer_stats(struct connection *c)
{
	char body[256];
	const int size = snprintf(body, sizeof(body),
				  "{\"requests\":%llu,\"items\":%llu,\"bytes\":%llu}",
				  (unsigned long long)requests, (unsigned long long)items,
				  (unsigned long long)wire_bytes);

	strbuf_reset(&c->out);
	strbuf_add_format(&c->out,
			  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			  "Content-Length: %d\r\n\r\n%s",
			  size, body);
}

static void serve_request(struct connection *c, size_t head, size_t size)
{
	const char *gzip = strcasestr(c->in.buf, "\r\ncontent-encoding: gzip");
	struct slice body = { c->in.buf + head, size };
	size_t count;

	if (strncmp(c->in.buf, "GET /stats", 10) == 0) {
		answer_stats(c);
		return;
	}
	wire_bytes += head + size;
	if (gzip && gzip < c->in.buf + head)
		body = unpack(c, body);
	count = count_lines(body) / 2;
	items += count;
	requests++;
	answer(c, (struct slice){ c->in.buf, head }, body, count);
}

static void *serve(void *context)
{
	struct connection *c = context;
	size_t head, size;

	strbuf_init(&c->in, MOST_BYTES);
	strbuf_init(&c->plain, MOST_BYTES);
	strbuf_init(&c->items, MOST_BYTES);
	strbuf_init(&c->out, MOST_BYTES);
	while (read_request(c, &head, &size)) {
		serve_request(c, head, size);
		for (size_t sent = 0; sent < c->out.len;) {
			const ssize_t n = send(c->fd, c->out.buf + sent, c->out.len - sent,
					       MSG_NOSIGNAL);

			if (n <= 0)
				break;
			sent += (size_t)n;
		}
		memmove(c->in.buf, c->in.buf + head + size, c->in.len - head - size + 1);
		c->in.len -= head + size;
	}
	close(c->fd);
	strbuf_release(&c->in);
	strbuf_release(&c->plain);
	strbuf_release(&c->items);
	strbuf_release(&c->out);
	free(c);
	return NULL;
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	const int listener = socket(AF_INET, SOCK_STREAM, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&address, sizeof(address)) < 0 || listen(listener, 64) < 0 ||
	    getsockname(listener, (void *)&address, &size) < 0)
		return 1;
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;) {
		struct connection *c = calloc(1, sizeof(*c));
		pthread_t thread;

		if (!c)
			return 1;
		c->fd = accept(listener, NULL, NULL);
		if (c->fd < 0 || pthread_create(&thread, NULL, serve, c) != 0)
			return 1;
		pthread_detach(thread);
	}
}
