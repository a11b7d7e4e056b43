/* ask.c - requests the status of a running bridge
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/ask.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/local_address.h"
#include "base/wait.h"
#include "bridge/watch/listener.h"

/* The event loop of a bridge that does not answer in this time is blocked. */
#define ANSWER_MS 10000
#define REQUEST_BYTES 256

static bool send_request(int fd, const struct local_address *at, const char *address,
			 const char *path, struct error *err)
{
	char request[REQUEST_BYTES];
	const int size = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\n\r\n", path);

	if (connect(fd, (const struct sockaddr *)&at->address, at->size) == 0 &&
	    send(fd, request, (size_t)size, MSG_NOSIGNAL) == size)
		return true;
	return error_set(err, ERROR_RETRY,
			 "%s: %s; is 'reportbridge run' running with this configuration?", address,
			 strerror(errno));
}

static bool read_answer(int fd, const char *address, struct strbuf *answer, struct error *err)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	const int64_t until = clock_ms() + ANSWER_MS;
	char part[16384];
	ssize_t size;

	do {
		if (wait_poll(&readable, 1, until) <= 0)
			return error_set(err, ERROR_RETRY, "%s does not answer", address);
		size = read(fd, part, sizeof(part));
		if (size > 0)
			strbuf_add(answer, part, (size_t)size);
	} while (size > 0);
	return true;
}

/* The body follows the empty line. */
static bool split_answer(struct slice text, struct watch_answer *answer)
{
	const size_t end = slice_find_text(text, "\r\n\r\n");
	struct slice rest;
	uint64_t status;

	(void)slice_split(text, ' ', &rest);
	if (end == text.size || !slice_starts_with(text, "HTTP/1.") ||
	    !slice_to_uint(slice_split(rest, ' ', &rest), 999, &status))
		return false;
	*answer = (struct watch_answer){ (unsigned)status, slice_skip(text, end + 4) };
	return true;
}

bool watch_ask(const char *address, const char *path, struct strbuf *text,
	       struct watch_answer *answer, struct error *err)
{
	struct local_address at;
	bool good;
	int fd;

	if (strcmp(address, LISTEN_NONE) == 0)
		return error_set(err, ERROR_FATAL,
				 "listen = none: the status of the bridge cannot be requested");
	if (!local_address_read(address, &at))
		return error_set(err, ERROR_FATAL, "listen = %s is no address", address);
	fd = socket(at.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, ERROR_FATAL, "socket: %s", strerror(errno));
	good = send_request(fd, &at, address, path, err) && read_answer(fd, address, text, err);
	close(fd);
	if (good && !split_answer(strbuf_slice(text), answer))
		good = error_set(err, ERROR_RETRY, "%s: the server there is not reportbridge",
				 address);
	return good;
}
